"""A matter from the supervision office to its owner and back, and a referral to discipline."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.service import take_step
from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.matters.service import MatterEntry, open_matter
from evalsys.supervision.referrals.service import draft_referral
from tests.browser.checks import assert_accessible
from tests.browser.city import Site, user_of
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.people import Group, account_of, enter, fill, letter, link, send, step

pytestmark = pytest.mark.browser

TITLE, DONE = "夜间施工许可当日答复", "已改为当日答复，并公示办理时限。"
LATE = "临街铺面门头审批无人受理"


def test_an_owner_signs_handles_and_feeds_back_and_the_office_closes(
    site: Site, open_page: OpenPage, filled: Flask
) -> None:
    group = Group("SP06")
    chief, member = account_of(group.chief, Role.CHIEF), account_of(group.members[0])
    office = open_page("/matters/new", DESK, role=Role.SUPERVISOR, lang="en")
    office.locator("[name=source]").select_option(MatterSource.ENTERPRISE)
    office.locator("[name=organ]").select_option(group.section.organ.code)
    fill(office, title=TITLE, says="企业反映许可三天才有答复。", reference="QY-0901")
    send(office)
    step(office, "Accept the matter")
    step(office, "Assign the matter", section="SP06", handler=member.name, demand="请核实办理。")
    matter = office.url

    # The responsible person, on a phone: signs, then answers with what was done.
    person = enter(open_page, member, PHONE)
    person.locator(".todo a", has_text=TITLE).first.click()
    assert_accessible(person)
    step(person, "Sign for the matter")
    step(person, "Feed back the result", result=DONE, reply="您反映的问题已解决。")
    expect(person.locator("#next")).to_have_text("Waits for somebody else")
    watching = enter(open_page, chief, DESK)
    watching.goto(f"/matters?text={TITLE}")
    expect(watching.locator("tbody tr")).to_have_count(1)

    # The office reads the answer on the form, asks the petitioner, and closes.
    office.goto("/matters?stage=fed_back&lang=en")
    office.locator("tbody th a", has_text=TITLE).click()
    assert office.url.split("?")[0] == matter.split("?")[0]
    link(office, "Check with the petitioner")
    expect(office.locator("main")).to_contain_text(DONE)
    assert_accessible(office)
    office.locator("[name=choice][value=close]").check()
    fill(office, asked_on=f"{pages.today():%Y-%m-%d}", answer="satisfied", conclusion="已办结。")
    send(office)
    expect(office.locator(".page-sub")).to_contain_text("Closed")
    assert TITLE in letter(office, "Conclusion of supervision")


def test_discipline_reads_the_whole_file_of_a_referral_and_decides(
    site: Site, open_page: OpenPage, filled: Flask
) -> None:
    group, office = Group("SP05"), user_of(site.city.accounts[Role.SUPERVISOR].name).actor
    number = account_of(group.members[0]).name
    now = pages.now() - timedelta(minutes=30)
    entry = MatterEntry(MatterSource.HOTLINE, group.section.organ, LATE, "来电人三次到场无人受理。")
    case = open_matter(office, entry, now=now)
    demand = {"demand": "限期办结。"}
    take_step(office, case.id, "accept", {}, now=now)
    take_step(office, case.id, "assign", demand | {"section": "SP05", "handler": number}, now=now)
    for name in ("urge", "supervise"):
        take_step(SYSTEM, case.id, name, demand, now=now)
    with unit_of_work(SYSTEM) as unit:
        referral = draft_referral(unit, db.session.get_one(Subject, case.id), now)
    path = f"/cases/{referral.id}"

    # Nothing is seen before a named person approves it.
    watch = open_page("/", DESK, role=Role.DISCIPLINE, lang="en")
    expect(watch.locator("main")).not_to_contain_text(LATE)
    approver = open_page("/", DESK, role=Role.SUPERVISOR, lang="en")
    approver.goto(path)
    step(approver, "Approve and send the referral", decider="孙志强 市政府副秘书长", reasons="逾期")

    # The whole file is on the page: what was asked, by when, what was urged.
    watch.goto(path)
    expect(watch.locator("main")).to_contain_text("来电人三次到场无人受理")
    expect(watch.locator("main")).to_contain_text("Issue a supervision ticket")
    assert_accessible(watch)
    step(watch, "Confirm the receipt", receiver="吴静 第三室")
    link(watch, "Decide on the referral")
    expect(watch.locator("[name=choice]:checked")).to_have_count(0)
    assert_accessible(watch)
    watch.locator("[name=choice][value=file_clue]").check()
    fill(watch, reasons="涉嫌失职，按规定登记。", decider="吴静 第三室主任")
    send(watch)
    expect(watch.locator(".page-sub")).to_contain_text(re.compile("Clue filed"))
    approver.goto("/?show=messages")
    expect(approver.locator(".todo")).to_contain_text("Clue filed")
    approver.goto(f"/matters?text={LATE}")
    expect(approver.locator("tbody tr")).to_contain_text("referred on")

"""A referral from the supervision office to the discipline organ and its decision."""

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
from tests.browser.conftest import DESK, OpenPage
from tests.browser.people import Group, account_of, fill, link, send, step

pytestmark = pytest.mark.browser

LATE = "临街铺面门头审批无人受理"


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

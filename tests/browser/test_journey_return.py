"""A return: the chief proposes, the person is told and answers, the leader decides."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from evalsys.core import pages
from evalsys.core.permissions import Role
from tests.browser.checks import assert_accessible
from tests.browser.city import Site, user_of
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.people import (
    MEETING,
    Group,
    account_of,
    enter,
    fill,
    letter,
    link,
    refuse,
    returned,
    send,
    step,
)

pytestmark = pytest.mark.browser

FACTS = "三季度办件超时 11 件，两次约谈后无改善。"
STATEMENT = "七月轮岗后未经培训即独立上岗，请核查排班表。"


def prove(page: Page, kind: str, title: str) -> None:
    """Put a piece of evidence on file."""
    link(page, "Add evidence")
    fill(page, kind=kind, title=title)
    send(page)


def test_a_chief_needs_two_kinds_of_evidence_before_a_proposal(
    site: Site, open_page: OpenPage, filled: Flask
) -> None:
    group = Group("SP07")
    chief, member = account_of(group.chief, Role.CHIEF), account_of(group.members[0])
    page = enter(open_page, chief, DESK)
    page.goto(f"/members/{member.name}/{site.city.closed[0]}")
    link(page, "Return…")
    expect(page.locator("[aria-current=step]")).to_have_text(re.compile("Help first"))
    page.locator("main form .btn-primary").click()

    # A draft: a rank alone never carries it, two kinds of evidence do.
    expect(page.locator("[aria-current=step]")).to_have_text(re.compile("Draft and evidence"))
    address = page.url
    prove(page, "rank", "第三季度末位")
    expect(page.locator(".step-next")).to_contain_text("now 0")
    page.goto(f"{address}/step/propose")
    fill(page, facts=FACTS)
    expect(refuse(page)).to_contain_text("missing")
    assert_accessible(page)
    expect(page.locator("[name=facts]")).to_have_value(FACTS)
    link(page, "Back without a change")
    prove(page, "duty_record", "值班记录")
    expect(page.locator(".step-next")).to_contain_text("now 1")
    prove(page, "work_result", "办件台账")
    expect(page.locator("[aria-current=step]")).to_have_text(re.compile("Propose"))
    assert_accessible(page)
    step(page, "Propose the return", facts=FACTS)
    expect(page.locator("#next")).to_have_text("Waits for somebody else")


def test_a_person_is_told_reads_the_facts_and_answers_on_a_phone(
    site: Site, open_page: OpenPage, filled: Flask
) -> None:
    group, hr = Group("SP09"), user_of(site.city.accounts[Role.HR].name)
    chief, member = account_of(group.chief, Role.CHIEF), account_of(group.members[0])
    returned(chief, hr, member, upto="propose", now=pages.now(), facts=FACTS)
    person = enter(open_page, member, PHONE, lang="zh")
    expect(person.locator("header .count")).to_have_count(0)  # The office tells, nobody else.
    office = open_page(f"/cases?q={member.name}", DESK, role=Role.HR, lang="en")
    office.locator("tbody th a").first.click()
    step(office, "Tell the person", delivered="当面送达，本人签收")

    # On the phone: the message, the case, the facts, the answer.
    person.goto("/")
    expect(person.locator("header .count")).to_have_text("1")
    person.locator("header a[href='/?show=messages']").click()
    assert_accessible(person)
    person.locator(".todo a").first.click()
    expect(person.locator(".tline")).to_contain_text(FACTS)
    assert_accessible(person)
    with person.expect_navigation():  # Measured once its styles are there.
        person.locator(".step-next .btn-primary").click()
    box = person.locator("main form .btn-primary").bounding_box()
    assert box is not None
    assert box["height"] >= 44  # px, for a thumb
    refuse(person)
    assert_accessible(person)
    fill(person, statement=STATEMENT)
    send(person)
    expect(person.locator(".tline")).to_contain_text(STATEMENT)
    expect(person.locator(".step-next")).to_have_count(0)

    office.goto("/?show=messages")
    expect(office.locator(".todo li").first).to_contain_text("Statement received")
    office.locator(".todo a").first.click()
    expect(office.locator("#next")).to_have_text("Next step: Verify the facts")
    assert FACTS in letter(office, "Proposal of a return")


def test_a_leader_records_the_decision_and_the_proposer_is_not_among_those_who_voted(
    site: Site, open_page: OpenPage, filled: Flask
) -> None:
    group, hr = Group("SP08"), user_of(site.city.accounts[Role.HR].name)
    chief, member = account_of(group.chief, Role.CHIEF), account_of(group.members[0])
    returned(chief, hr, member, upto="talk", now=pages.now())
    page = open_page("/cases?which=mine", DESK, role=Role.LEADER, lang="en")
    page.locator("[name=q]").fill(member.name)
    page.locator(".filters button").click()
    page.locator("tbody th a").first.click()
    expect(page.locator("section[aria-labelledby=people]")).to_contain_text(chief.display_name)
    assert_accessible(page)

    link(page, "Record the collective decision")
    expect(page.locator("[name=choice]:checked")).to_have_count(0)
    page.locator("[name=choice][value=admit]").check()
    assert_accessible(page)
    names = MEETING["attendees"].replace("丁建国", chief.display_name)
    fill(page, **MEETING | {"attendees": names})
    expect(refuse(page)).to_contain_text(chief.display_name)
    assert_accessible(page)
    expect(page.locator("[name=attendees]")).to_have_value(names)
    fill(page, **MEETING)
    send(page)
    expect(page.locator(".page-sub")).to_contain_text("Admitted to the pool")
    assert_accessible(page)
    decision = letter(page, "Decision of admission")
    assert member.display_name in decision
    assert MEETING["document"] in decision

    # The decision opened a stay, and the person may contest it.
    page.goto("/pool")
    expect(page.locator(".board")).to_contain_text(member.name)
    person = enter(open_page, member, PHONE)
    person.goto("/?show=rights")
    assert_accessible(person)
    person.locator(".todo a", has_text="Apply").first.click()
    fill(person, grounds="事实有误")
    send(person)

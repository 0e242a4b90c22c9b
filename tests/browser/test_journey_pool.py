"""A stay in the pool: the office begins the training, the mentor writes every week."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from evalsys.cases.engine.service import open_case
from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.permissions import Role
from evalsys.personnel.pool.service import POOL_KIND
from tests.browser.checks import assert_accessible
from tests.browser.city import Site, user_of
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.people import Group, account_of, enter, fill, letter, link, refuse, send, step

pytestmark = pytest.mark.browser

NOTE = "本周独立受理 12 件，一次告知到位，仍需练习系统录入。"


def test_a_mentor_is_named_and_writes_the_note_of_the_week(
    site: Site, open_page: OpenPage, filled: Flask
) -> None:
    group = Group("SP06")
    person, mentor = group.members[0], account_of(group.members[1])
    with unit_of_work(user_of(site.city.accounts[Role.HR].name).actor) as unit:
        case = open_case(unit, POOL_KIND, group.section, person, {}, now=pages.now())
    address, mentor_name = f"/cases/{case.id}", mentor.name

    office = open_page(address, DESK, role=Role.HR, lang="en")
    step(office, "Begin the training", mentor=mentor_name, goals="三个月内独立上岗")
    expect(office.locator("section[aria-labelledby=people]")).to_contain_text(mentor.display_name)
    expect(office.locator(".step-next")).to_contain_text("still missing")
    assert mentor.display_name in letter(office, "Training plan")
    link(office, "Add training")
    fill(office, title="窗口业务实训", hours="16")
    send(office)
    expect(office.locator("section[aria-labelledby=training]")).to_contain_text("窗口业务实训")

    page = enter(open_page, mentor, PHONE)
    page.goto("/cases")
    assert_accessible(page)
    page.locator("tbody th a").first.click()
    expect(page.locator(".step-next")).to_contain_text("No note yet")
    assert_accessible(page)
    link(page, "Write a note")
    refuse(page)
    assert_accessible(page)
    fill(page, body=NOTE)
    send(page)
    expect(page.locator("section[aria-labelledby=notes]")).to_contain_text(NOTE)
    assert_accessible(page)

    office.goto(address)
    expect(office.locator(".step-next")).to_contain_text("now 1")
    expect(office.locator("main")).to_contain_text(NOTE)

"""The personnel office: from the closing of a period to the record of an interview on paper."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.service import take_step
from evalsys.cases.scenes.cast import BAD_SECTION
from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.personnel.chiefs.service import LADDER_KIND, take_up_low_score
from tests.browser.checks import assert_accessible
from tests.browser.city import City, Site, user_of
from tests.browser.conftest import DESK, OpenPage
from tests.browser.people import Group, entry_for, fill, letter, link, refuse, send, step

pytestmark = pytest.mark.browser


def half_year_of(city: City) -> str:
    """Return a half-year that is over, and that no other test closes."""
    halves = {f"{code[:4]}-H{1 if code[-1] in '12' else 2}" for code in city.closed}
    return min(halves - {city.half_year})


def test_hr_closes_a_period_verifies_the_low_score_and_calls_the_chief(
    site: Site, open_page: OpenPage, filled: Flask
) -> None:
    chief = Group(BAD_SECTION).chief
    page = open_page("/periods", DESK, role=Role.HR, lang="en")
    link(page, "Open a period")
    page.locator("[name=code]").fill(half_year_of(site.city))
    page.locator("main form .btn-primary").click()
    link(page, "Close the period")
    page.locator("main form .btn-primary").click()
    page.goto(f"/periods/{half_year_of(site.city)}")
    proposal = page.locator("tbody tr").filter(has_text=chief.name)
    expect(proposal).to_contain_text("Interview")
    assert_accessible(page)

    proposal.get_by_role("link", name=chief.name).click()  # From the figures to the case.
    link(page, "Chief's case")
    expect(page.get_by_role("heading", level=1)).to_contain_text(chief.name)
    expect(page.locator("#next")).to_have_text("Next step: Verify the low score")
    step(page, "Verify the low score", finding="核查台账与录音，数据无误。")
    expect(page.locator(".tline")).to_contain_text("核查台账与录音，数据无误。")

    link(page, "Call the interview")
    fill(page, held_on=pages.today().isoformat(), matter="季度得分偏低")
    assert re.search(r"\d", refuse(page).inner_text()), "it names the first possible day"
    assert_accessible(page)
    expect(page.locator("[name=matter]")).to_have_value("季度得分偏低")
    fill(page, held_on=(pages.today() + timedelta(days=30)).isoformat())
    send(page)
    expect(page.locator(".page-sub")).to_contain_text("Interview called")
    assert_accessible(page)
    notice = letter(page, "Interview notice")
    assert chief.name in notice
    assert "季度得分偏低" in notice


def test_hr_records_an_interview_that_was_held_and_takes_its_record_along(
    site: Site, open_page: OpenPage, filled: Flask
) -> None:
    group, hr = Group("CG05"), user_of(site.city.accounts[Role.HR].name)
    case, chief = called(group, hr, site.city.closed[1]), group.chief
    page = open_page(f"/cases/{case.id}", DESK, role=Role.HR, lang="en")
    link(page, "Record the interview")
    fill(page, explanation="")
    refuse(page)  # Without the chief's own words there is no record.
    expect(page.locator("#explanation-e")).to_be_visible()
    assert_accessible(page)
    fill(page, explanation="窗口人手不足，已调整排班。")
    send(page)
    expect(page.locator(".page-sub")).to_contain_text("plan awaited")
    expect(page.locator("#next")).to_have_text("Waits for somebody else")
    expect(page.locator(".dues").first).to_contain_text("the person concerned")
    assert_accessible(page)
    record = letter(page, "Interview record")
    assert chief.name in record
    assert "窗口人手不足，已调整排班。" in record


def called(group: Group, hr: User, period: str) -> Subject:
    """Return the case of a chief who was called to an interview two days ago on a public score."""
    then, day = pages.now() - timedelta(days=30), pages.today() - timedelta(days=2)
    with unit_of_work(SYSTEM) as unit:
        case = take_up_low_score(unit, group.section, group.chief, {"period": period}, now=then)
    for name in ("verify", "notice"):
        move = LADDER_KIND.machine.move(case.state, name)
        assert move is not None
        take_step(hr.actor, case.id, name, entry_for(move) | {"held_on": day}, now=then)
    return case

"""Supervision without a mouse: each office does its whole job with Tab, letters and Enter."""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.service import take_step
from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.passwords import hash_password
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.matters.service import MatterEntry, open_matter
from evalsys.supervision.referrals.service import draft_referral
from tests.browser.city import Site, user_of
from tests.browser.conftest import DESK, OpenPage
from tests.browser.people import PASSWORD, Group, account_of, enter
from tests.factories import make_user

pytestmark = pytest.mark.browser

TITLE, QUESTION = "渔港泊位审批无人答复", "渔船检验和泊位审批互为前置"
MOST = 90  # presses of a key until what is wanted has the focus
HAS_FOCUS = """(wanted) => {
  const one = document.activeElement;
  return one.matches("a, button, input, select, textarea")
    && (one.name === wanted || one.textContent.trim() === wanted);
}"""
UNSEEN = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const isSeen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return one === document.body || isSeen ? "" : one.outerHTML.slice(0, 120);
}"""


def reach(page: Page, wanted: str) -> None:
    """Press Tab until a link, button or field of this name or label has the focus.

    At each stop on the way it is seen where the focus is.
    """
    for _ in range(MOST):
        page.keyboard.press("Tab")
        assert page.evaluate(UNSEEN) == "", page.url
        if page.evaluate(HAS_FOCUS, wanted):
            return
    raise AssertionError(f"{wanted} is not reached on {page.url}")


def press(page: Page, wanted: str) -> None:
    """Reach a link or a button, press Enter, and arrive."""
    reach(page, wanted)
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")


def write(page: Page, **given: str) -> None:
    """Reach fields by their name, in the order of the page, and type."""
    for name, words in given.items():
        reach(page, name)
        page.keyboard.type(words)


def done(page: Page) -> None:
    expect(page.get_by_role("status")).to_contain_text("✓")


def test_the_supervision_office_assigns_urges_and_refers(
    site: Site, open_page: OpenPage, filled: Flask
) -> None:
    group, office = Group("SP05"), user_of(site.city.accounts[Role.SUPERVISOR].name).actor
    number, now = account_of(group.members[2]).name, pages.now() - timedelta(minutes=5)
    entry = MatterEntry(MatterSource.ENTERPRISE, group.section.organ, TITLE, "三周无人答复。")
    case = open_matter(office, entry, now=now)
    page = open_page(f"/cases/{case.id}", DESK, role=Role.SUPERVISOR, lang="en")
    press(page, "Accept the matter")
    press(page, "Accept the matter")
    done(page)
    press(page, "Assign the matter")
    write(page, section="SP05", handler=number, demand="限期答复。")
    press(page, "Assign the matter")
    done(page)
    press(page, "Urge")
    write(page, demand="今日答复。")
    press(page, "Urge")
    done(page)
    expect(page.locator("main")).to_contain_text("今日答复。")
    press(page, "Draft a referral")
    press(page, "Draft the referral")
    done(page)


def test_the_discipline_organ_confirms_the_receipt_and_decides(
    site: Site, open_page: OpenPage, filled: Flask
) -> None:
    group, office = Group("SP05"), user_of(site.city.accounts[Role.SUPERVISOR].name).actor
    now = pages.now() - timedelta(minutes=5)
    entry = MatterEntry(MatterSource.ENTERPRISE, group.section.organ, TITLE, "三周无人答复。")
    case = open_matter(office, entry, now=now)
    given = {"section": "SP05", "handler": account_of(group.members[2]).name, "demand": "答复。"}
    take_step(office, case.id, "accept", {}, now=now)
    take_step(office, case.id, "assign", given, now=now)
    for name in ("urge", "supervise"):
        take_step(SYSTEM, case.id, name, {"demand": "答复。"}, now=now)
    with unit_of_work(SYSTEM) as unit:
        referral = draft_referral(unit, db.session.get_one(Subject, case.id), now)
    take_step(office, referral.id, "send", {"reasons": "逾期", "decider": "孙志强"}, now=now)
    page = open_page("/", DESK, role=Role.DISCIPLINE, lang="en")
    page.goto(f"/cases/{referral.id}")
    press(page, "Confirm the receipt")
    write(page, receiver="吴静")
    press(page, "Confirm the receipt")
    done(page)
    press(page, "Decide on the referral")
    reach(page, "choice")
    page.keyboard.press("Space")
    write(page, reasons="按规定登记。", decider="吴静")
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")
    done(page)
    expect(page.locator(".page-sub")).to_contain_text("Clue filed")


def test_who_works_with_the_hotline_brings_a_list_in(open_page: OpenPage, filled: Flask) -> None:
    organ, day = Group("SP05").section.organ.name, f"{pages.today():%Y/%m/%d}"
    lines = f"工单编号,受理时间,承办单位,标题,工单状态\nJP-1,{day},{organ},{TITLE},办理中"
    page = open_page("/matters", DESK, role=Role.SUPERVISOR, lang="en")
    press(page, "Hotline 12345")
    press(page, "Import tickets")
    reach(page, "file")
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Enter")
    chosen.value.set_files({"name": "a.csv", "mimeType": "text/csv", "buffer": lines.encode()})
    press(page, "Look at the columns")
    press(page, "Start the trial run")
    press(page, "Write 1 ticket")
    expect(page.get_by_role("status")).to_contain_text("Written.")


def test_the_head_of_an_organ_takes_up_and_decides(open_page: OpenPage, filled: Flask) -> None:
    organ = Group("SP05").section.organ_id
    head = make_user(
        Role.LEADER, name="head-by-keys", organ_id=organ, password_hash=hash_password(PASSWORD)
    )
    page = enter(open_page, head, DESK)
    page.goto("/coordination")
    press(page, "Take a question up")
    write(page, title=QUESTION, says="由谁牵头。")
    press(page, "Take it up")
    done(page)
    press(page, "Decide the question")
    write(page, conclusion="并联办理。")
    press(page, "Decide the question")
    done(page)
    expect(page.locator("main")).to_contain_text("并联办理。")

"""Two persons for a workbook of many people, each on their own screen."""

import io
import re
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from sqlalchemy import select

from evalsys.core import pages
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.exports.approval.service import ask
from evalsys.exports.service import count_persons, request_export
from evalsys.foundation.accounts.models import User
from tests.browser.checks import assert_accessible
from tests.browser.city import Site
from tests.browser.conftest import DESK, PHONE, OpenPage

pytestmark = pytest.mark.browser


def button(page: Page, name: str) -> None:
    page.locator("main").get_by_role("button", name=name).click()


def start_page(open_page: OpenPage, role: Role) -> Page:
    """The start page with all its tasks: how many come before depends on the day."""
    page = open_page("/", PHONE, role=role, lang="en")
    more = page.locator("a[href='/?show=all']")  # Not that of more messages.
    if more.count():
        more.click()
    return page


def ask_as_chief(site: Site, purpose: str) -> int:
    """Ask for the chief's own section in another order than the city's request."""
    name = site.city.accounts[Role.CHIEF].name
    chief = db.session.scalars(select(User).where(User.name == name)).one()
    code, filters = site.city.closed[0], {"sort": "-total"}
    now = pages.now()
    request = request_export(chief.actor, "members", code, filters, lang="zh", now=now)
    return ask(request, count_persons(request), purpose).id


def test_a_link_of_the_whole_city_asks_for_the_purpose(open_page: OpenPage, site: Site) -> None:
    page = open_page(f"/periods/{site.city.closed[0]}", DESK, role=Role.HR, lang="en")
    page.get_by_role("link", name="Members", exact=True).click()
    expect(page.locator("h1")).to_have_text("Ask for Members")
    button(page, "Ask for it")
    expect(page).to_have_title(re.compile("^Error"))
    assert_accessible(page)
    page.locator("[name=purpose]").fill("党组会材料")
    button(page, "Ask for it")
    expect(page.locator(".page-sub")).to_contain_text("waits for a second person")
    expect(page.get_by_role("button", name="Agree")).to_have_count(0)
    assert_accessible(page)


def test_one_asks_another_agrees_the_first_fetches(
    open_page: OpenPage, site: Site, filled: Flask
) -> None:
    number = ask_as_chief(site, "处务会讨论用")
    officer = start_page(open_page, Role.HR)
    officer.get_by_role("link", name="View: Decide on large exports").click()
    officer.locator(f"a[href='/exports/{number}']").click()
    expect(officer.locator("dl.rows").first).to_contain_text("处务会讨论用")
    button(officer, "Agree")
    expect(officer.locator(".page-sub")).to_contain_text("agreed")
    assert_accessible(officer)
    chief = start_page(open_page, Role.CHIEF)
    chief.get_by_role("link", name="View: Fetch your workbook").click()
    chief.locator(f"a[href='/exports/{number}']").click()
    with chief.expect_download() as book:
        button(chief, "Fetch the workbook")
    sheets = load_workbook(io.BytesIO(Path(book.value.path()).read_bytes())).sheetnames
    assert sheets == ["封面", "人员明细"]
    chief.reload()
    expect(chief.locator(".page-sub")).to_contain_text("fetched")

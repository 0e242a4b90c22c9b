from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.permissions import SYSTEM
from evalsys.ratings.issuing import ServiceEvent, issue_tickets
from tests.browser.conftest import assert_accessible
from tests.factories import make_section, make_staff

pytestmark = pytest.mark.browser


@pytest.fixture
def code(filled: Flask) -> str:
    """The code of a fresh ticket for one person."""
    return issue()


def issue(people: int = 1) -> str:
    section = make_section(name="企业登记科")
    numbers = tuple(
        make_staff(section, post="受理岗", window_no=str(place)).number
        for place in range(3, 3 + people)
    )
    with unit_of_work(SYSTEM) as unit:
        return issue_tickets(unit, [ServiceEvent(pages.today(), numbers)], on=pages.today())[0].code


def choose(page: Page, **levels: int) -> None:
    for name, level in levels.items():
        page.locator(f"input[name={name}][value='{level}']").check()


def test_five_taps_from_scan_to_thanks(code: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"/r#{code}")
    expect(page.get_by_role("heading", level=1)).to_have_text("请评价这次服务")
    assert page.url.endswith("/r")
    assert_accessible(page)
    choose(page, attitude=5, work_style=4, efficiency=4, competence=0)
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已收到您的评价")
    assert_accessible(page)

"""Those who are rated: chief, leader in charge, staff member; each sees their own part only."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from evalsys.core.permissions import Role
from tests.browser.checks import assert_accessible
from tests.browser.city import SECTION, TINY_SECTION, Site
from tests.browser.conftest import DESK, PHONE, OpenPage

pytestmark = pytest.mark.browser
PAPER = 250  # of 255: what is darker lies in shadow


def test_a_chief_goes_from_the_sum_to_the_person_who_needs_help(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page("/", DESK, role=Role.CHIEF)
    assert_accessible(page)
    page.goto(f"/sections/{SECTION}/{site.city.closed[0]}")
    sum_words = page.locator(".kpi-v").first.inner_text()
    # A corrected sum is printed in whole points: see docs/adr/0025.
    assert re.fullmatch(r"(\d+\.\d\d|≈\d+)\s*/ \d+\.\d\d", sum_words)
    expect(page.locator("tfoot")).to_contain_text(sum_words.split("/")[0].strip())
    expect(page.locator(".heat td.cell").first).to_be_visible()
    assert_accessible(page)
    page.locator(".kpi a").first.click()
    expect(page).to_have_url(re.compile("/formulas#F4$"))
    assert_accessible(page)
    page.go_back()
    page.locator(".heat tbody th a").nth(1).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"（\d{6}）"))
    assert_accessible(page)
    page.locator("[name=period]").select_option(site.city.closed[1])
    page.locator(".page-head form button").click()
    expect(page).to_have_url(re.compile(re.escape(site.city.closed[1]) + "$"))


def test_a_chief_reads_the_section_on_a_phone(site: Site, open_page: OpenPage) -> None:
    page = open_page(f"/sections/{SECTION}/{site.city.closed[0]}", PHONE, role=Role.CHIEF)
    expect(page.locator(".kpi")).to_have_count(5)
    boxes = [box for kpi in page.locator(".kpi").all() if (box := kpi.bounding_box())]
    assert len({round(box["x"]) for box in boxes}) == 1  # One below the other.
    for target in page.locator("header a, header button").all():
        box = target.bounding_box()
        assert box is None or box["height"] >= 44  # px, for a thumb
    assert_accessible(page)


def test_a_table_that_is_cut_on_a_phone_shows_on_which_side_it_goes_on(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page("/ranking", PHONE, role=Role.HR)
    table = page.get_by_role("region", name="可左右滑动").first
    assert edges(page, table) == (False, True)
    table.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(table).not_to_have_js_property("scrollLeft", 0)
    table.evaluate("(one) => { one.scrollLeft = 1e6 }")
    assert edges(page, table) == (True, False)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert edges(page, table) == (False, False), "what fits has no sign"


def edges(page: Page, table: Locator) -> tuple[bool, bool]:
    """Say whether the head of a table lies in shadow at its left and at its right edge."""
    table.evaluate("(one) => one.scrollIntoView({ behavior: 'instant' })")
    box = table.locator("thead").bounding_box()
    region = table.bounding_box()
    assert box
    assert region
    picture = Image.open(io.BytesIO(page.screenshot())).convert("L")
    y = int(box["y"] + 4)
    left, right = int(region["x"]) + 1, int(region["x"] + region["width"]) - 2
    at_left, at_right = (picture.crop((x, y, x + 1, y + 1)).tobytes()[0] for x in (left, right))
    return at_left < PAPER, at_right < PAPER


def test_a_section_with_too_few_ballots_is_told_what_is_missing_and_never_ranked(
    site: Site, open_page: OpenPage
) -> None:
    address = f"/sections/{TINY_SECTION}/{site.city.closed[0]}"
    page = open_page(address, DESK, role=Role.HR, lang="en")
    expect(page.locator(".few")).to_contain_text("not compared, not ranked")
    expect(page.locator(".kpis")).to_contain_text("not shown")
    expect(page.locator(".kpis")).to_contain_text("Still missing")
    expect(page.locator(".ival")).to_have_count(0)
    assert_accessible(page)


def test_a_leader_sees_the_own_organ_and_can_go_down_to_a_member(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page("/", DESK, role=Role.LEADER, lang="en")
    assert_accessible(page)
    page.goto(f"/sections?period={site.city.closed[0]}")
    assert_accessible(page)
    page.locator("tbody th a").first.click()
    page.locator("tbody th a").first.click()
    assert "/members/" in page.url
    assert_accessible(page)


def test_a_member_sees_the_own_page_and_of_nobody_else(site: Site, open_page: OpenPage) -> None:
    page = open_page("/", PHONE, role=Role.STAFF, lang="en")
    page.locator("main").get_by_role("link", name="My results").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("My results")
    assert_accessible(page)
    page.goto(f"/sections/{SECTION}/{site.city.closed[0]}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not found")
    assert_accessible(page)

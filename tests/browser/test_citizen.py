"""A citizen's way: from a slip of paper to a rating that is counted."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from evalsys.core import pages
from evalsys.core.permissions import SYSTEM
from evalsys.ratings.counting.service import count_due
from tests.browser.checks import assert_accessible, faults
from tests.browser.city import Site, make_ticket, rate_in_time
from tests.browser.conftest import NARROW, OpenPage

pytestmark = pytest.mark.browser

HEADING = "请评价这次服务"
THANKS = "已收到您的评价"
PAGE_LIMIT = 30 * 1024  # bytes of the form before compression, by the customer
SHEET_LIMIT = 8 * 1024


@pytest.fixture
def code(filled: Flask) -> str:
    """The code of a fresh ticket for one person."""
    return make_ticket()


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def choose(page: Page, **levels: int) -> None:
    for name, level in levels.items():
        page.locator(f"input[name={name}][value='{level}']").check()


def chosen(page: Page) -> list[str]:
    """Return what is ticked, as name and value."""
    ticked: list[str] = page.evaluate(
        "[...document.querySelectorAll('main :checked')].map((one) => one.name + one.value)"
    )
    return ticked


def send(page: Page) -> None:
    page.locator("#rating > .btn").click()


def rate(page: Page, **levels: int) -> None:
    four = {"attitude": 5, "work_style": 4, "efficiency": 4, "competence": 0}
    choose(page, **{**four, **levels})
    send(page)


def switch(page: Page, name: str) -> None:
    page.locator("header").get_by_role("button", name=name).click()


def test_five_taps_from_scan_to_thanks(code: str, open_page: OpenPage) -> None:
    page = open_page(f"/r#{code}")
    expect(heading(page)).to_have_text(HEADING)
    expect(page).to_have_url(re.compile("/r$"))
    assert_accessible(page)
    rate(page)
    expect(heading(page)).to_have_text(THANKS)
    assert_accessible(page)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_form_is_light_and_fits_the_narrowest_phone(
    lang: str, code: str, open_page: OpenPage
) -> None:
    page = open_page(viewport=NARROW, lang=lang)
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))
    page.goto(f"/r/{code}")
    assert not faults(page)
    page.wait_for_load_state("networkidle")
    assert sum(sizes.values()) <= PAGE_LIMIT
    assert next(size for url, size in sizes.items() if "citizen.css" in url) <= SHEET_LIMIT


PLACES = """[...document.querySelectorAll("main *")].filter((one) => one.offsetHeight).map(
  (one) => Math.round(one.getBoundingClientRect().top + scrollY))"""
FOLDED = "!document.querySelector('[name=reasons]').checkVisibility()"
SMALLEST = """Math.min(...[...document.querySelectorAll("main :not(input)")].map(
  (one) => parseFloat(getComputedStyle(one).fontSize)))"""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_level_moves_anything_or_costs_another_tap(
    lang: str, code: str, open_page: OpenPage
) -> None:
    page = open_page(f"/r/{code}", lang=lang)
    before = page.evaluate(PLACES)
    for name in ("attitude", "work_style", "efficiency", "competence"):
        for level in (5, 1, 0, 2):
            choose(page, **{name: level})
            assert page.evaluate(PLACES) == before
    assert page.evaluate(FOLDED)
    page.locator(".why summary").click()
    expect(page.locator("[name=reasons][value='7']")).to_be_visible()
    assert_accessible(page)
    send(page)
    expect(page.locator(".ref")).to_be_visible()


@pytest.mark.parametrize("width", [360, 320])
def test_in_large_print_the_first_question_is_on_the_first_screen(
    width: int, code: str, open_page: OpenPage
) -> None:
    page = open_page("/switch?size=large", viewport={"width": width, "height": 780})
    page.goto(f"/r/{code}")
    lowest = page.locator("[name=attitude][value='1'] + span")
    box = lowest.bounding_box()
    assert box
    assert box["y"] + box["height"] <= 780
    assert page.evaluate(SMALLEST) >= 30
    assert_accessible(page)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_whoever_else_served_does_not_push_the_first_question_off_the_screen(
    filled: Flask, lang: str, open_page: OpenPage
) -> None:
    page = open_page("/switch?size=large", viewport={"width": 360, "height": 740}, lang=lang)
    page.goto(f"/r/{make_ticket(3)}")
    box = page.locator("[name=attitude][value='5'] + span").bounding_box()
    assert box
    assert box["y"] + box["height"] <= 740
    page.locator(".also summary").click()
    expect(page.locator(".also button")).to_have_count(2)
    assert_accessible(page)
    page.locator(".also button").first.click()
    expect(page.locator("[name=attitude][value='5']")).to_be_attached()


def test_the_first_visit_is_in_the_language_of_the_browser(
    code: str, browser: Browser, site: Site
) -> None:
    for locale, words in (("zh-CN", HEADING), ("en-GB", "Please rate this service")):
        context = browser.new_context(base_url=site.url, locale=locale)
        page = context.new_page()
        page.goto(f"/r/{code}")
        expect(heading(page)).to_have_text(words)
        context.close()


def test_an_error_leads_to_its_field_and_loses_no_answer(code: str, open_page: OpenPage) -> None:
    page = open_page(f"/r/{code}")
    choose(page, attitude=1)
    page.locator(".why summary").click()
    page.locator("[name=reasons][value='2']").check()
    page.locator("#contact").fill("1381234")
    send(page)
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page).to_have_title(re.compile("^错误"))
    assert_accessible(page)
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("#contact$"))
    expect(page.locator("#contact-e")).to_be_visible()
    assert chosen(page) == ["attitude1", "reasons2"]
    page.locator("#contact").fill("13812345678")
    send(page)
    expect(heading(page)).to_have_text(THANKS)


def test_nothing_but_unknown_is_sent_back_in_words(code: str, open_page: OpenPage) -> None:
    page = open_page(f"/r/{code}")
    rate(page, attitude=0, work_style=0, efficiency=0)
    expect(page.get_by_role("alert")).to_contain_text("请至少评一项")


def test_switching_the_language_or_the_size_keeps_the_answers(
    code: str, open_page: OpenPage
) -> None:
    page = open_page(f"/r/{code}")
    choose(page, attitude=2, efficiency=5)
    page.locator(".why summary").click()
    page.locator("[name=reasons][value='2']").check()
    page.locator("#comment").fill("排队太久")
    before = chosen(page)
    switch(page, "English")
    expect(heading(page)).to_have_text("Please rate this service")
    switch(page, "Large print")
    expect(page.locator("html.large")).to_be_attached()
    assert chosen(page) == before
    expect(page.locator("#comment")).to_have_value("排队太久")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # A TypedDict of the same shape.
    assert_accessible(page)
    switch(page, "中文")
    assert chosen(page) == before


def test_large_print_is_one_tap_from_the_first_screen_and_stays(
    code: str, open_page: OpenPage
) -> None:
    page = open_page("/", viewport=NARROW)
    page.locator("header nav a").last.click()
    assert_accessible(page)
    page.goto(f"/r/{code}")
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 30
    rate(page)
    expect(page.locator("html.large")).to_be_attached()
    assert_accessible(page)


def test_a_reload_and_the_way_back_keep_what_was_chosen(code: str, open_page: OpenPage) -> None:
    page = open_page(f"/r/{code}")
    choose(page, attitude=4, work_style=2)
    page.locator("#comment").fill("还没写完")
    before = chosen(page)
    page.reload()
    assert chosen(page) == before
    page.goto("/check")
    page.go_back()
    expect(page.locator("#comment")).to_have_value("还没写完")
    assert chosen(page) == before


def test_a_shared_tablet_forgets_who_was_here(code: str, open_page: OpenPage) -> None:
    page = open_page(f"/r/{code}")
    rate(page)
    expect(heading(page)).to_have_text(THANKS)
    assert_accessible(page)
    page.go_back()
    expect(heading(page)).to_have_text("评价一次服务")
    page.locator("main .btn").first.click()
    expect(page.locator("#code-e")).to_contain_text("请输入评价单上的评价码")
    assert_accessible(page)  # It opens what is folded.
    page.get_by_role("button", name="设为共用设备").click()
    page.goto(f"/r#{code}")
    rate(page, attitude=3)
    expect(page.locator("#reference-e")).to_be_visible()
    kept = page.evaluate("Object.values(sessionStorage)")
    assert set(kept) <= {"sent"}, "no answer stays"


def test_a_second_rating_replaces_the_first_under_the_same_reference(
    code: str, open_page: OpenPage
) -> None:
    page = open_page(f"/r/{code}")
    rate(page)
    first = page.locator(".ref b").inner_text()
    page.goto(f"/r/{code}")
    expect(heading(page)).to_have_text(HEADING)
    assert chosen(page) == []
    rate(page, attitude=3)
    assert page.locator(".ref b").inner_text() == first
    other = open_page(f"/r#{code}")
    rate(other)
    expect(other.get_by_role("alert")).to_be_focused()
    assert_accessible(other)
    other.locator("#reference").fill(first.lower())
    send(other)
    expect(heading(other)).to_have_text(THANKS)
    assert other.locator(".ref b").inner_text() == first
    third = open_page(f"/r#{code}")
    rate(third)
    third.get_by_role("button", name="告诉监督部门：不是我评的").click()
    expect(heading(third)).to_have_text("谢谢您告诉我们")
    assert_accessible(third)


@pytest.mark.parametrize(
    "tail",
    ["&from=singlemessage&isappinstalled=0", "?from=timeline", "#wechat_redirect", "。", "/"],
)
def test_a_link_opens_with_whatever_a_chat_program_hangs_on_it(
    tail: str, code: str, open_page: OpenPage
) -> None:
    page = open_page()
    for start in ("/r#", "/r#/", "/R#", "/r?from=x#"):
        page.goto("/check")
        page.goto(f"{start}{code}{tail}")
        expect(heading(page)).to_have_text(HEADING)
        expect(page).to_have_url(re.compile("/r$"))


def test_who_was_served_by_two_rates_each_or_one(filled: Flask, open_page: OpenPage) -> None:
    page = open_page(f"/r/{make_ticket(2)}")
    first = page.locator(".facts dd").nth(1).inner_text()
    page.locator(".also summary").click()
    page.locator(".also button").click()
    expect(page.locator(".facts dd").nth(1)).not_to_have_text(first)
    assert_accessible(page)
    rate(page)
    expect(page.locator(".ref")).to_have_count(1)
    assert_accessible(page)
    page.locator("main button[name=person]").click()
    expect(page.locator(".facts dd").nth(1)).to_have_text(first)
    rate(page)
    expect(page.locator(".ref")).to_have_count(2)


def test_everything_works_without_script(code: str, open_page: OpenPage) -> None:
    page = open_page("/", java_script_enabled=False)
    page.locator("#code").fill(code.lower())
    page.locator("main .btn").first.click()
    expect(heading(page)).to_have_text(HEADING)
    page.locator(".why summary").click()
    page.locator("#contact").fill("138")
    rate(page, attitude=2)
    expect(page.get_by_role("alert")).to_be_visible()
    switch(page, "English")
    expect(page.locator("[name=attitude][value='2']")).to_be_checked()
    page.locator("[name=reasons][value='2']").check()
    page.locator("#contact").fill("")
    send(page)
    expect(heading(page)).to_have_text("Your rating has arrived")
    reference = page.locator(".ref b").inner_text()
    page.goto("/check")
    page.locator("#reference").fill(reference)
    page.locator("main .btn").click()
    expect(page.get_by_role("status").get_by_role("heading")).to_have_text("Received")


def test_the_reference_tells_where_a_rating_is_and_never_what_it_says(
    filled: Flask, open_page: OpenPage
) -> None:
    counted = rate_in_time(make_ticket(days_ago=30))
    count_due(SYSTEM, on=pages.today(), force=True)
    page = open_page(f"/r/{make_ticket()}", lang="en")
    rate(page, attitude=3)
    received = page.locator(".ref b").inner_text()
    for reference, answer in (
        (received, "Received"),
        (counted.lower(), "Counted"),
        ("HT4R K7WM", "No such rating"),
    ):
        page.goto("/check")
        page.locator("#reference").fill(reference)
        page.locator("main .btn").click()
        expect(page.get_by_role("status").get_by_role("heading")).to_have_text(answer)
        expect(page.locator("main")).not_to_contain_text("satisfied")
        assert_accessible(page)


def test_an_expired_a_counted_and_a_wrong_code_each_say_so_and_show_the_way_out(
    filled: Flask, code: str, open_page: OpenPage
) -> None:
    expired, used = make_ticket(days_ago=30), make_ticket(days_ago=30)
    rate_in_time(used)
    count_due(SYSTEM, on=pages.today(), force=True)
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    page = open_page(lang="en", viewport=NARROW)
    for path, words in (
        (f"/r/{expired}", "The time to rate is over"),
        (f"/r/{used}", "Your rating is counted"),
        (f"/r/{wrong}", "This code is mistyped"),
    ):
        page.goto(path)
        expect(heading(page)).to_have_text(words)
        expect(page.locator("main a[href='/check']")).to_be_visible()
        assert_accessible(page)
    page.locator("#code").fill(code)
    page.locator("main .btn").first.click()
    expect(heading(page)).to_have_text("Please rate this service")

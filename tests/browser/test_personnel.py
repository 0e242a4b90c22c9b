"""The personnel office: from a link to sign in with to published results and workbooks."""

import io
import re
import secrets
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Download, Page, expect
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.organisation.org.models import Section, Staff
from evalsys.ratings.ballots.models import Comment, CommentState
from tests.browser.checks import assert_accessible
from tests.browser.city import SECTION, Site, served
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.roster.rosters import roster

pytestmark = pytest.mark.browser

NEWCOMER = ("880001", "赵新", SECTION)


def button(page: Page, name: str) -> None:
    page.locator("main").get_by_role("button", name=name).click()


def link(page: Page, name: str) -> None:
    page.locator("main").get_by_role("link", name=name).first.click()


def upload(page: Page, name: str, content: bytes, words: str) -> None:
    page.locator("[name=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    button(page, words)


def book_of(download: Download) -> Workbook:
    return load_workbook(io.BytesIO(Path(download.path()).read_bytes()))


def test_a_roster_is_tried_mended_written_and_taken_back(open_page: OpenPage) -> None:
    page = open_page("/roster/import", DESK, role=Role.HR, lang="en")
    assert_accessible(page)
    button(page, "Check the file")
    expect(page).to_have_title(re.compile("^Error"))
    assert_accessible(page)
    upload(page, "名单.xlsx", roster([NEWCOMER, ("880002", "", "没有的科")]), "Check the file")
    expect(page.locator("[aria-current=step]")).to_contain_text("3")
    expect(page.locator(".cell-bad")).to_have_count(2)
    expect(page.get_by_role("button", name="Write")).to_be_disabled()
    assert_accessible(page)
    with page.expect_download() as marked:
        link(page, "Download the file with its errors marked")
    sheet = book_of(marked.value)["人员"]
    assert sheet.cell(1, sheet.max_column).value == "错误"
    link(page, "Upload again")
    upload(page, "名单.xlsx", roster([NEWCOMER]), "Check the file")
    assert_accessible(page)
    button(page, "Write")
    expect(page.locator(".note").first).to_contain_text("✓")
    assert_accessible(page)
    link(page, "To the imports")
    left = page.locator("tbody tr").first.locator("td").nth(4)
    expect(left).to_have_text("—")  # Nobody left: the file was not the whole roster.
    page.go_back()
    link(page, "Undo this import")
    assert_accessible(page)
    button(page, "Undo the import")
    expect(page.locator(".page-sub")).to_contain_text("Undone")


def test_a_ticket_at_the_counter_becomes_a_slip_that_a_phone_can_use(open_page: OpenPage) -> None:
    page = open_page("/tickets", DESK, role=Role.COUNTER)
    form = page.locator("main form[method=post]")
    form.locator("[type=submit]").click()
    expect(page).to_have_title(re.compile("^错误"))
    assert_accessible(page)
    page.locator("[name=staff]").first.check()
    page.locator("[name=event_no]").fill("SP-2026-004711")
    page.locator("[name=service_type]").fill("营业执照变更")
    form.locator("[type=submit]").click()
    expect(page.locator(".slip")).to_have_count(1)
    assert_accessible(page)
    code = page.locator(".slip .code").inner_text()
    with page.expect_download() as slips:
        page.locator(".acts .btn-primary").click()
    assert Path(slips.value.path()).read_bytes().startswith(b"%PDF")
    citizen = open_page("/r", PHONE)
    citizen.locator("#code").fill(code)
    citizen.locator("main .btn").first.click()
    expect(citizen.locator(".facts")).to_contain_text("营业执照变更")


def test_a_list_of_services_is_issued_as_a_whole_on_sheets_of_eight(open_page: OpenPage) -> None:
    page = open_page("/tickets/list", DESK, role=Role.HR, lang="en")
    day = page.evaluate("new Date().toISOString().slice(0, 10)")
    numbers = page.context.request.get("/tickets").text().split('name="staff" value="')[1:]
    rows = [f"{day},{numbers[0][:6]},SP-2026-00480{n}\n" for n in range(9)]
    head = "办理日期,工号,办件编号\n"
    upload(page, "a.csv", f"{head}{rows[0]}昨天,999999,B1\n".encode(), "Issue the tickets")
    expect(page.locator(".cell-bad").first).to_be_visible()
    assert_accessible(page)
    upload(page, "a.csv", (head + "".join(rows)).encode(), "Issue the tickets")
    slips = page.locator(".slip")
    expect(slips).to_have_count(9)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 673, "height": 900})  # 178 mm: A4 without its margins.
    expect(page.locator("html")).to_have_js_property("clientWidth", 673)  # It is laid out anew.
    tops = slips.evaluate_all(
        "all => all.slice(0, 8).map(one => Math.round(one.getBoundingClientRect().top))"
    )
    assert len(set(tops)) == 4  # Two beside each other.
    assert not slips.evaluate_all(
        "all => all.filter(one => one.scrollHeight > one.clientHeight + 1).length"
    )
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") == 2


def test_a_period_is_closed_by_one_person_and_published_by_another(
    site: Site, open_page: OpenPage
) -> None:
    code = site.city.half_year
    page = open_page("/periods", DESK, role=Role.HR, lang="en")
    assert_accessible(page)
    link(page, "Open a period")
    button(page, "Open the period")
    expect(page).to_have_title(re.compile("^Error"))
    page.locator("[name=code]").fill(code)
    button(page, "Open the period")
    expect(page.locator(".note")).to_contain_text("✓")
    assert_accessible(page)
    link(page, "Close the period")
    assert_accessible(page)
    page.locator("main form button").click()
    page.goto(f"/periods/{code}")
    expect(page.locator("#next")).to_have_text("Waits for a second person")
    expect(page.get_by_role("link", name="Agree to publish")).to_have_count(0)
    page.goto(f"/results/{code}")
    expect(page.locator("main table")).to_have_count(0)
    leader = open_page(f"/periods/{code}", DESK, role=Role.LEADER, lang="en")
    link(leader, "Agree to publish")
    assert_accessible(leader)
    button(leader, "Agree and publish")
    expect(leader.locator(".page-sub")).to_contain_text("published")
    assert_accessible(leader)
    citizen = open_page(f"/results/{code}")
    expect(citizen.locator("main table").first).to_be_visible()
    assert_accessible(citizen)


def test_the_ranking_is_filtered_in_the_address_printed_and_exported(
    site: Site, open_page: OpenPage
) -> None:
    closed = site.city.closed[0]
    page = open_page("/ranking", DESK, role=Role.HR, lang="en")
    rows = page.locator("tbody tr:not(.group)")
    every = rows.count()
    page.locator("[name=kind]").select_option("window")
    page.locator("[name=period]").select_option(closed)
    page.locator(".filters button").click()
    assert "kind=window" in page.url
    assert 0 < rows.count() < every
    assert_accessible(page)
    page.locator("th a.sort").filter(has_text="Rate").first.click()
    assert "kind=window" in page.url
    assert "sort=" in page.url
    expect(page.locator("th[aria-sort=descending]")).to_have_count(1)
    pdf = page.pdf(prefer_css_page_size=True)
    assert b"/MediaBox [0 0 841" in pdf  # A4, landscape.
    with page.expect_download() as book:
        page.locator(".acts .btn-primary").click()
    kinds = {row[0].value for row in book_of(book.value).worksheets[0].iter_rows()}
    assert len(kinds) > 1
    page.goto(f"/ranking?period={closed}&search=nobody")
    expect(page.locator(".few")).to_be_visible()
    assert_accessible(page)


def test_a_comment_is_released_in_words_that_show_nobody(open_page: OpenPage) -> None:
    page = open_page("/comments", DESK, role=Role.HR, lang="en")
    line = page.locator("main tbody tr").first
    line = page.locator(f"#{line.get_attribute('id')}")  # the same one when it stands elsewhere
    line.get_by_text("Change the words, or decide on this one").click()
    line.get_by_role("button", name="Withhold").click()
    expect(page).to_have_title(re.compile("^Error"))
    assert_accessible(page)
    line.locator("textarea").fill("工作人员很耐心。")  # its fold has stayed open
    line.get_by_role("button", name="Release to everybody").click()
    expect(page.get_by_role("status")).to_contain_text("✓")
    page.goto("/comments?state=released")
    expect(line.locator("textarea")).to_have_value("工作人员很耐心。")


def test_rules_are_drafted_and_tried_on_a_past_period_before_they_hold(
    open_page: OpenPage,
) -> None:
    page = open_page("/policies", DESK, role=Role.HR, lang="en")
    assert_accessible(page)
    page.locator(".acts .btn-primary").click()
    page.locator("[name=interview_line]").fill("72")
    button(page, "Save the draft")
    expect(page).to_have_title(re.compile("^Error"))
    assert_accessible(page)
    page.locator("[name=reason]").fill("试行一年后调整")
    button(page, "Save the draft")
    link(page, "Preview on a past period")
    expect(page.locator("dl.counts")).to_be_visible()
    assert_accessible(page)
    page.locator(".acts .btn-primary").click()
    expect(page.locator(".step-next")).to_contain_text("Adopting takes a second person")
    assert_accessible(page)


def test_three_hundred_comments_are_read_with_few_keys(
    site: Site, open_page: OpenPage, filled: Flask
) -> None:
    """Each press of a key is counted: at two seconds each it takes far less than five minutes."""
    section = db.session.scalars(select(Section).where(Section.code == SECTION)).one()
    member = served(1)[0]
    staff = db.session.scalars(select(Staff).where(Staff.number == member)).one()
    bodies = [f"第{n % 180}号窗口办得快" for n in range(280)]
    bodies += [f"{n}号王某骂人" for n in range(20)]
    db.session.add_all(
        Comment(
            id=secrets.token_hex(16), base_period=site.city.closed[0], section_id=section.id,
            staff_id=staff.id, body=body, state=CommentState.PENDING,
        )
        for body in bodies
    )  # fmt: skip
    db.session.commit()
    page, presses = open_page("/comments", DESK, role=Role.HR, lang="en"), 0
    assert_accessible(page)
    while page.locator("[name=ticked]").count():
        lines = page.locator("tr", has_text="骂人").locator("[name=ticked]")
        buttons = ["Release all shown that are not ticked"]
        for place in range(lines.count()):
            lines.nth(place).focus()  # Tab, from the line before.
            page.keyboard.press("Space")
            presses += 2
        if lines.count():
            page.locator("#reason").fill("认得出人")
            presses += 6
            buttons.insert(0, "Withhold the ticked ones")
        for name in buttons:
            if not page.locator("[name=ticked]").count():
                break
            page.get_by_role("button", name=name).focus()
            page.keyboard.press("Enter")
            presses += 2
            expect(page.locator(".note").first).to_contain_text("✓")
            assert page.url.endswith("#list"), "the page stays at the lines"
    assert presses <= 120

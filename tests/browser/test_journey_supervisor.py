"""The supervision office: a list of 12345 comes in, a ticket is assigned, urged and referred.

Its caller is answered, and rates who handled it.
"""

import re

import pytest
from flask import Flask
from playwright.sync_api import FilePayload, Page, expect

from evalsys.core import pages
from evalsys.core.permissions import Role
from tests.browser.checks import assert_accessible
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.people import Group, account_of, enter, fill, link, send, step
from tests.browser.test_citizen import THANKS, heading, rate

pytestmark = pytest.mark.browser

TITLE, NUMBER = "盲道被共享单车占用", "QD20261101"
CALLER = "13912345678"


def tickets(organ: str) -> bytes:
    """A list as the hotline exports it: one column of a name nobody knows, callers with numbers."""
    day = f"{pages.today():%Y/%m/%d} 8:15"
    lines = (
        "单号,来电人,联系电话,受理时间,承办单位,标题,诉求内容,工单状态",
        f"{NUMBER},周敏,{CALLER},{day},{organ},{TITLE},来电人{CALLER}称盲道被占。,待办",
        f"{NUMBER}2,周敏,{CALLER},{day},无此单位,{TITLE},同上,待办",
    )
    return "\n".join(lines).encode("gb18030")


def bring_in(office: Page, organ: str) -> None:
    """Import the list: its columns are named, tried, written."""
    link(office, "Hotline 12345")
    link(office, "Import tickets")
    assert_accessible(office)
    file: FilePayload = {"name": "工单.csv", "mimeType": "text/csv", "buffer": tickets(organ)}
    office.locator("[name=file]").set_input_files(file)
    office.locator("main form .btn-primary").click()
    expect(office.get_by_role("heading", level=1)).to_have_text("Name the columns")
    assert_accessible(office)
    office.locator("main form .btn-primary").click()
    expect(office.get_by_role("alert")).to_contain_text("Say which column holds it.")
    office.locator("[name=c0]").select_option("number")
    office.locator("main form .btn-primary").click()
    expect(office.locator("main")).to_contain_text("There is no organ of this name")
    expect(office.locator("main")).not_to_contain_text(CALLER)
    office.get_by_role("button", name="Write 1 ticket").click()
    expect(office.get_by_role("status")).to_contain_text("Written.")


def test_a_ticket_is_imported_assigned_urged_referred_and_rated(
    open_page: OpenPage, filled: Flask
) -> None:
    group = Group("SP05")
    handler, organ = account_of(group.members[2]), group.section.organ.name
    office = open_page("/matters", DESK, role=Role.SUPERVISOR, lang="en")
    bring_in(office, organ)

    # The ticket waits as a matter with its light; the office assigns and urges it.
    office.goto(f"/hotline?text={NUMBER}")
    link(office, TITLE)
    ticket = office.url
    expect(office.locator("main")).to_contain_text("来电人139****5678称盲道被占。")
    assert_accessible(office)
    office.locator("main a[href^='/cases/']").click()
    office.wait_for_url(re.compile("/cases/"))
    path = office.url
    step(office, "Accept the matter")
    step(office, "Assign the matter", section="SP05", handler=handler.name)
    step(office, "Urge", demand="请今日内处理。")

    # A referral is drafted: a colleague has to send it.
    link(office, "Draft a referral")
    send(office)
    office.goto(path)
    expect(office.locator("main")).to_contain_text("Referral")

    phone = enter(open_page, handler, PHONE)
    phone.goto(path)
    step(phone, "Sign for the matter")
    step(phone, "Feed back the result", result="已清运并划线。", reply="已恢复通行。")

    # The caller rates who handled it, with a code that only the office has seen.
    office.goto(ticket)
    link(office, "Rating ticket for the caller")
    assert_accessible(office)
    office.locator("main form .btn-primary").click()
    code = re.sub(r"\s", "", office.locator(".code").inner_text())
    phone.goto(path)
    expect(phone.locator("main")).not_to_contain_text("Rating ticket")
    caller = open_page(f"/r#{code}")
    rate(caller)
    expect(heading(caller)).to_have_text(THANKS)

    # What the caller says when called back counts for the organ.
    office.goto(ticket)
    link(office, "Enter the call-back")
    fill(office, reached="yes", in_limit="yes", solved="yes", satisfaction="satisfied")
    send(office)
    office.goto("/hotline/league")
    expect(office.locator("tbody").first).to_contain_text(organ)

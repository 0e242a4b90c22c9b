"""A matter from its intake to the answer of the petitioner: office, owner, co-owner."""

import re

import pytest
from flask import Flask
from playwright.sync_api import expect

from evalsys.core.permissions import Role
from tests.browser.checks import assert_accessible
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.people import Group, account_of, enter, fill, link, send, step

pytestmark = pytest.mark.browser

TITLE = "冷链仓库消防验收迟迟不排期"


def test_an_owner_signs_handles_and_feeds_back(open_page: OpenPage, filled: Flask) -> None:
    group, beside = Group("SP05"), Group("SP06")
    handler, helper = account_of(group.members[1]), account_of(beside.chief, Role.CHIEF)
    organ, number = group.section.organ.code, handler.name
    office = open_page("/matters/new", DESK, role=Role.SUPERVISOR, lang="en")
    fill(office, source="enterprise", organ=organ, title=TITLE, says="企业等了三周。")
    send(office)
    path = office.url
    step(office, "Accept the matter")
    step(office, "Assign the matter", section="SP05", handler=number, co_owners="SP06")

    # The owner finds it on the start page of a phone, and signs in two touches.
    phone = enter(open_page, handler, PHONE)
    expect(phone.locator(".todo").first).to_contain_text(TITLE)
    assert_accessible(phone)
    phone.locator(".todo").first.get_by_role("link").first.click()
    phone.wait_for_url(re.compile(r"/cases/"))
    phone.goto(path)
    step(phone, "Sign for the matter")

    # Nothing is answered before who was asked to help has spoken.
    phone.goto(path)
    waits = "Contributions of co-owning sections still missing: 1"
    expect(phone.locator("main")).to_contain_text(waits)
    page = enter(open_page, helper, DESK)
    page.goto(path)
    step(page, "Contribute as a co-owning section", says="图纸审查意见已出。")
    phone.goto(path)
    step(phone, "Feed back the result", result="已排期并现场验收。", reply="本周五验收。")

    office.goto(path)
    link(office, "Check with the petitioner")
    expect(office.locator("[name=choice]:checked")).to_have_count(0)
    assert_accessible(office)
    office.locator("[name=choice][value=close]").check()
    fill(office, conclusion="企业确认已验收。")
    send(office)
    expect(office.locator(".page-sub")).to_contain_text("Closed")
    phone.goto("/")
    expect(phone.locator("main")).to_contain_text("Nothing waits for you.")

"""Accounts: one administrator makes them, another grants roles, a third watches."""

import re

import pytest
from playwright.sync_api import Page, expect

from evalsys.core.permissions import Role
from tests.browser.checks import assert_accessible
from tests.browser.city import Site
from tests.browser.conftest import DESK, PHONE, OpenPage, sign_in

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery staple"


def link(page: Page, name: str) -> None:
    page.locator("main").get_by_role("link", name=name).first.click()


def test_an_account_is_made_granted_used_and_taken_away_in_four_hands(open_page: OpenPage) -> None:
    maker = open_page("/accounts", DESK, role=Role.SYSADMIN, lang="en")
    assert_accessible(maker)
    link(maker, "Create an account")
    maker.locator("main form button").click()
    expect(maker).to_have_title(re.compile("^Error"))
    maker.locator("[name=name]").fill("renshi2")
    maker.locator("[name=display_name]").fill("李人事")
    maker.locator("main form button").click()
    address = maker.locator("#address").input_value()
    assert_accessible(maker)

    owner = open_page(address, PHONE, lang="en")
    assert_accessible(owner)
    fields = owner.locator("[type=password]")
    fields.nth(0).fill("short")
    fields.nth(1).fill("short")
    owner.locator("main form button").click()
    expect(owner).to_have_title(re.compile("^Error"))
    assert_accessible(owner)
    for place in (0, 1):
        fields.nth(place).fill(PASSWORD)
    owner.locator("main form button").click()
    again = open_page(address, PHONE, lang="en")
    expect(again.locator("[type=password]")).to_have_count(0)

    guard = open_page("/accounts?q=renshi2", DESK, role=Role.SECADMIN, lang="en")
    guard.locator("tbody th a").first.click()
    assert_accessible(guard)
    link(guard, "Grant a role")
    guard.locator("[name=role]").select_option("hr")
    guard.locator("main form button").first.click()
    assert_accessible(guard)
    guard.locator("main form .btn-primary").click()
    expect(guard.get_by_role("status")).to_contain_text("✓")

    sign_in(owner, "renshi2", PASSWORD)
    expect(owner.locator("nav a[href='/ranking']")).to_be_visible()
    assert_accessible(owner)

    link(guard, "Disable the account")
    assert_accessible(guard)
    guard.locator("[name=reason]").fill("离岗")
    guard.locator("main form button").click()
    owner.reload()
    expect(owner.locator("nav a[href='/ranking']")).to_have_count(0)

    watcher = open_page("/audit", DESK, role=Role.AUDITOR, lang="en")
    expect(watcher.locator("tbody")).to_contain_text("renshi2")
    assert_accessible(watcher)


def test_a_wrong_password_says_how_many_tries_are_left(site: Site, open_page: OpenPage) -> None:
    name = site.city.accounts[Role.DISCIPLINE].name
    page = open_page("/login", PHONE)
    assert_accessible(page)
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill("wrong")
    page.locator("main button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page).to_have_title(re.compile("^错误"))
    expect(page.locator("[name=name]")).to_have_value(name)
    assert_accessible(page)


def test_signing_out_ends_the_session_for_the_way_back_too(site: Site, open_page: OpenPage) -> None:
    account = site.city.accounts[Role.SUPERVISOR]
    page = open_page(viewport=DESK, lang="en")
    sign_in(page, account.name, account.password)
    page.goto("/ranking")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()
    page.go_back()
    page.reload()
    expect(page.locator("[name=password]")).to_be_visible()

"""A citizen's opinion on a draft: from the slip to what was adopted, also without JavaScript."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from evalsys.core import pages
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.reform.consultations.models import Consultation
from tests.browser.checks import assert_accessible, faults
from tests.browser.city import make_ticket
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.reform.consultations.drafts import make_consultation

pytestmark = pytest.mark.browser

OPINION = "周六上午能不能开放两个窗口？平时请不了假。"
OUTCOME = "方案修改后印发：周六上午开放综合窗口。"
ANSWER = "周六上午开放；周日人手不足，暂不开放。"


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_an_opinion_is_given_answered_and_adopted(
    filled: Flask, open_page: OpenPage, *, script: bool
) -> None:
    today, title = pages.today(), f"延时服务办法（{'有' if script else '无'}脚本）"
    draft = make_consultation(
        title=title,
        draft="第一条　窗口工作日延时一小时。",
        opened_on=today,
        closes_on=today + timedelta(days=20),
    )
    number, code = draft.id, make_ticket()
    citizen = open_page("/consultations", PHONE, java_script_enabled=script)
    give_opinion(citizen, title, code)

    # Nobody reads it before the office has.
    citizen.goto(f"/consultations/{number}")
    expect(citizen.locator("main")).not_to_contain_text(OPINION)
    office = open_page(f"/reform/consultations/{number}", DESK, role=Role.SUPERVISOR, lang="en")
    sort_and_answer(office)
    db.session.rollback()
    db.session.get_one(Consultation, number).closes_on = today - timedelta(days=1)
    db.session.commit()
    publish(office, number)

    # What came of it, with the answer to what was said.
    citizen.goto("/consultations")
    citizen.get_by_role("link", name=title).click()
    main = citizen.locator("main")
    expect(main).to_contain_text(OUTCOME)
    expect(main).to_contain_text("部分采纳")
    expect(main).to_contain_text(ANSWER)
    expect(main.get_by_role("link", name="提意见")).to_have_count(0)
    citizen.locator("details summary").click()
    expect(main).to_contain_text(OPINION)
    look(citizen, script=script)
    citizen.goto(f"/consultations/{number}/opinion")
    expect(main).to_contain_text("征求意见已经结束")


def give_opinion(page: Page, title: str, code: str) -> None:
    """From the list of drafts to the thanks; a mark that is forgotten loses nothing."""
    page.get_by_role("link", name=title).click()
    expect(heading(page)).to_have_text(title)
    expect(page.locator("main")).to_contain_text("窗口工作日延时一小时")
    page.get_by_role("link", name="提意见").click()
    page.locator("#code").fill("AAAA AAAA AAAA AAAA")
    page.locator("main form .btn").first.click()
    expect(page.locator("#code-e")).to_be_visible()
    page.locator("#code").fill(code.lower())
    page.locator("main form .btn").first.click()
    expect(heading(page)).to_have_text("您的意见")
    for name, mark in (("clarity", 4), ("fairness", 2), ("usefulness", 5)):
        page.locator(f"[name={name}][value='{mark}']").check()
    page.locator("#body").fill(OPINION)
    send(page)
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.locator("#body").input_value() == OPINION
    expect(page.locator("[name=fairness]:checked")).to_have_attribute("value", "2")
    page.locator("[name=voice][value=resident]").check()
    send(page)
    expect(page).to_have_url(re.compile("/thanks$"))
    expect(page.locator("main")).to_contain_text("意见已收到")


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def send(page: Page) -> None:
    page.locator("[name=send]").click()


def look(page: Page, *, script: bool) -> None:
    """Nothing is wider than the phone; the library that looks closer is a script."""
    if script:
        assert not faults(page)
        assert_accessible(page)


def sort_and_answer(page: Page) -> None:
    """The office releases the opinion into a kind, and answers the kind."""
    page.get_by_role("link", name="Add a kind of opinion").click()
    page.locator("#title").fill("周末办理")
    page.locator("main form .btn-primary").click()
    page.get_by_role("link", name="Review opinions").click()
    expect(page.locator("main")).to_contain_text(OPINION)
    assert_accessible(page)
    page.get_by_label("Kind of opinion").select_option(label="周末办理")
    page.get_by_role("button", name="Release opinion 1").click()
    expect(page.locator("main")).to_contain_text("No opinion in this state")
    page.get_by_role("link", name=re.compile("有脚本|无脚本")).click()
    page.get_by_role("link", name="Answer 周末办理").click()
    page.locator("#verdict").select_option("partly")
    page.locator("#answer").fill(ANSWER)
    page.locator("main form .btn-primary").click()
    expect(page.locator("main")).to_contain_text("Adopted in part")


def publish(page: Page, number: int) -> None:
    """After the last day."""
    page.goto(f"/reform/consultations/{number}")
    page.get_by_role("link", name="Publish the outcome").click()
    assert_accessible(page)
    page.locator("#outcome").fill(OUTCOME)
    page.locator("main form .btn-primary").click()
    expect(page.locator("main")).to_contain_text(OUTCOME)

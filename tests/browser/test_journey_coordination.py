"""The head of an organ takes a question up first, decides, gives a task, and closes it."""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect

from evalsys.core import pages
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.passwords import hash_password
from tests.browser.checks import assert_accessible
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.people import PASSWORD, Group, account_of, enter, fill, link, send, step
from tests.factories import make_user

pytestmark = pytest.mark.browser

QUESTION, TASK = "夜市摊位办证要跑三家", "一张表受理摊位申请"


def test_a_head_leads_a_question_to_its_closed_task(open_page: OpenPage, filled: Flask) -> None:
    group = Group("SP06")
    organ, name = group.section.organ_id, group.section.name
    chief = account_of(group.chief, Role.CHIEF)
    head = make_user(
        Role.LEADER, name="head-of-sp", organ_id=organ, password_hash=hash_password(PASSWORD)
    )
    desk = enter(open_page, head, DESK)
    desk.goto("/coordination")
    link(desk, "Take a question up")
    assert_accessible(desk)
    desk.get_by_label(name).check()
    fill(desk, title=QUESTION, says="由谁牵头、多久办结。", conveners="丁建国 局长")
    send(desk)
    path = desk.url

    # Who was called speaks before it is decided.
    page = enter(open_page, chief, PHONE)
    page.goto(path)
    step(page, "State the view of the section", says="可以由本科室牵头。")

    desk.goto(path)
    step(desk, "Decide the question", conclusion="一张表受理，SP06 牵头。")
    link(desk, "Give a task")
    assert_accessible(desk)
    until = (pages.today() + timedelta(days=21)).isoformat()
    fill(desk, title=TASK, section="SP06", demand="拿出表样并上线。", until=until)
    send(desk)

    page.goto("/")
    page.locator("main").get_by_role("link", name=TASK).first.click()
    task = page.url.split("/steps")[0].split("?")[0]
    page.goto(task)
    step(page, "Sign for the matter")
    page.goto(task)
    step(page, "Report on the task", result="表样已上线试用。")

    desk.goto(path)
    link(desk, TASK)
    link(desk, "Look at what was reported")
    desk.locator("[name=choice][value=finish]").check()
    fill(desk, conclusion="已按议定事项落实。")
    send(desk)
    desk.goto(path)
    step(desk, "Close the coordination", result="一张表受理，三家并行。")
    expect(desk.locator(".page-sub")).to_contain_text("Closed")
    desk.goto("/coordination?which=all")
    expect(desk.locator("main")).to_contain_text(QUESTION)

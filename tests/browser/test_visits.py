"""A clerk logs a visit on a phone without network: it opens, keeps, and sends exactly once."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Dialog, Page, expect
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.supervision.visits.models import Visit
from tests.browser.checks import assert_accessible
from tests.browser.conftest import NARROW, OpenPage, sign_in
from tests.browser.people import PASSWORD, Group, account_of

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}
CACHED = """async () => {
  const urls = [];
  for (const name of await caches.keys())
    for (const kept of await (await caches.open(name)).keys())
      urls.push(new URL(kept.url).pathname);
  return urls.sort();
}"""
DRAFTS = """() => new Promise((ok) => {
  const opened = indexedDB.open("visits", 1);
  opened.onupgradeneeded = () => opened.result.createObjectStore("drafts", { keyPath: "key" });
  opened.onsuccess = () => {
    const asked = opened.result.transaction("drafts").objectStore("drafts").getAll();
    asked.onsuccess = () => { opened.result.close(); ok(asked.result.map((one) => one.state)); };
  };
})"""


def picture() -> bytes:
    image, out = Image.new("RGB", (2400, 1600), "navy"), BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def member(place: int) -> User:
    """Return a clerk of a section, who has not signed in elsewhere."""
    return account_of(Group("SP04").members[place])


def visits(place: str) -> int:
    db.session.rollback()
    query = select(func.count()).select_from(Visit).where(Visit.place == place)
    return db.session.scalar(query) or 0


def open_form(page: Page) -> None:
    page.goto("/visits/new")
    expect(page.locator("#visit[data-ready]")).to_be_attached()


def fill(page: Page, place: str) -> None:
    page.locator("[name=place]").fill(place)
    page.locator("[name=found]").fill("摊主集中办证要跑三个窗口。")


def submit(page: Page) -> None:
    page.locator("#visit button[type=submit]").click()


@pytest.fixture
def phone(filled: Flask, open_page: OpenPage) -> Page:
    """The phone of a clerk, who has opened the form once; another one has an account too."""
    names = [member(place).name for place in (0, 1)]
    db.session.rollback()
    page = open_page("/login", PHONE, loses_network=True)
    sign_in(page, names[0], PASSWORD)
    open_form(page)
    return page


def test_a_visit_logged_without_network_is_sent_once(phone: Page) -> None:
    place = "滨海夜市"
    assert phone.evaluate(CACHED) == [
        *("/bootstrap/static/css/bootstrap.min.css", "/static/theme.css", "/static/visits.css"),
        *("/static/visits.js", "/visits/offline"),
    ]
    phone.context.set_offline(True)
    phone.goto("/visits/new")
    expect(phone.locator("#visit[data-ready]")).to_be_attached()
    assert phone.locator("[name=csrf_token]").count() == 0
    assert_accessible(phone)
    fill(phone, place)
    phone.locator("[name=photos]").set_input_files(
        {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    expect(phone.locator("#chosen li")).to_have_count(1)
    phone.get_by_label("当场解决").check()
    submit(phone)
    expect(phone.locator("#wrong")).to_contain_text("如何解决")
    phone.locator("[name=solved_how]").fill("统一代办。")
    submit(phone)
    expect(phone.locator("#waiting")).to_contain_text(place)
    assert phone.evaluate(DRAFTS) == ["ready"]
    assert visits(place) == 0
    second = phone.context.new_page()
    phone.context.set_offline(False)
    second.goto("/visits/new")
    phone.goto("/visits/new")
    for page in (phone, second):
        expect(page.locator("#visit[data-ready]")).to_be_attached()
        expect(page.locator("#waiting")).to_be_hidden()
    assert phone.evaluate(DRAFTS) == []
    assert visits(place) == 1
    visit = db.session.scalars(select(Visit).filter_by(place=place)).one()
    assert (visit.solved_how, len(visit.photos)) == ("统一代办。", 1)
    phone.goto(f"/visits/{visit.id}")
    assert_accessible(phone)


def test_an_answer_that_is_lost_stores_no_second_visit(phone: Page) -> None:
    place = "青年创业大厦南楼"

    def lose(route: Any) -> None:
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    fill(phone, place)
    phone.route("**/visits/new", lose)
    submit(phone)
    expect(phone.locator("#waiting")).to_contain_text(place)
    assert visits(place) == 1
    phone.unroute("**/visits/new")
    phone.reload()
    expect(phone.locator("#said")).to_contain_text("ZF-")
    assert phone.evaluate(DRAFTS) == []
    assert visits(place) == 1


def test_what_was_typed_comes_back_and_goes_at_sign_out(phone: Page) -> None:
    fill(phone, "写到一半")
    assert phone.evaluate(DRAFTS) == ["open"]
    open_form(phone)
    expect(phone.locator("[name=place]")).to_have_value("写到一半")
    phone.goto("/")
    asked = list[str]()

    def decide(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if len(asked) > 1 else dialog.dismiss()

    phone.on("dialog", decide)
    leave = phone.locator("form[action='/logout'] button")
    leave.click()
    phone.wait_for_timeout(500)
    assert phone.evaluate(DRAFTS) == ["open"], "who says no stays, with all that was typed"
    assert "尚未发送" in asked[0]
    leave.click()
    phone.wait_for_url("**/login")
    assert len(asked) == 2
    assert phone.evaluate(DRAFTS) == []
    assert phone.evaluate(CACHED) == []
    assert phone.evaluate("localStorage.length") == 0


def test_who_has_nothing_waiting_signs_out_without_a_question(
    filled: Flask, open_page: OpenPage
) -> None:
    name = member(2).name
    db.session.rollback()
    page = open_page("/login", PHONE)
    sign_in(page, name, PASSWORD)
    asked = list[str]()

    def note(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.locator("form[action='/logout'] button").click()
    page.wait_for_url("**/login")
    assert asked == []
    names = "indexedDB.databases().then((found) => found.map((one) => one.name))"
    assert page.evaluate(names) == [], "asking makes no store"


def test_without_script_one_signs_out_as_ever(filled: Flask, open_page: OpenPage) -> None:
    name = member(3).name
    db.session.rollback()
    page = open_page("/login", PHONE, java_script_enabled=False)
    sign_in(page, name, PASSWORD)
    page.locator("form[action='/logout'] button").click()
    page.wait_for_url("**/login")


def test_another_account_on_the_same_phone_sees_nothing_of_it(phone: Page) -> None:
    fill(phone, "只给本人看")
    assert phone.evaluate(DRAFTS) == ["open"]
    phone.context.clear_cookies()  # As after a session that ended by itself.
    phone.goto("/login")
    sign_in(phone, member(1).name, PASSWORD)
    open_form(phone)
    expect(phone.locator("[name=place]")).to_have_value("")
    assert phone.evaluate(DRAFTS) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_form_fits_a_narrow_phone(open_page: OpenPage, lang: str) -> None:
    page = open_page("/visits/new", NARROW, role=Role.STAFF, lang=lang)
    page.locator("[name=outcome][value=follow_up]").check()
    expect(page.locator("[name=organ]")).to_be_visible()
    expect(page.locator("[name=solved_how]")).to_be_hidden()
    assert_accessible(page)

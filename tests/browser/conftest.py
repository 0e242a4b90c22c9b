"""A running server with a filled city, a browser, and pages signed in as whoever is wanted."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from tests.applications import empty, make_app
from tests.browser.city import Site, fill, load_today
from tests.databases import KIND, free_port
from tests.servers import serve, settings_of

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
NARROW, PHONE = {"width": 320, "height": 640}, {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
# A page that says no is no fault; nor is one where somebody types faster than the browser can focus
# the first field for them.
HARMLESS = (
    "Failed to load resource: the server responded with a status of 4",
    "Autofocus processing was blocked",
    "Clear-Site-Data header on",
)
OFFLINE = ("net::ERR_INTERNET_DISCONNECTED", "net::ERR_FAILED")  # Where a page works without.
SECRET = "browser tests only, and long enough"

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def site(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server of all tests; its city is filled once, and tests add to it."""
    folder = tmp_path_factory.mktemp("site")
    uri = migrated
    if KIND == "sqlite":
        uri = f"sqlite:///{folder / 'site.sqlite3'}"
        shutil.copy(migrated.removeprefix("sqlite:///"), folder / "site.sqlite3")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app = make_app(uri, folder, SECRET_KEY=SECRET, PUBLIC_URL=url, BABEL_DEFAULT_LOCALE="zh")
    settings = settings_of(app) | {"EVALSYS_JOBS_IMMEDIATE": "true", "WEB_WORKERS": "1"}
    try:
        with app.app_context():
            if KIND == "postgresql":
                empty()
            city = fill(load_today())
        with serve(settings, port=port, log=folder / "server.log", is_prepared=False):
            yield Site(url, app, city)
    finally:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield browser
        browser.close()


@pytest.fixture
def filled(site: Site) -> Iterator[Flask]:
    """The context in which factories fill the site's database."""
    with site.app.app_context():
        yield site.app
        db.session.remove()


@pytest.fixture(scope="session")
def cookies_of(browser: Browser, site: Site) -> Callable[[Role], Any]:
    """Return a function that gives the cookies of a role: each signs in once, on the page."""
    kept: dict[Role, Any] = {}

    def cookies_of(role: Role) -> Any:
        if role not in kept:
            context = browser.new_context(base_url=site.url)
            account = site.city.accounts[role]
            sign_in(context.new_page(), account.name, account.password)
            kept[role] = context.storage_state()
            context.close()
        return kept[role]

    return cookies_of


def sign_in(page: Page, name: str, password: str) -> None:
    """Sign in on the page for it, and arrive at today's page."""
    page.goto("/login")
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(password)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/")


@pytest.fixture
def open_page(
    browser: Browser, site: Site, cookies_of: Callable[[Role], Any]
) -> Iterator[OpenPage]:
    """Return a function that opens a page of its own; each fails the test on a console message."""
    contexts: list[BrowserContext] = []
    messages: list[str] = []

    def open_page(
        path: str = "",
        viewport: dict[str, int] = PHONE,
        *,
        role: Role | None = None,
        lang: str = "zh",
        loses_network: bool = False,
        **options: Any,
    ) -> Page:
        if role is not None:
            options["storage_state"] = cookies_of(role)
        context = browser.new_context(viewport=viewport, base_url=site.url, **options)  # type: ignore[arg-type]  # A TypedDict of the same shape.
        contexts.append(context)
        context.add_cookies([{"name": "lang", "value": lang, "url": site.url}])
        context.add_init_script(path=AXE)
        harmless = (*HARMLESS, *OFFLINE) if loses_network else HARMLESS

        def listen(message: str) -> None:
            if not any(words in message for words in harmless):
                messages.append(message)

        page = context.new_page()
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("console", lambda said: listen(said.text))
        if path:
            page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not messages

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from evalsys.core.extensions import db
from tests.conftest import make_app
from tests.databases import KIND, free_port
from tests.servers import serve, settings_of

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
SECRET = "browser tests only"


@dataclass(frozen=True)
class Site:
    """A running server, and an application on the same database with which tests fill it."""

    url: str
    app: Flask


@pytest.fixture(scope="session")
def site(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
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
        with serve(settings, port=port, log=folder / "server.log"):
            yield Site(url, app)
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


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page of its own; each fails the test on a console message."""
    contexts: list[BrowserContext] = []
    messages: list[str] = []

    def open_page(path: str = "", viewport: dict[str, int] = PHONE, **options: object) -> Page:
        context = browser.new_context(
            viewport=viewport,  # type: ignore[arg-type]  # A TypedDict of the same shape.
            base_url=site.url,
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on(
            "console",
            lambda said: messages.append(said.text) if is_ours(said.text) else None,
        )
        if path:
            page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not messages


def is_ours(message: str) -> bool:
    """Say whether a console message is a fault: a page that says no is none."""
    return "Failed to load resource: the server responded with a status of 4" not in message


def assert_accessible(page: Page) -> None:
    """Run axe: no serious or critical violation, and nothing sticks out sideways."""
    found = Axe().run(page).response["violations"]
    serious = [
        (v["id"], [node["html"] for node in v["nodes"]])
        for v in found
        if v["impact"] in {"serious", "critical"}
    ]
    assert not serious
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0

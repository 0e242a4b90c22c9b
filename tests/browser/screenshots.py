"""Take the pictures of the README from a fresh demo city: `make screenshots`."""

import io
import tempfile
from pathlib import Path

from flask_migrate import upgrade
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from evalsys.core import pages
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.demo.cli import SEED
from evalsys.demo.service import DemoCity, load_demo
from tests.applications import make_app
from tests.browser.conftest import CHROMIUM, sign_in
from tests.servers import ROOT, serve, settings_of

FOLDER = ROOT / "docs" / "screenshots"
COLOURS = 64
LOCALE = "zh-CN"
# Who sees it, which page, how wide and high: its file is named after page and width.
PICTURES = (
    (Role.CHIEF, "section", 1280, 1120),
    (Role.HR, "ranking", 1280, 1120),
    (Role.STAFF, "rights", 360, 1120),
    (Role.CHIEF, "cases", 1280, 1120),
    (Role.HR, "pool", 1280, 1120),
    (Role.SUPERVISOR, "lights", 1280, 900),
)


def main() -> None:
    """Fill a city in a temporary folder, serve it, and look."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = make_app(f"sqlite:///{folder / 'city.sqlite3'}", folder, SECRET_KEY="pictures only")
        with app.app_context():
            upgrade()
            city = load_demo(seed=SEED, now=pages.now(), on=pages.today(), report=print)
            db.engine.dispose()
        with serve(settings_of(app)) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
            )
            take(browser, server.url, city)
            browser.close()


def take(browser: Browser, url: str, city: DemoCity) -> None:
    """Take each picture as who sees the page."""
    FOLDER.mkdir(exist_ok=True)
    phone = browser.new_page(base_url=url, locale=LOCALE, viewport={"width": 360, "height": 1120})
    phone.goto(f"/r/{city.codes[0]}")
    keep(phone, "citizen-form-360")
    for role, name, width, height in PICTURES:
        account = next(one for one in city.accounts if one.role is role)
        page = browser.new_page(
            base_url=url, locale=LOCALE, viewport={"width": width, "height": height}
        )
        sign_in(page, account.name, account.password)
        page.goto(f"/{name}")
        keep(page, f"{name}-{width}")


def keep(page: Page, name: str) -> None:
    """Store what is seen in few colours, as a third of the bytes."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
    picture.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()

"""What all responses have in common: headers, markup, cookies, tokens, limits."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from evalsys.core.extensions import db
from evalsys.core.pages import FOR_ALL, MAY_COME_BACK, local_path
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import KeptPost, User
from evalsys.operations.front import POLICY, PROTECTION
from tests.applications import make_app
from tests.routes import addresses, routes
from tests.world import CLOSED, NOW, World, make_code, make_world

pytestmark = pytest.mark.only("sqlite", "headers and tokens do not depend on the database")

SignIn = Callable[[User], FlaskClient]
VISITORS = [None, *(role for role in Role if role not in {Role.CITIZEN, Role.SYSTEM})]

TO_CITIZEN = re.compile(r"""<form[^>]*action=["']/(?:r|check|consultations/\d+/opinion)["']""")
# The form of a visit without network lies in the browser for months: its script adds the token of
# the page that sends it.
KEPT_BY_A_PHONE = "/visits/offline"
FOR_EVERYBODY = {"/results", f"/results/{CLOSED}"}  # See docs/adr/0026.


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.fixture
def strict(app: Flask, world: World) -> Flask:
    """The application as it is in production: forms need their token."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app


def client_of(role: Role | None, world: World, sign_in: SignIn, app: Flask) -> FlaskClient:
    return app.test_client() if role is None else sign_in(world.users[role])


class Page(HTMLParser):
    """Collects what violates the Content-Security-Policy of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.language = ""
        self.titles = 0
        self.in_head = True
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.forbidden += [f"{tag} {name}" for name in values if name.startswith("on")]
        self.forbidden += [f"{tag} style" for name in values if name == "style"]
        if tag == "style" or (tag == "script" and "src" not in values):
            self.forbidden.append(tag)
        for name in ("src", "href", "action", "formaction"):
            address = values.get(name) or ""
            if re.match(r"(?i)\s*(?:javascript|data|https?|//)", address):
                self.forbidden.append(f"{tag} {name}={address}")
        if tag == "html":
            self.language = values.get("lang") or ""
        if tag == "body":
            self.in_head = False
        if tag == "title" and self.in_head:  # The title of a spot in a picture is another thing.
            self.titles += 1


def check(answer: TestResponse, path: str) -> None:
    """Check a response against the rules for all responses."""
    headers = answer.headers
    for name, value in PROTECTION.items():
        assert headers.getlist(name) == [value], path
    assert headers["Referrer-Policy"] == "no-referrer", path
    assert headers["X-Content-Type-Options"] == "nosniff", path
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
    assert "camera=()" in headers["Permissions-Policy"], path
    assert "default-src 'none'" in headers["Content-Security-Policy"], path
    kept = {FOR_ALL} if path in FOR_EVERYBODY else {"no-store", MAY_COME_BACK}
    assert headers["Cache-Control"] in kept, path
    for cookie in headers.getlist("Set-Cookie"):
        assert "HttpOnly" in cookie, cookie
        assert "SameSite=Lax" in cookie, cookie
        assert "Path=/" in cookie, cookie
        assert "Domain" not in cookie, cookie
    if answer.mimetype == "text/html" and answer.status_code not in {302, 303}:
        page = Page(answer.text)
        assert page.forbidden == [], path
        assert page.language == "en", path
        assert page.titles == 1, path


@pytest.mark.parametrize("role", VISITORS)
def test_every_answer_keeps_the_rules_and_every_form_carries_its_token(
    strict: Flask, world: World, sign_in: SignIn, role: Role | None
) -> None:
    client = client_of(role, world, sign_in, strict)
    for path in addresses(world):
        answer = client.get(path, buffered=True)
        assert answer.status_code < 500, path
        check(answer, path)
        if answer.mimetype == "text/html" and answer.status_code == 200:
            check_forms(answer.text, path)


def check_forms(page: str, path: str) -> None:
    for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL):
        is_post = re.search(r"""<form[^>]*method=["']post""", form, re.IGNORECASE)
        has_token = 'name="csrf_token"' in form
        if path == KEPT_BY_A_PHONE:
            assert not has_token, path
        elif is_post and not TO_CITIZEN.search(form):
            assert has_token, (path, form[:200])


def test_nothing_but_the_form_of_a_ticket_and_public_results_is_kept_by_a_browser(
    world: World, client: FlaskClient
) -> None:
    client.get(f"/r/{world.code}")
    kept = {
        path
        for path in [*addresses(world), "/r"]
        if client.get(path, buffered=True).headers["Cache-Control"] != "no-store"
    }
    assert kept == {"/r", *FOR_EVERYBODY}


def test_the_policy_lets_nothing_in_from_outside_and_nothing_inline() -> None:
    parts = dict(part.split(" ", 1) for part in POLICY.split("; "))
    assert parts["default-src"] == parts["frame-ancestors"] == parts["base-uri"] == "'none'"
    assert set(parts.values()) == {"'none'", "'self'"}
    assert "unsafe" not in POLICY


@pytest.mark.parametrize("path", ["/static/theme.css", "/bootstrap/static/css/bootstrap.min.css"])
def test_files_of_the_house_may_be_kept_but_are_no_less_safe(
    client: FlaskClient, path: str
) -> None:
    answer = client.get(path, buffered=True)
    assert answer.status_code == 200
    assert "no-store" not in answer.headers.get("Cache-Control", "")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == POLICY


def test_error_pages_keep_the_rules_too(world: World, client: FlaskClient) -> None:
    for path, status in (("/nowhere", 404), ("/logout", 405), ("/link/none", 410), ("/r/XX", 400)):
        answer = client.get(path)
        assert answer.status_code == status
        check(answer, path)


def test_behind_tls_cookies_belong_to_this_host_alone(app: Flask, tmp_path: Path) -> None:
    with time_machine.travel(NOW, tick=False):
        world = make_world()
    address = app.config["SQLALCHEMY_DATABASE_URI"]
    secure = make_app(address, tmp_path, SESSION_COOKIE_SECURE=True, BABEL_DEFAULT_LOCALE="zh")
    with secure.app_context(), time_machine.travel(NOW, tick=False):
        client = secure.test_client()
        answers = [
            client.get(f"/r/{world.code}", base_url="https://localhost"),
            client.get("/switch?lang=en", base_url="https://localhost"),
            client.get("/login", base_url="https://localhost"),
        ]
        cookies = [c for answer in answers for c in answer.headers.getlist("Set-Cookie")]
        assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-ticket", "lang"} | {
            cookie.partition("=")[0] for cookie in cookies if cookie.startswith("__Host-session")
        }
        for cookie in cookies:
            assert "Secure" in cookie
            assert "HttpOnly" in cookie
        for answer in answers:
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        db.engine.dispose()


def test_without_tls_no_answer_asks_for_it(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers


# A secret that comes with the form is the token of the first four; the others change nothing, or
# only what the visitor's own device keeps. See ratings/ballots/views.py.
WITHOUT_TOKEN = {
    "consultations.give",
    "ratings.hand_in",
    "ratings.report_taken",
    "ratings.from_screen",
    "ratings.forget",
    "ratings.check",
}


@pytest.mark.parametrize("role", VISITORS)
def test_no_form_is_taken_without_its_token(
    strict: Flask, world: World, sign_in: SignIn, role: Role | None
) -> None:
    client = client_of(role, world, sign_in, strict)
    posted = [route for route in routes(strict) if "POST" in route.methods]
    assert len(posted) > 20
    for route in posted:
        if route.endpoint in WITHOUT_TOKEN:
            continue
        is_kept = role is not None and route.action is not None
        for path in route.addresses(world):
            answer = client.post(path, data={"reason": "x"})
            if is_kept:  # What staff have typed is shown again; nothing of it was done.
                assert answer.status_code == 303, path
                found = kept_under(path)
                own = path if "GET" in route.methods else f"/kept/{found}"
                assert (found is not None, answer.headers["Location"]) == (True, own), path
            else:
                assert answer.status_code == 400, path
                assert "The page was open for too long" in answer.text, path
            check(answer, path)


def kept_under(path: str) -> int | None:
    """Return the id of a kept post; an accepted post leaves none."""
    db.session.rollback()
    return db.session.scalar(select(KeptPost.id).where(KeptPost.path == path))


def test_a_token_of_somebody_else_is_no_token(strict: Flask, world: World, sign_in: SignIn) -> None:
    first, second = (sign_in(world.users[role]) for role in (Role.HR, Role.LEADER))
    token = token_in(first.get("/password").text)
    assert second.post("/logout", data={"csrf_token": token}).status_code == 400
    assert first.post("/logout", data={"csrf_token": token}).status_code == 303


def token_in(html: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
    assert found
    return found[1]


def test_a_stranger_may_send_little_to_any_page(world: World, app: Flask) -> None:
    client = app.test_client()
    big = {"code": "x" * 70_000}
    public = [r for r in routes(app) if "POST" in r.methods and r.action is None]
    assert {route.endpoint for route in public} >= WITHOUT_TOKEN
    for route in public:
        for path in route.addresses(world):
            assert client.post(path, data=big).status_code == 413, path


@pytest.mark.parametrize(
    ("path", "size"),
    [("/r", 70_000), ("/check", 70_000), (f"/periods/{CLOSED}/correct", 9_000_000)],
)
def test_staff_who_send_too_much_are_told_so(
    world: World, sign_in: SignIn, path: str, size: int
) -> None:
    answer = sign_in(world.city).post(path, data={"reason": "x" * size})
    assert (answer.status_code, "Send a smaller file" in answer.text) == (413, True)


def test_a_stranger_who_sends_much_to_a_guarded_page_is_not_heard(world: World, app: Flask) -> None:
    answer = app.test_client().post("/roster/import", data=b"x" * 1_000_000)
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        None,
    ],
)
def test_a_switch_never_leads_to_another_site(client: FlaskClient, target: str | None) -> None:
    assert local_path(target) == "/"
    args = {"lang": "en"} if target is None else {"lang": "en", "to": target}
    answer = client.get("/switch", query_string=args)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("target", ["/", "/ranking?sort=-rate&page=2", "/r/thanks", "/评价"])
def test_a_switch_leads_back_to_the_page(client: FlaskClient, target: str) -> None:
    assert local_path(target) == target


def test_what_was_switched_is_remembered_and_nonsense_is_not(client: FlaskClient) -> None:
    assert client.get("/switch?lang=xx&size=huge").headers.getlist("Set-Cookie") == []
    client.get("/switch?lang=zh&size=large&to=/check")
    page = client.get("/check").text
    assert '<html lang="zh-CN" class="large">' in page
    assert 'aria-current="true">中文' in page
    client.get("/switch?lang=en&size=normal")
    assert '<html lang="en">' in client.get("/check").text


def test_a_forged_cookie_of_language_or_size_does_no_harm(client: FlaskClient) -> None:
    client.set_cookie("lang", "<script>")
    client.set_cookie("size", "<script>")
    answer = client.get("/check")
    check(answer, "/check")
    assert "<script>" not in answer.text


def test_two_codes_of_one_day_are_never_alike(world: World) -> None:
    person = world.corners[next(iter(world.corners))].member
    assert make_code(person) != make_code(person)

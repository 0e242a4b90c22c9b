import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.accounts import administration, passwords
from evalsys.foundation.accounts.models import SignInSession, User
from tests.applications import make_app
from tests.factories import make_organ, make_section, make_user

GOOD, NEW = "lantern-orbit-vinegar", "windmill-turnip-choir"
NOON = datetime(2026, 7, 1, 4, tzinfo=UTC)
SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def user(app: Flask) -> User:
    return make_user(name="040117", password_hash=passwords.hash_password(GOOD))


@pytest.fixture
def configure(app: Flask, tmp_path: Path) -> Iterator[Callable[..., FlaskClient]]:
    """Return a factory of clients with other settings on the same database."""
    made: list[Flask] = []

    def configure(**settings: object) -> FlaskClient:
        made.append(make_app(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path, **settings))
        return made[-1].test_client()

    yield configure
    for other in made:
        with other.app_context():
            db.engine.dispose()


def enter(client: FlaskClient, path: str = "/login", password: str = GOOD) -> tuple[int, str]:
    """Post the sign-in form; return the status and the page or redirect."""
    answer = client.post(path, data={"name": "040117", "password": password})
    return answer.status_code, answer.location or answer.text


def events(action: Action) -> list[AuditEvent]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)))


def test_signing_in_leads_to_where_one_wanted_to_go(client: FlaskClient, user: User) -> None:
    asked = client.get("/password?x=1")
    assert asked.status_code == 302
    assert asked.location == "/login?next=/password?x%3D1"
    assert enter(client, asked.location) == (303, "/password?x=1")
    assert client.get("/password").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
def test_signing_in_never_leads_to_another_site(
    client: FlaskClient, user: User, target: str
) -> None:
    answer = client.post(
        "/login", query_string={"next": target}, data={"name": "040117", "password": GOOD}
    )
    assert answer.location == "/"
    assert client.get("/login", query_string={"next": target}).location == "/"
    assert client.get("/switch", query_string={"to": target}).location == "/"


def test_a_wrong_password_says_how_many_tries_are_left_and_keeps_the_name(
    client: FlaskClient, user: User
) -> None:
    status, page = enter(client, password="wrong")
    assert status == 422
    assert "The name or the password is wrong." in page
    assert "Tries left before the name is locked for 30 minutes: 4." in page
    assert 'value="040117"' in page
    assert 'wrong"' not in page


def test_known_and_unknown_names_get_the_same_pages(client: FlaskClient, user: User) -> None:
    def pages(name: str) -> list[str]:
        answers = [
            client.post("/login", data={"name": name, "password": "wrong"}) for _ in range(6)
        ]
        return [f"{answer.status} {answer.text}".replace(name, "NAME") for answer in answers]

    assert pages("040117") == pages("nobody")


@pytest.mark.parametrize("data", [{}, {"name": "040117"}, {"password": "x"}, {"name": "x" * 99}])
def test_an_incomplete_sign_in_is_answered_at_the_field(
    client: FlaskClient, user: User, data: dict[str, str]
) -> None:
    answer = client.post("/login", data=data)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.parametrize("text", ["\x00", "😀" * 10, "a" * 10_000, "' OR 1=1 --", "\ud83d"])
def test_odd_bytes_are_a_wrong_name_like_any_other(client: FlaskClient, text: str) -> None:
    name = text.encode("utf-8", "surrogatepass")
    body = b"name=" + b"".join(b"%%%02x" % byte for byte in name) + b"&password=x"
    answer = client.post("/login", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422


def test_the_cookie_holds_its_token_and_that_of_its_forms_and_nothing_else(
    app: Flask, client: FlaskClient, user: User
) -> None:
    with client.session_transaction() as cookie:
        cookie["planted"], cookie["csrf_token"] = "before", "planted"
    enter(client)
    with client.session_transaction() as cookie:
        assert set(cookie) == {"_user_id", "csrf_token"}
        assert cookie["csrf_token"].startswith(f"{user.id}."), "forms are drawn for this account"
        token = cookie["_user_id"]
    assert db.session.scalars(select(SignInSession.token_hash)).one() != token.encode()


def test_a_token_from_before_signing_in_is_worth_nothing(client: FlaskClient, user: User) -> None:
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "planted"
    enter(client)
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != "planted"


@pytest.mark.parametrize("is_secure", [True, False])
def test_cookies_are_closed_to_scripts_and_other_sites(
    configure: Callable[..., FlaskClient], user: User, is_secure: bool
) -> None:
    client = configure(SESSION_COOKIE_SECURE=is_secure)
    answer = client.post(
        "/login",
        data={"name": "040117", "password": GOOD},
        base_url="https://localhost" if is_secure else "http://localhost",
    )
    cookies = dict(line.split("=", 1) for line in answer.headers.getlist("Set-Cookie"))
    prefix = "__Host-" if is_secure else ""
    assert cookies.keys() == {f"{prefix}session", f"{prefix}browser"}
    for flags in cookies.values():
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(flags.split("; "))
        assert ("Secure" in flags.split("; ")) is is_secure
        assert "Domain" not in flags
    assert ("Strict-Transport-Security" in answer.headers) is is_secure


def test_every_post_needs_its_token_also_where_no_referer_is_sent(
    configure: Callable[..., FlaskClient], user: User
) -> None:
    client = configure(WTF_CSRF_ENABLED=True, SESSION_COOKIE_SECURE=True)
    sent = {"name": "040117", "password": GOOD}
    refused = client.post("/login", data=sent, base_url="https://localhost")
    assert refused.status_code == 400
    assert "open for too long" in refused.text
    page = client.get("/login", base_url="https://localhost").text
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    answer = client.post(
        "/login", data={**sent, "csrf_token": found[1]}, base_url="https://localhost"
    )
    assert answer.status_code == 303
    assert client.post("/logout", base_url="https://localhost").status_code == 400


def test_a_flood_of_sign_ins_from_one_address_is_slowed_down(
    configure: Callable[..., FlaskClient], user: User
) -> None:
    client = configure(RATELIMIT_ENABLED=True)
    statuses = {client.post("/login", data={}).status_code for _ in range(121)}
    assert statuses == {422, 429}


def test_signing_out_ends_the_session_in_the_database_too(client: FlaskClient, user: User) -> None:
    enter(client)
    with client.session_transaction() as cookie:
        stolen = cookie["_user_id"]
    assert client.get("/logout").status_code == 405
    answer = client.post("/logout", follow_redirects=True)
    assert "You are signed out." in answer.text
    with client.session_transaction() as cookie:
        cookie["_user_id"] = stolen
    assert client.get("/password").status_code == 302
    assert len(events(Action.ACCOUNT_SIGN_OUT)) == 1


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(31, "after 30 minutes without activity"), (13 * 60, "lasts 12 hours at most")],
)
def test_the_sign_in_page_says_why_a_session_ended(
    client: FlaskClient, user: User, minutes: int, words: str
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        enter(client)
        clock.shift(timedelta(minutes=minutes))
        answer = client.get("/password", follow_redirects=True)
    assert words in answer.text
    assert "Please sign in again." in answer.text
    assert "Please sign in again." not in client.get("/login").text


@pytest.mark.parametrize("cause", ["disabled", "role"])
def test_a_changed_account_is_signed_out_at_its_next_page(
    client: FlaskClient, user: User, cause: str
) -> None:
    enter(client)
    assert client.get("/password").status_code == 200
    if cause == "disabled":
        administration.disable_account(user, reason="left", actor=SYSTEM, now=NOON)
    else:
        user.role = Role.STAFF
        db.session.commit()
    assert client.get("/password").location == "/login?next=/password"


def test_the_heartbeat_is_written_at_most_once_a_minute(client: FlaskClient, user: User) -> None:
    def seen_at() -> datetime | None:
        db.session.rollback()
        return db.session.scalar(select(SignInSession.seen_at))

    with time_machine.travel(NOON, tick=False) as clock:
        enter(client)
        clock.shift(timedelta(seconds=59))
        client.get("/password")
        assert seen_at() == NOON
        clock.shift(timedelta(seconds=1))
        client.get("/password")
        assert seen_at() == NOON + timedelta(minutes=1)


def test_a_one_time_link_sets_the_password_once(client: FlaskClient, app: Flask) -> None:
    now = datetime.now(UTC)
    grant = administration.Grant(Role.HR)
    _user, token = administration.open_account("040117", grant=grant, actor=SYSTEM, now=now)
    assert "For the account 040117" in client.get(f"/link/{token}").text
    weak = client.post(f"/link/{token}", data={"new": "short", "again": "short"})
    assert weak.status_code == 422
    assert "The password has 5 characters. It needs at least 12." in weak.text
    differ = client.post(f"/link/{token}", data={"new": GOOD, "again": NEW})
    assert "The two new passwords differ." in differ.text
    assert client.post(f"/link/{token}", data={"new": GOOD, "again": GOOD}).location == "/login"
    dead = client.get(f"/link/{token}")
    assert dead.status_code == 410
    assert "used already" in dead.text
    assert enter(client) == (303, "/")


def test_changing_the_password_signs_other_browsers_out(app: Flask, user: User) -> None:
    here, there = app.test_client(), app.test_client()
    enter(here)
    enter(there)
    sent = {"old": GOOD, "new": NEW, "again": NEW}
    assert "Present password" in here.get("/password").text
    wrong = here.post("/password", data={**sent, "old": "wrong"})
    assert wrong.status_code == 422
    assert "Tries left" in wrong.text
    weak = here.post("/password", data={**sent, "new": "040117040117", "again": "040117040117"})
    assert "must not contain your name" in weak.text
    assert here.post("/password", data=sent).status_code == 303
    assert here.get("/password").status_code == 200
    assert there.get("/password").status_code == 302


def role_of(user: User) -> str:
    db.session.refresh(user)
    return user.role.value


def test_one_administrator_creates_and_another_grants(app: Flask, sign_in: SignIn) -> None:
    make_section(make_organ(code="A", name="审批局"), code="A1", name="窗口一科")
    creator, granter = sign_in(make_user(Role.SYSADMIN)), sign_in(make_user(Role.SECADMIN))
    made = creator.post("/accounts/new", data={"name": "040118", "display_name": "李娜"})
    assert re.search(r'value="http://127.0.0.1:8000/link/[\w-]{43}"', made.text)
    user = db.session.scalars(select(User).where(User.name == "040118")).one()
    taken = creator.post("/accounts/new", data={"name": "040118"})
    assert (taken.status_code, "exists already" in taken.text) == (422, True)
    path = f"/accounts/{user.id}"
    assert "Give a new link" in creator.get(path).text
    assert "Grant a role" not in creator.get(path).text
    assert creator.get(f"{path}/role").status_code == 404

    asked = {"role": "hr", "organ": "A", "section": ""}
    check = granter.get(f"{path}/role", query_string=asked)
    assert "Personnel office" in check.text
    assert "A 审批局" in check.text
    assert role_of(user) == "citizen"  # Looking at the check page changes nothing.
    done = granter.post(f"{path}/role", data=asked, follow_redirects=True)
    assert "040118 is now: Personnel office." in done.text
    assert role_of(user) == "hr"
    assert granter.get(f"{path}/link").status_code == 404


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"role": "hr", "section": "NOPE"}, "There is no section with the code NOPE."),
        ({"role": "hr", "organ": "NOPE"}, "There is no organ with the code NOPE."),
        ({"role": "auditor"}, "This is not one of the choices"),
        ({"role": ""}, "Please fill this in."),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_grant_that_leads_nowhere_is_refused_at_its_field(
    app: Flask, sign_in: SignIn, asked: dict[str, str], words: str, method: str
) -> None:
    user, granter = make_user(Role.STAFF), sign_in(make_user(Role.SECADMIN))
    path = f"/accounts/{user.id}/role"
    if method == "get":
        answer = granter.get(path, query_string=asked)
    else:
        answer = granter.post(path, data=asked)
    assert answer.status_code == 422
    assert words in answer.text
    assert events(Action.ACCOUNT_GRANT) == []


def test_disabling_asks_for_a_reason_and_can_be_undone(app: Flask, sign_in: SignIn) -> None:
    user, granter = make_user(Role.STAFF), sign_in(make_user(Role.SECADMIN))
    theirs = sign_in(user)
    path = f"/accounts/{user.id}"
    assert "ends at once" in granter.get(f"{path}/disable").text
    for nothing in ({}, {"reason": "  "}):
        assert granter.post(f"{path}/disable", data=nothing).status_code == 422
    done = granter.post(f"{path}/disable", data={"reason": "left"}, follow_redirects=True)
    assert "is disabled. Every session was ended." in done.text
    assert theirs.get("/password").status_code == 302
    assert granter.get("/accounts?state=disabled").text.count("<tr") == 2
    done = granter.post(f"{path}/enable", data={"reason": "back"}, follow_redirects=True)
    assert "may sign in again" in done.text
    assert [line.details["to"] for line in events(Action.ACCOUNT_DISABLE)] == [
        "disabled",
        "enabled",
    ]


def test_accounts_are_searched_filtered_and_paged(app: Flask, sign_in: SignIn) -> None:
    for number in range(60):
        make_user(Role.STAFF, name=f"s{number:03}", display_name="李娜")
    make_user(Role.HR, name="hr", display_name="周敏_100%")
    client = sign_in(make_user(Role.SYSADMIN, name="admin"))
    assert client.get("/accounts").text.count("<tr") == 51
    assert client.get("/accounts?page=2").text.count("<tr") == 13
    assert client.get("/accounts?page=99").text.count("<tr") == 13
    for nowhere in ("/99", "/99999999999999999999"):
        assert client.get(f"/accounts{nowhere}").status_code == 404
    assert client.get("/accounts?q=S01").text.count("<tr") == 11
    assert client.get("/accounts?q=%25").text.count("<tr") == 2
    assert client.get("/accounts?role=hr").text.count("<tr") == 2
    assert client.get("/accounts?role=nonsense&state=nonsense").status_code == 200
    assert "No account matches" in client.get("/accounts?q=nobody").text


def write_lines(number: int) -> None:
    with unit_of_work(SYSTEM) as unit:
        for index in range(number):
            unit.record(Action.ORG_CHANGE, f"organ {index}", name="=1+1")


def test_the_audit_page_is_filtered_and_paged_by_line(app: Flask, sign_in: SignIn) -> None:
    write_lines(60)
    auditor = make_user(Role.AUDITOR, name="watcher")
    client = sign_in(auditor)
    first = client.get("/audit?action=org:change").text
    assert first.count("<tr") == 51
    older = re.search(r'href="([^"]*before=\d+)"', first)
    assert older
    rest = client.get(older[1].replace("&amp;", "&")).text
    assert rest.count("<tr") == 11
    assert "only ever added" in rest
    assert client.get("/audit?user=watch").text.count("<tr") == 2
    assert client.get("/audit?subject=organ+7").text.count("<tr") == 2
    assert client.get(f"/audit?subject=user/{auditor.id}").text.count("<tr") == 2
    assert client.get("/audit?since=2199-01-01").text.count("<tr") == 0
    assert client.get("/audit?until=2199-01-01&action=account:sign-in").text.count("<tr") == 2
    sign_in(make_user(Role.LEADER, name="juzhang", organ_id=make_organ().id))
    assert "Head of the organ" in client.get("/audit?user=juzhang").text
    bad = client.get("/audit?since=yesterday")
    assert (bad.status_code, "This is not a date" in bad.text) == (422, True)


def test_days_of_the_audit_filter_are_shanghai_days(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(make_user(Role.AUDITOR))
    with time_machine.travel(datetime(2026, 7, 1, 16, 30, tzinfo=UTC), tick=False):
        write_lines(1)  # It is 00:30 of 2 July in Shanghai.
    asked = "/audit?action=org:change&since={0}&until={0}"
    assert "2026-07-02 00:30" in client.get(asked.format("2026-07-02")).text
    assert "2026-07-02 00:30" not in client.get(asked.format("2026-07-01")).text


def test_downloaded_lines_cannot_compute_and_the_download_is_a_line(
    app: Flask, sign_in: SignIn
) -> None:
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.ORG_CHANGE, "organ")
    evil = make_user(Role.AUDITOR, name="watcher", display_name='=HYPERLINK("http://x")')
    client = sign_in(evil)
    answer = client.get("/audit.csv?user=watcher")
    assert answer.mimetype == "text/csv"
    assert answer.text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [len(row) for row in rows] == [9, 9]
    assert rows[1][3] == "'" + evil.display_name
    (line,) = events(Action.AUDIT_VIEW)
    assert line.details == {"lines": 1, "filters": {"user": "watcher"}}


def test_a_long_log_is_downloaded_whole_and_in_order(app: Flask, sign_in: SignIn) -> None:
    write_lines(2100)
    client = sign_in(make_user(Role.AUDITOR))
    rows = client.get("/audit.csv?action=org:change").text.splitlines()
    numbers = [int(row.split(",")[0]) for row in rows[1:]]
    assert len(numbers) == 2100
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize("path", ["/login", "/password", "/accounts", "/audit", "/nowhere"])
def test_pages_speak_chinese_too(app: Flask, path: str) -> None:
    client = app.test_client()
    client.set_cookie("lang", "zh")
    page = client.get(path, follow_redirects=True).text
    assert 'lang="zh-CN"' in page
    assert "Sign in" not in page


def test_everybody_with_cases_says_where_their_notices_go(app: Flask, sign_in: SignIn) -> None:
    user = make_user(Role.CHIEF)
    client = sign_in(user)
    assert "This installation sends no mail yet." in client.get("/mail").text
    assert 'href="/mail"' not in client.get("/password").text + client.get("/?show=messages").text
    app.config["SMTP_HOST"] = "mail.example.cn"
    assert "sends no mail" not in client.get("/mail").text
    assert 'href="/mail"' in client.get("/password").text
    assert 'href="/mail"' in client.get("/?show=messages").text

    done = client.post("/mail", data={"address": "zhou@example.cn"}, follow_redirects=True)
    assert "Your address is saved." in done.text
    assert 'value="zhou@example.cn"' in done.text
    gone = client.post("/mail", data={"address": ""}, follow_redirects=True)
    assert "You get no notices by mail." in gone.text
    db.session.refresh(user)
    assert user.mail_address is None
    assert [line.details["to"] for line in events(Action.ACCOUNT_MAIL)] == ["set", "removed"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [("zhou@example", "This is not a mail address."), ("z" * 600, "This is too long.")],
)
def test_a_wrong_mail_address_is_answered_at_its_field(
    app: Flask, sign_in: SignIn, typed: str, words: str
) -> None:
    client = sign_in(make_user(Role.STAFF))
    answer = client.post("/mail", data={"address": typed})
    assert answer.status_code == 422
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert events(Action.ACCOUNT_MAIL) == []


def test_an_administrator_neither_has_nor_sees_an_address(app: Flask, sign_in: SignIn) -> None:
    user = make_user(Role.STAFF, mail_address="zhou@example.cn")
    client = sign_in(make_user(Role.SYSADMIN))
    assert client.get("/mail").status_code == 404
    assert client.post("/mail", data={"address": "a@example.cn"}).status_code == 404
    for path in ("/accounts", f"/accounts/{user.id}", "/password"):
        assert "zhou@example.cn" not in client.get(path).text
        assert 'href="/mail"' not in client.get(path).text

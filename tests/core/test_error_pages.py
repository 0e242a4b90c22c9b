"""Every error has a page with advice that reveals no internals."""

from collections.abc import Callable, Iterator

import click
import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, NoResultFound

from evalsys.core.error_pages import refusals
from evalsys.core.errors import Conflict, DomainError, NotAllowed, NotFound
from evalsys.core.extensions import db
from evalsys.core.guards import public
from evalsys.core.permissions import Role
from evalsys.organisation.org.models import Organ
from evalsys.organisation.periods.rules import BadPeriod
from tests.factories import make_organ, make_user


@pytest.fixture
def app(own_app: Flask) -> Flask:
    """An application of its own, to add routes."""
    return own_app


def break_in_two() -> None:
    make_organ(code="A")
    make_organ(code="A")


def divide() -> None:
    raise ZeroDivisionError("SELECT secret FROM somewhere")


CASES = {
    "bad_period": (BadPeriod(text="soon"), 404, "soon is not a period"),
    "conflict": (Conflict(), 409, "at the same time"),
    "forbidden": (NotAllowed(), 404, "There is nothing here that you may see."),
    "gone": (NotFound(), 404, "There is nothing here that you may see."),
    "nothing": (NoResultFound(), 404, "There is nothing here that you may see."),
    "overflow": (OverflowError("int too large"), 404, "There is nothing here that you may see."),
}


@pytest.fixture
def broken(app: Flask) -> Iterator[FlaskClient]:
    """A client of an application that breaks in every way."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail(name: str) -> str:
        if name in CASES:
            raise CASES[name][0]
        {"twice": break_in_two, "inside": divide}.get(name, lambda: abort(int(name)))()
        return ""

    app.add_url_rule("/fail/<name>", "fail", public(fail))
    yield app.test_client()
    db.session.rollback()


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_error_of_the_domain_is_told_in_its_words(broken: FlaskClient, name: str) -> None:
    _, status, words = CASES[name]
    answer = broken.get(f"/fail/{name}")
    assert answer.status_code == status
    assert words in answer.text
    assert "Back to the start" in answer.text


def test_a_race_that_the_database_decides_ends_in_a_page(broken: FlaskClient) -> None:
    answer = broken.get("/fail/twice")
    assert answer.status_code == 409
    assert "Somebody changed this at the same time." in answer.text
    assert "organ" not in answer.text


def test_our_own_fault_is_admitted_and_tells_nothing_of_the_inside(broken: FlaskClient) -> None:
    answer = broken.get("/fail/inside")
    assert answer.status_code == 500
    assert "It is our fault." in answer.text
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (400, "The page was open for too long"),
        (404, "Not found"),
        (405, "Not found"),
        (413, "The file is too large"),
        (429, "Too many tries"),
        (418, "Something went wrong"),
        (503, "Something went wrong"),
    ],
)
def test_every_status_has_its_title_and_its_way_out(
    broken: FlaskClient, code: int, words: str
) -> None:
    answer = broken.get(f"/fail/{code}")
    assert (answer.status_code, words in answer.text) == (code, True)


def test_an_error_is_told_in_the_language_of_the_visitor(broken: FlaskClient) -> None:
    broken.set_cookie("lang", "zh")
    page = broken.get("/fail/gone").text
    assert '<html lang="zh-CN">' in page
    assert "Not found" not in page


def test_a_page_after_a_failed_statement_works_again(broken: FlaskClient) -> None:
    broken.get("/fail/twice")
    assert broken.get("/check").status_code == 200
    db.session.rollback()
    assert len(db.session.scalars(select(Organ)).all()) == 1


@pytest.mark.parametrize(
    "path", ["/jobs/99999999999999999999999999", "/link/%00", "/r/%00", "/x%00"]
)
def test_addresses_that_no_column_holds_are_not_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in {302, 400, 404, 410}


def test_a_command_says_a_broken_rule_and_exits_with_1() -> None:
    for error in (NotFound(), BadPeriod(text="soon"), IntegrityError("", {}, Exception())):

        @refusals
        def command(error: Exception = error) -> None:
            raise error

        with pytest.raises(click.ClickException) as refused:
            command()
        assert refused.value.exit_code == 1
        assert refused.value.message


def test_a_command_that_breaks_is_not_made_to_look_like_a_rule() -> None:
    @refusals
    def command() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        command()


def test_an_error_carries_its_numbers_for_translation() -> None:
    class TooMany(DomainError):
        message = "At most %(most)s."

    error = TooMany(most=3)
    assert (str(error), error.params, error.status) == ("At most 3.", {"most": 3}, 409)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/sections", 405, "There is nothing here that you may see."),
        ("/nowhere", 404, "There is nothing here that you may see."),
        ("/check", 413, "scan.pdf, or all that was sent with it, is larger than 64 KB."),
        ("/roster/import", 413, "scan.pdf, or all that was sent with it, is larger than 8 MB."),
    ],
)
def test_a_file_is_too_large_only_where_files_are_taken(
    sign_in: Callable[..., FlaskClient], path: str, status: int, words: str
) -> None:
    client = sign_in(make_user(Role.HR))
    sizes = (9_000_000,) if path == "/roster/import" else (100_000, 9_000_000)
    for size in sizes:
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="scan.pdf"\r\n\r\n'
        body, kind = head + b"x" * size + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"
        answer = client.post(path, data=body, content_type=kind)
        assert (answer.status_code, words in answer.text) == (status, True)

"""A name that differs from the stored one is decided person by person."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Staff
from tests.factories import make_section, make_staff, make_user
from tests.roster.rosters import roster

SignIn = Callable[[User], FlaskClient]
FILE = roster([["000217", "王海林", "QY01"], ["000218", "罗欣欣", "QY01"]])


@pytest.fixture
def client(app: Flask, sign_in: SignIn) -> FlaskClient:
    section = make_section(code="QY01")
    make_staff(section, number="000217", name="王海宁")
    make_staff(section, number="000218", name="罗欣")
    client = sign_in(make_user(Role.HR))
    client.set_cookie("lang", "zh")
    return client


def names() -> dict[str, str]:
    db.session.rollback()
    return {staff.number: staff.name for staff in db.session.scalars(select(Staff))}


def test_nothing_is_written_until_each_name_is_decided(client: FlaskClient) -> None:
    answer = client.post("/roster/import", data={"file": (BytesIO(FILE), "名单.xlsx")})
    place = answer.headers["Location"]
    page = client.get(place).text
    for word in ("2个姓名与原来不同", "王海宁", "王海林", "罗欣欣"):
        assert word in page, word
    assert client.post(f"{place}/write").status_code == 409
    client.post(f"{place}/names", data={"name-000217": "stored"})
    page = client.get(place).text
    assert "1个姓名与原来不同" in page
    client.post(f"{place}/names", data={"name-000218": "new", "name-999": "new"})
    page = client.get(place).text
    assert "姓名与原来不同" not in page
    assert client.post(f"{place}/write").status_code == 303
    assert names() == {"000217": "王海宁", "000218": "罗欣欣"}


@pytest.mark.parametrize("sent", [{}, {"name-000217": ""}, {"name-000217": "yes"}])
def test_no_choice_changes_nothing(client: FlaskClient, sent: dict[str, str]) -> None:
    answer = client.post("/roster/import", data={"file": (BytesIO(FILE), "名单.xlsx")})
    place = answer.headers["Location"]
    assert client.post(f"{place}/names", data=sent).status_code == 303
    assert "2个姓名与原来不同" in client.get(place).text


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("options", "written"),
    [
        ([], {"000217": "王海宁", "000218": "罗欣"}),
        (["--names", "new"], {"000217": "王海林", "000218": "罗欣欣"}),
        (["--names", "stored"], {"000217": "王海宁", "000218": "罗欣"}),
    ],
)
def test_a_command_says_it_for_all(
    app: Flask, tmp_path: Path, options: list[str], written: dict[str, str]
) -> None:
    file = tmp_path / "roster.xlsx"
    file.write_bytes(FILE)
    args = ["exchange", "import-roster", str(file), *options]
    done = app.test_cli_runner().invoke(args=args)
    assert (done.exit_code == 0) is bool(options), done.output
    assert ("--names new" in done.output) is not bool(options)
    assert names() == written

import re
from datetime import UTC, datetime

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts import passwords, service
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.queries import get_user
from tests.factories import make_organ, make_section, make_staff, make_user

LINK = re.compile(r"http://127\.0\.0\.1:8000/link/([\w-]{43})\n")


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["accounts", *words])


def test_create_prints_a_link_alone_on_standard_output_and_the_link_works(app: Flask) -> None:
    staff = make_staff(number="040117", name="周敏")
    section = make_section(make_organ(code="A"), code="A1")
    done = run(app, "create", "040117", "--role", "chief", "--organ", "A", "--section", "A1")
    assert done.exit_code == 0
    found = LINK.fullmatch(done.stdout)
    assert found
    assert "within 48 hours" in done.stderr
    user = get_user("040117")
    assert (user.role, user.staff_id, user.display_name) == (Role.CHIEF, staff.id, "周敏")
    assert (user.organ_id, user.section_id) == (section.organ_id, section.id)
    service.use_link(found[1], "lantern-orbit-vinegar", now=datetime.now(UTC))
    assert passwords.is_right("lantern-orbit-vinegar", get_user("040117").password_hash)


def test_a_section_brings_its_organ(app: Flask) -> None:
    section = make_section(make_organ(code="A"), code="A1")
    run(app, "create", "x1", "--role", "chief", "--section", "A1", "--display-name", "李娜")
    user = get_user("x1")
    assert (user.organ_id, user.display_name) == (section.organ_id, "李娜")


def test_who_would_see_nothing_is_told_so(app: Flask) -> None:
    assert "sees no section" in run(app, "create", "x1", "--role", "chief").stderr
    assert "sees no section" not in run(app, "create", "x2", "--role", "hr").stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["create", "new", "--role", "nonsense"], 2, "nonsense"),
        (["create", "new", "--role", "citizen"], 2, "citizen"),
        (["create", "new"], 2, "--role"),
        (["create"], 2, "NAME"),
        (["create", "taken", "--role", "hr"], 1, "The account taken exists already."),
        (["create", "a b", "--role", "hr"], 1, "without spaces"),
        (["create", "new", "--role", "hr", "--organ", "NOPE"], 1, "no organ with the code NOPE"),
        (["create", "new", "--role", "hr", "--section", "NO"], 1, "no section with the code NO"),
        (
            ["create", "new", "--role", "hr", "--organ", "B", "--section", "A1"],
            1,
            "The section A1 does not belong to the organ B.",
        ),
        (["link", "nobody"], 1, "There is no account nobody."),
        (["disable", "nobody"], 1, "There is no account nobody."),
        (["enable", "nobody"], 1, "There is no account nobody."),
    ],
)
def test_what_is_wrong_is_said_on_standard_error(
    app: Flask, words: list[str], code: int, message: str
) -> None:
    make_section(make_organ(code="A"), code="A1")
    make_organ(code="B")
    make_user(name="taken")
    done = run(app, *words)
    assert (done.exit_code, done.stdout) == (code, "")
    assert message in done.stderr
    assert db.session.scalars(select(User.name)).all() == ["taken"]


def test_the_last_way_in_is_the_command_line(app: Flask) -> None:
    make_user(Role.SECADMIN, name="secadmin", password_hash="x")
    assert run(app, "disable", "secadmin", "--reason", "left").exit_code == 0
    assert "disabled" in run(app, "list").stdout
    assert run(app, "link", "secadmin").exit_code == 1
    assert run(app, "enable", "secadmin").exit_code == 0
    assert LINK.fullmatch(run(app, "link", "secadmin").stdout)


def test_the_list_has_a_line_for_each_account(app: Flask) -> None:
    organ = make_organ(code="A", name="审批局")
    make_user(Role.HR, name="hr", password_hash="x", organ_id=organ.id)
    make_user(Role.LEADER, name="juzhang", password_hash="x", organ_id=organ.id)
    make_user(Role.CITIZEN, name="new")
    lines = run(app, "list").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["hr", "juzhang", "new"]
    assert lines[0].split("\t")[2:5] == ["Personnel office", "A 审批局", "active"]
    assert lines[1].split("\t")[2:5] == ["Head of the organ", "A 审批局", "active"]
    assert lines[2].split("\t")[2:5] == ["no role yet", "—", "no password yet"]

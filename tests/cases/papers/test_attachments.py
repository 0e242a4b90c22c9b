"""Files from the page: stored outside of what is served, seen by who sees the case, in backups."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import FileStorage
from werkzeug.test import stream_encode_multipart

from evalsys.cases.engine.models import Attachment, CaseStep, Subject
from evalsys.cases.papers.service import folder, path_of, tidy
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.handlers import Progress
from tests.cases.papers.files import PLACE, docx, jpeg, pdf
from tests.world import NOW, Place, World, make_world

SignIn = Callable[[User], FlaskClient]
Sent = tuple[BytesIO, str]


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


def sent(body: bytes, name: str) -> Sent:
    return BytesIO(body), name


def stored() -> list[Path]:
    return [path for path in folder().glob("*/*") if path.is_file()]


def plan(client: FlaskClient, case: Subject, *files: Sent, plan: str = "每周复盘") -> int:
    data = {"plan": plan, "files": list(files)}
    path = f"/cases/{case.id}/step/file_plan"
    return client.post(path, data=data, content_type="multipart/form-data").status_code


def large_plan(client: FlaskClient, case: Subject, text: str, body: bytes, name: str) -> Any:
    """Send a large file: the client's own way leaves its temporary file open."""
    data = {"plan": text, "files": FileStorage(BytesIO(body), name)}
    stream, _length, mark = stream_encode_multipart(data)
    with stream:
        kind = f"multipart/form-data; boundary={mark}"
        path = f"/cases/{case.id}/step/file_plan"
        return client.post(path, data=stream.read(), content_type=kind)


def test_a_statement_comes_with_its_scan_and_whoever_sees_the_case_may_store_it(
    world: World, sign_in: SignIn
) -> None:
    case, client = world.cases[Place.OWN], sign_in(world.users[Role.CHIEF])
    assert plan(client, case, sent(pdf(), "整改 方案.PDF"), sent(jpeg(), "IMG_1.jpeg")) == 303
    rows = db.session.scalars(select(Attachment).order_by(Attachment.id)).all()
    assert [row.name for row in rows] == ["整改 方案.pdf", "IMG_1.jpg"]
    assert {row.step_id for row in rows} == {
        db.session.scalars(select(CaseStep.id).filter_by(name="file_plan")).one()
    }
    for role in (Role.CHIEF, Role.HR, Role.LEADER):
        reader = sign_in(world.users[role])
        assert f"/attachments/{rows[0].id}" in reader.get(f"/cases/{case.id}").text
        answer = reader.get(f"/attachments/{rows[0].id}")
        assert answer.data == pdf()
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        own = answer.headers.getlist("Content-Security-Policy")
        assert own == ["default-src 'none'; sandbox"]  # Its own, and no other beside it.
        assert answer.headers["Cache-Control"] == "no-store"
        assert PLACE not in reader.get(f"/attachments/{rows[1].id}").data
    for role in set(Role) - {Role.CHIEF, Role.HR, Role.LEADER, Role.SYSTEM, Role.CITIZEN}:
        assert sign_in(world.users[role]).get(f"/attachments/{rows[0].id}").status_code == 404
    assert sign_in(world.users[Role.HR]).get("/attachments/999999").status_code == 404


def test_a_file_next_door_is_absent(world: World, sign_in: SignIn) -> None:
    foreign = world.cases[Place.FOREIGN]
    owner = db.session.scalars(select(User).filter_by(name="colleague")).one()
    office = sign_in(owner)
    path, data = f"/cases/{foreign.id}/evidence", {"kind": "work_result", "title": "t", "body": "b"}
    send = {**data, "files": [sent(docx(), "a.docx")]}
    assert office.post(path, data=send, content_type="multipart/form-data").status_code == 303
    row = db.session.scalars(select(Attachment)).one()
    assert row.evidence_id is not None
    assert office.get(f"/attachments/{row.id}").status_code == 200
    for role in (Role.HR, Role.CHIEF, Role.LEADER):
        assert sign_in(world.users[role]).get(f"/attachments/{row.id}").status_code == 404


def test_a_bad_file_stops_the_step_and_leaves_nothing(world: World, sign_in: SignIn) -> None:
    case, client = world.cases[Place.OWN], sign_in(world.users[Role.CHIEF])
    bad = sent(b"MZ\x90", "扫描件.pdf")
    data = {"plan": "每周复盘", "files": [sent(pdf(), "a.pdf"), bad]}
    path = f"/cases/{case.id}/step/file_plan"
    answer = client.post(path, data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "扫描件.pdf: A case takes PDF, JPEG, PNG and Word files" in answer.text
    assert answer.text.count('role="alert"') == 1, "one box"
    assert "每周复盘" in answer.text, "what was typed is kept"
    assert "The files were not kept. Please choose them again." in answer.text
    assert not stored()
    assert db.session.get_one(Subject, case.id).state == "interviewed"


def test_a_refused_step_says_that_its_files_are_to_be_chosen_again(
    world: World, sign_in: SignIn
) -> None:
    case, client = world.cases[Place.OWN], sign_in(world.users[Role.CHIEF])
    data = {"plan": " ", "files": [sent(pdf(), "a.pdf")]}
    path = f"/cases/{case.id}/step/file_plan"
    answer = client.post(path, data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Please choose them again" in answer.text
    assert not stored()
    assert plan(client, case, sent(pdf(), "a.pdf")) == 303
    assert plan(client, case, sent(pdf(), "b.pdf")) == 409, "the step was taken in another window"
    assert len(stored()) == 1, "what came with it is not kept"


def test_size_and_number_have_limits(app: Flask, world: World, sign_in: SignIn) -> None:
    case, client = world.cases[Place.OWN], sign_in(world.users[Role.CHIEF])
    app.config["ATTACHMENT_LARGEST"] = len(pdf()) - 1
    assert plan(client, case, sent(pdf(), "a.pdf")) == 422
    app.config["ATTACHMENT_LARGEST"] = len(pdf())
    assert plan(client, case, *(sent(pdf(), f"{n}.pdf") for n in range(6))) == 422
    assert not stored()
    assert plan(client, case, *(sent(pdf(), f"{n}.pdf") for n in range(5))) == 303


@pytest.mark.parametrize("size", [70_000, 150_000, 2_000_000, 6_000_000])
def test_a_file_of_every_size_that_is_allowed_arrives_whole(
    world: World, sign_in: SignIn, size: int
) -> None:
    """Line ends everywhere: the parser keeps each last one for the next piece, as it might be
    the beginning of the end of the file. A scan has them as often as any other byte."""
    case, scan = world.cases[Place.OWN], pdf(b"\r\n" * (size // 2))
    client = sign_in(world.users[Role.CHIEF])
    assert large_plan(client, case, "每周复盘", scan, "扫描件.pdf").status_code == 303
    assert [path.read_bytes() for path in stored()] == [scan]


@pytest.mark.parametrize("size", [9_000_000, 40_000_000])
def test_what_was_typed_beside_a_file_that_is_far_too_large_can_be_copied(
    world: World, sign_in: SignIn, size: int
) -> None:
    case, client = world.cases[Place.OWN], sign_in(world.users[Role.CHIEF])
    text = "每周复盘，逐项核对。\n" * 40
    path = f"/cases/{case.id}/step/file_plan"
    answer = large_plan(client, case, text, b"x" * size, "九兆扫描.pdf")
    assert answer.status_code == 413
    assert "九兆扫描.pdf, or all that was sent with it, is larger than 8 MB." in answer.text
    assert text.strip() in answer.text.replace("\r", "")
    assert f'href="{path}"' in answer.text
    assert not stored()
    broken = client.post(
        path, data=b"x" * 9_000_000, content_type="multipart/form-data; boundary=none"
    )
    assert broken.status_code == 413


def test_rows_stay_as_they_are_and_a_changed_file_is_noticed(world: World, sign_in: SignIn) -> None:
    case, client = world.cases[Place.OWN], sign_in(world.users[Role.CHIEF])
    assert plan(client, case, sent(pdf(), "a.pdf")) == 303
    row = db.session.scalars(select(Attachment)).one()
    path_of(row.stored).write_bytes(b"%PDF- another one")
    assert client.get(f"/attachments/{row.id}").status_code == 500
    with pytest.raises(DBAPIError, match="append only"):
        db.session.execute(update(Attachment).values(name="x"))
    db.session.rollback()


def test_files_that_no_row_names_go_after_a_day(world: World, sign_in: SignIn) -> None:
    case, client = world.cases[Place.OWN], sign_in(world.users[Role.CHIEF])
    assert plan(client, case, sent(pdf(), "a.pdf")) == 303
    (named,) = stored()
    lost = named.with_name("0" * 32)
    lost.write_bytes(b"x")
    now = NOW + timedelta(days=36_500)
    tidy(Progress(), {}, SYSTEM, now)
    assert stored() == [named]


@pytest.mark.only("sqlite", "PostgreSQL has its own tools")
def test_a_backup_holds_the_files_and_brings_them_back(
    app: Flask, world: World, sign_in: SignIn, tmp_path: Path
) -> None:
    case, client = world.cases[Place.OWN], sign_in(world.users[Role.CHIEF])
    assert plan(client, case, sent(pdf(), "a.pdf")) == 303
    (path,) = stored()
    run, backup = app.test_cli_runner().invoke, str(tmp_path / "evening.sqlite3")
    assert run(args=["backup", backup]).exit_code == 0
    path.unlink()
    db.session.remove()
    answer = run(args=["restore", backup, "--yes"])
    assert answer.exit_code == 0, answer.output
    assert path.read_bytes() == pdf()
    row = db.session.scalars(select(Attachment)).one()
    reader = sign_in(db.session.scalars(select(User).filter_by(name=Role.HR.value)).one())
    assert reader.get(f"/attachments/{row.id}").data == pdf()
    path.unlink()
    assert "1 file of cases is missing" in run(args=["backup", f"{backup}2"]).output

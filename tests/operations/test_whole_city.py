"""Everything that a filled city can be asked for, with words in it that want to be formulas.

The commands run in a process of production; their workbooks and letters are opened again.
"""

import csv
import io
import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from docx import Document
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from evalsys.cases.engine.kinds import kinds_of
from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.rules.machine import FieldKind, Move
from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db, metadata
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.service import start_session
from evalsys.organisation.org.models import Section
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.personnel.sheets.registers import all_registers
from evalsys.results.reports.sheets.registry import all_books
from evalsys.roster.check import Reading, check_roster
from tests import prepared, production
from tests.demo.city import city_of_production
from tests.factories import make_case, make_user, save
from tests.papers import PAPERS
from tests.roster.rosters import roster
from tests.test_production import decorated

pytestmark = pytest.mark.only("sqlite", "the words of a database do not depend on its program")

HOSTILE = "1+1"
ALONE = re.compile(r"(?<![A-Z\d])1\+1(?![\d.])")  # Not part of I11+1.96.
SIGNS = ("=1+1", "+1+1", "-1+1", "@SUM(1+1)", "\t=1+1", "\r=1+1", "＝1+1", "|=1+1")
BAD = tuple("=+-@\t\r\n＝＋－＠")
FREE = {
    *("name", "display_name", "post", "body", "released_body", "title", "reason", "purpose"),
    *("file_name", "place", "service_type", "grounds"),
}
NAMES = {
    ("case_step", "name"),
    ("calendar_day", "name"),
    ("user", "name"),
    ("intake", "name"),
    ("subject", "grounds"),
}
RUN = """
import json, sys
from wsgi import app
runner = app.test_cli_runner()
ended = []
for words in json.load(sys.stdin):
    done = runner.invoke(args=words)
    ended.append([done.exit_code, done.output[-1500:], repr(done.exception)])
print(json.dumps(ended))
"""
# Run elsewhere: by the fixture, tests/test_production.py, tests/operations/test_machines.py.
ELSEWHERE = {
    "evalsys.demo.cli.load",
    "evalsys.foundation.jobs.cli.work_command",
    "evalsys.operations.machines.cli.distribute_command",
}


@pytest.fixture(scope="module")
def city(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo city, with a sign in front of every text that somebody may have typed."""
    folder = tmp_path_factory.mktemp("city")
    app = city_of_production(migrated, folder)
    with app.app_context(), closing(sqlite3.connect(folder / "city.sqlite3")) as connection:
        _soil_tables(connection)
        for move in (move for kind in kinds_of(app).values() for move in kind.machine.moves):
            _soil_entries(connection, move)
        connection.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


def is_text(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)


def _soil_tables(connection: sqlite3.Connection) -> None:
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    for (name,) in connection.execute(triggers).fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    cases = " ".join(f"WHEN {n} THEN '{sign}'" for n, sign in enumerate(SIGNS))
    for table in metadata.sorted_tables:
        for column in (one.name for one in table.columns if one.name in FREE and is_text(one)):
            if (table.name, column) not in NAMES:
                which = f"CASE (length({column}) + unicode({column})) % {len(SIGNS)} {cases} END"
                connection.execute(
                    f'UPDATE "{table.name}" SET {column} = {which} || {column} '
                    f"WHERE {column} <> ''"
                )


def _soil_entries(connection: sqlite3.Connection, move: Move) -> None:
    typed = [one.name for one in move.fields if one.kind in {FieldKind.TEXT, FieldKind.LINE}]
    query = "SELECT id, entry FROM case_step WHERE name = ?"
    for key, text in connection.execute(query, (move.name,)).fetchall():
        entry = json.loads(text)
        for name in typed:
            if isinstance(entry.get(name), str) and not entry[name].startswith(SIGNS):
                entry[name] = SIGNS[key % len(SIGNS)] + entry[name]
        words = json.dumps(entry)
        connection.execute("UPDATE case_step SET entry = ? WHERE id = ?", (words, key))


def signed_in(city: Flask, role: Role) -> FlaskClient:
    """An office of the whole city, signed in."""
    user = make_user(role)
    with unit_of_work(user.actor) as unit:
        token = start_session(unit, user, now=pages.now())
    client = city.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    return client


@pytest.fixture
def client(city: Flask) -> FlaskClient:
    return signed_in(city, Role.HR)


@pytest.fixture
def supervisor(city: Flask) -> FlaskClient:
    return signed_in(city, Role.SUPERVISOR)


def run_all(app: Flask, runs: list[list[str]]) -> list[list[Any]]:
    """Run commands one after another in one process of production."""
    done = prepared.run(
        [sys.executable, "-c", RUN],
        cwd=production.ROOT,
        env=production.environment(app),
        stdin=json.dumps(runs),
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout.splitlines()[-1]))


def callback(app: Flask, words: list[str]) -> str:
    """The full name of the function behind the words of a command."""
    group: Any = app.cli
    for word in words:
        group = group.commands[word]
        if not hasattr(group, "commands"):
            break
    return f"{group.callback.__module__}.{group.callback.__qualname__}"


def files(folder: Path) -> dict[str, Path]:
    """What the commands are to read."""
    folder.mkdir()
    section = db.session.scalars(select(Section).where(Section.code == "SP01")).one()
    content: dict[str, bytes] = {
        "roster.xlsx": roster([("990001", "新来的人", section.code)]),
        "services.csv": "办理日期,工号,办件编号,事项,渠道,评价人,受邀人\n"
        f"{pages.today()},040115,2026-77001,=1+1,,,\n".encode(),
        "past.csv": "科室编码,工号,服务日期,评价人类别,服务态度,工作作风,办事效率,业务能力\n"
        f"SP01,040103,{pages.today().replace(day=2)},recipient,5,4,4,3\n".encode(),
    }
    for name, body in content.items():
        (folder / name).write_bytes(body)
    return {name: folder / name for name in (*content, "calendar.csv", "city.backup")}


def commands(at: dict[str, Path], out: Path, code: str) -> list[list[str]]:
    """Every command with what somebody would really say; those that change most come last."""
    return [
        *(["exchange", "export", one, code, "--out", f"{out / one}.xlsx"] for one in all_books()),
        *(["exchange", "register", one, "--out", f"{out / one}.xlsx"] for one in all_registers()),
        ["exchange", "archive", "040103", "--out", f"{out / 'archive.xlsx'}"],
        ["ratings", "issue", f"{at['services.csv']}", "--out", f"{out / 'codes.csv'}",
         "--pdf", f"{out / 'slips.pdf'}"],
        ["accounts", "create", "tester", "--role", "hr", "--display-name", "测试"],
        ["accounts", "link", "tester"], ["accounts", "person", "tester", "040103"],
        ["accounts", "disable", "tester"], ["accounts", "enable", "tester"],
        ["accounts", "reset-factor", "tester"], ["accounts", "list"],
        ["calendars", "show", "2026", "--csv"], ["policies", "show"], ["doctor"],
        ["cases", "mail-test", "zhou.min@example.cn"],
        ["exchange", "import-roster", f"{at['roster.xlsx']}"],
        ["ratings", "import", f"{at['past.csv']}"], ["ratings", "count"],
        ["periods", "open", "2026-H1"], ["closing", "run", "2026-H1", "--yes"],
        ["secret", "check"], ["backup", f"{at['city.backup']}"],
        ["restore", f"{at['city.backup']}", "--yes"], ["secret", "adopt", "--yes"],
        ["calendars", "import", f"{at['calendar.csv']}"],
    ]  # fmt: skip


# Commands that end with 1 here: there is no mail server.
ENDS_WITH_1 = {"cases mail-test"}


def test_every_command_does_its_work_and_no_sheet_has_a_formula(
    city: Flask, tmp_path: Path
) -> None:
    closed = select(Period.code).where(Period.state == PeriodState.CLOSED)
    code = db.session.scalars(closed).one()
    at, out = files(tmp_path / "in"), tmp_path / "out"
    out.mkdir()
    db.session.rollback()
    days = production.command(city, "calendars", "show", "2026", "--csv")
    at["calendar.csv"].write_text(days, encoding="utf-8")
    runs = commands(at, out, code)
    results = run_all(city, runs)
    faults = [
        (words, *ended)
        for words, ended in zip(runs, results, strict=True)
        if ended[0] != (" ".join(words[:2]) in ENDS_WITH_1)
    ]
    assert not faults, faults
    product = set(production.inventory(city)["commands"]) & set(decorated("click.command"))
    assert product - {callback(city, words) for words in runs} == ELSEWHERE
    books = sorted(out.glob("*.xlsx"))
    assert len(books) == len(all_books()) + len(all_registers()) + 1
    for path in books:
        live = path.stem == "recount"  # Its formulas are ours: none comes from a text of the city.
        found = formulas(path.read_bytes())
        assert [cell for cell in found if not live or ALONE.search(cell[-1])] == [], path.name
    with (out / "codes.csv").open(encoding="utf-8-sig") as lines:
        assert [cell for row in csv.reader(lines) for cell in row if cell.startswith(BAD)] == []
    assert (out / "slips.pdf").read_bytes().startswith(b"%PDF")


def formulas(content: bytes, *, is_ours: bool = True) -> list[Any]:
    """The cells of a workbook that are formulas, or in ours would be after a detour over CSV.

    Fails if no text of the workbook was to become one: then the test would say nothing.
    """
    book = load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    texts = [cell for cell in cells if isinstance(cell.value, str)]
    assert [cell for cell in texts if HOSTILE in cell.value]
    return [
        (cell.parent.title, cell.coordinate, cell.data_type, cell.value)
        for cell in texts
        if cell.data_type == "f" or (is_ours and cell.value.startswith(BAD))
    ]


def test_a_roster_that_comes_back_with_its_errors_marked_has_no_formula(
    city: Flask, client: FlaskClient
) -> None:
    user = db.session.scalars(select(User).order_by(User.id.desc())).first()
    assert user is not None
    wrong = roster([(f"99000{n}", f"{sign}张伟", "没有的科") for n, sign in enumerate(SIGNS)])
    how = Reading("=1+1.xlsx", pages.today(), complete=False)
    batch = check_roster(user.actor, wrong, how, now=pages.now())
    answer = client.get(f"/roster/{batch.id}/marked", follow_redirects=True, buffered=True)
    assert answer.status_code == 200
    assert formulas(answer.data, is_ours=False) == [], "what stands in it is somebody else's"


@pytest.mark.parametrize(("kind", "move"), sorted(PAPERS))
def test_every_letter_of_every_step_is_a_paper(
    city: Flask, client: FlaskClient, supervisor: FlaskClient, kind: str, move: str
) -> None:
    case = db.session.scalars(select(Subject).filter_by(kind=kind)).first() or make_case(kind)
    line = next(one for one in kinds_of(city)[kind].machine.moves if one.name == move)
    for paper in PAPERS[kind, move]:
        step = save(
            CaseStep(
                subject_id=case.id, name=move, source=line.sources[0], target=line.target,
                at=pages.now(), role=Role.HR, entry=entry_of(line),
            )
        )  # fmt: skip
        ways = [one for one in PAPERS[kind, move] if one.is_form == paper.is_form]
        page = "form" if paper.is_form else "letter"
        number = f"/{ways.index(paper) + 1}" if ways.index(paper) else ""
        reader = client if case.concerned else supervisor
        answer = reader.get(f"/cases/{case.id}/{page}/{step.id}{number}", buffered=True)
        assert answer.status_code == 200, (paper.label, answer.status_code)
        body = Document(io.BytesIO(answer.data)).element.body
        assert len("".join(body.itertext())) > 50, paper.label


def entry_of(move: Move) -> dict[str, Any]:
    """A step that is filled in."""
    values: dict[FieldKind, Any] = {
        FieldKind.DAY: "2026-11-24",
        FieldKind.NUMBER: 3,
        FieldKind.TICK: True,
        FieldKind.STAFF: "040103",
        FieldKind.SECTION: "SP01",
        FieldKind.PERIODS: "2026-Q3",
    }
    return {
        one.name: next(iter(one.choices)) if one.choices else values.get(one.kind, "=1+1经核实")
        for one in move.fields
    }

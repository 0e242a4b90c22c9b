"""No sheet or CSV evaluates a formula in a city where every stored text begins like one.

All text columns of all tables are changed, but for a list of keys, and then all files for
spreadsheets are written.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import cycle
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element  # Its type alone.
from zipfile import ZipFile

import pytest
import time_machine
from defusedxml.ElementTree import fromstring
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import JSON, Enum, String, select, text, update

from evalsys.cases.engine.models import Party
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db, metadata
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.exports.registers.archive import export_archive, request_archive
from evalsys.exports.registers.books import export_register, request_register
from evalsys.exports.service import export, request_export
from evalsys.exports.services.book import HandledRequest, export_handled
from evalsys.foundation.accounts.models import User
from evalsys.foundation.calendars.models import CalendarDay
from evalsys.foundation.spreadsheets.formulas import FORMULA_STARTS, is_risky
from evalsys.organisation.org.models import Section, Staff
from evalsys.personnel.sheets.registers import all_registers
from evalsys.ratings.tickets.cli import write_tickets
from evalsys.ratings.tickets.service import IssuedTicket
from evalsys.results.reports.handled.days import HandledFilter
from evalsys.results.reports.sheets.registry import all_books
from evalsys.roster.marking.template import make_template
from evalsys.scores.models import Result, SectionScore
from tests.databases import KIND
from tests.demo.city import NOW, demo_city
from tests.factories import make_event, make_user, save

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
PLAIN = ("=1+1|", "+1|", "-1|", "@SUM(1)|", "\t=1|", "\r=1|", "\n=1|", " =1|", "\u3000=1|")
WIDE = ("＝1|", "＋1|", "－1|", "＠1|", "=cmd|'/c calc'!A1|", "=HYPERLINK(1)|", "_x003D_1|")
STARTS = PLAIN + WIDE
# By these the program finds or proves its rows; nobody types them.
KEYS = re.compile(
    r"id|key|digest|sha256|stored|token\w*|password_hash|\w*period\w*|subject_\w+|unique_key|lang"
    r"|formula_version|exclusion_reasons|weighed|group_sums|group_label|kind|state|name@case_step|source@case_step"
    r"|target|rule|duty|scope|book|page|path|worker|reference|addressee_key|looked_up_by|code@period"
)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STRINGS, KINDS = "xl/sharedStrings.xml", {"s", "inlineStr", "str"}  # of cells with a text
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
OURS = re.compile(
    r"(?:\$?[A-Z]{1,2}\$?\d+|[A-Z]+\(|\d+(?:\.\d+)?|[-+*/^(),:<>=]"
    r'|"(?:相符|不符|agrees|differs)")+'
)
CJK = re.compile("[\u4e00-\u9fff]")
# Coarse words of a closed list, too many to change one by one; and what all tests share.
KEPT = {"rating", "past_row", "calendar_day", "calendar_year"}
starts = cycle(STARTS)


def is_free(table: str, column: Any) -> bool:
    """Return whether the text of a column is entered by users or imported."""
    is_text = isinstance(column.type, String) and not isinstance(column.type, Enum)
    return is_text and not any(
        KEYS.fullmatch(name) for name in (column.name, f"{column.name}@{table}")
    )


def hostile(value: Any) -> Any:
    """Return a JSON value with a formula prefix in each user text."""
    if isinstance(value, dict):
        return {key: hostile(one) for key, one in value.items()}
    if isinstance(value, list):
        return [hostile(one) for one in value]
    return next(starts) + value if isinstance(value, str) and CJK.search(value) else value


def changed(words: str, column: Any) -> str:
    """Return a text that begins like a formula, within the length of the column."""
    return (next(starts) + words)[: column.type.length]


def poison() -> set[str]:
    """Change every text of the database; return the columns with texts."""
    reached = set()
    with db.engine.begin() as connection:
        if KIND == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for name in connection.scalars(text(query)).all():
                connection.execute(text(f'DROP TRIGGER "{name}"'))
        for table in metadata.sorted_tables:
            if table.name in KEPT:
                continue
            columns = [column for column in table.columns if is_free(table.name, column)]
            trees = [c for c in table.columns if isinstance(c.type, JSON) and c.name != "rules"]
            for row in connection.execute(select(table)).mappings().all():
                values = {
                    column.name: (next(starts) + row[column.name])[
                        : getattr(column.type, "length", None)
                    ]
                    for column in columns
                    if row[column.name]
                }
                values |= {c.name: hostile(row[c.name]) for c in trees if row[c.name]}
                reached |= {f"{table.name}.{name}" for name in values}
                if values:
                    same = [key == row[key.name] for key in table.primary_key]
                    connection.execute(update(table).where(*same).values(values))
    return reached


@pytest.fixture
def city(app: Flask) -> Iterator[set[str]]:
    with time_machine.travel(NOW, tick=False):
        demo_city()
        db.session.commit()
        reached = poison()
        db.session.expire_all()
        yield reached


def books(folder: Path) -> Iterator[tuple[str, Path]]:
    """Write all workbooks in both languages."""
    periods = [one.period.code for one in db.session.scalars(select(Result))]
    sections = select(Section.code).join(SectionScore).order_by(SectionScore.rank.desc())
    code = db.session.scalars(sections.where(SectionScore.rank.is_not(None)).limit(1)).one()
    people = select(Staff.number).join(Party, Party.staff_id == Staff.id)
    numbers = db.session.scalars(people.distinct().order_by(Staff.number)).all()
    for lang in ("zh", "en"):
        for name in all_books():
            filters = {"section": code} if all_books()[name].is_single else {}
            path = folder / f"{name}-{lang}.xlsx"
            export(request_export(SYSTEM, name, max(periods), filters, lang=lang, now=NOW), path)
            yield name, path
        for name in all_registers():
            path = folder / f"{name}-{lang}.xlsx"
            export_register(request_register(SYSTEM, name, YEAR, {}, lang=lang, now=NOW), path)
            yield name, path
        for nth, number in enumerate(numbers[:6]):
            path = folder / f"archive-{nth}-{lang}.xlsx"
            export_archive(request_archive(SYSTEM, number, lang=lang, now=NOW), path)
            yield "archive", path
        path = folder / f"handled-{lang}.xlsx"
        wanted = HandledFilter(*YEAR)
        export_handled(HandledRequest(SYSTEM, wanted, lang, NOW), path)
        yield "handled", path
        path = folder / f"template-{lang}.xlsx"
        path.write_bytes(make_template(lang))
        yield "template", path


def read_sheets(archive: ZipFile) -> Iterator[tuple[Element, list[str]]]:
    """Yield the elements of each sheet of a workbook, and its texts as Excel shows them."""
    parts, shared = archive.namelist(), list[str]()
    if STRINGS in parts:
        shared = [shown(one) for one in fromstring(archive.read(STRINGS))]
    for part in parts:
        if part.startswith("xl/worksheets/sheet"):
            sheet = fromstring(archive.read(part))
            cells = [(cell.get("t"), shown(cell)) for cell in sheet.iter(f"{MAIN}c")]
            texts = [
                shared[int(text)] if kind == "s" else text for kind, text in cells if kind in KINDS
            ]
            yield sheet, texts


def is_ours(formula: str, titles: list[str]) -> bool:
    """Return whether a formula is made of cells of this workbook, numbers and our words alone."""
    for title in titles:
        formula = formula.replace(f"'{title}'!", "")
    return OURS.fullmatch(formula) is not None


def shown(element: Element) -> str:
    """Return a text, with the characters that are written as their numbers."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), "".join(element.itertext()))


@pytest.mark.only("sqlite", "what a writer makes of a text; the queries are tried elsewhere")
def test_no_cell_of_any_workbook_is_a_formula_nor_becomes_one_as_csv(
    city: set[str], tmp_path: Path
) -> None:
    assert {"section.name", "staff.name", "case_step.entry", "training_unit.title"} <= city
    guarded: dict[str, int] = {}
    for name, path in books(tmp_path):
        with ZipFile(path) as archive:
            parts = archive.namelist()
            sheets = [*read_sheets(archive)]
            book = fromstring(archive.read("xl/workbook.xml"))
        assert not [part for part in parts if "externalLink" in part or part.endswith(".bin")]
        titles = [sheet.get("name", "") for sheet in book.iter(f"{MAIN}sheet")]
        assert not [title for title in titles if title[0] in FORMULA_STARTS]
        assert len(sheets) == len(titles)
        for part, (sheet, texts) in enumerate(sheets):
            where = f"{name}: {titles[part]}"
            assert not [*sheet.iter(f"{MAIN}hyperlink")], where
            formulas = [shown(one) for one in sheet.iter(f"{MAIN}f")]
            assert name == "recount" or not formulas, where
            assert not [one for one in formulas if not is_ours(one, titles)], where
            assert not [c.get("r") for c in sheet.iter(f"{MAIN}c") if c.get("t") == "e"], where
            assert not [one for one in texts if is_risky(one)], where
            guarded[name] = guarded.get(name, 0) + sum(one[:1] == "'" for one in texts)
    assert min(number for name, number in guarded.items() if name != "template") > 0, guarded


def lines_of(content: str) -> list[str]:
    """Return the cells of a CSV file as parsed by a spreadsheet."""
    return [
        cell
        for row in csv.reader(io.StringIO(content.lstrip("\ufeff"), newline=""))
        for cell in row
    ]


def test_no_cell_of_a_csv_file_becomes_a_formula(
    app: Flask, sign_in: Callable[[User], FlaskClient]
) -> None:
    for nth in range(len(STARTS)):
        with unit_of_work(make_user().actor) as unit:
            unit.record(Action.ORG_CHANGE, "名单", reason=f"第{nth}号决定")
    poison()
    for nth, start in enumerate(STARTS, start=1):
        save(CalendarDay(day=date(2027, 1, nth), is_working=False, name=f"{start}元旦"))
    audit = sign_in(make_user(Role.AUDITOR)).get("/audit.csv").get_data(as_text=True)
    day = app.test_cli_runner().invoke(args=["calendars", "show", "2027", "--csv"]).stdout
    tickets = io.StringIO(newline="")
    for start in STARTS:
        event = make_event(NOW.date(), f"{start}1", event_no=f"{start}办件")
        write_tickets([IssuedTicket("AAAA", NOW.date(), event)], tickets)
    for content in (audit, day, tickets.getvalue()):
        cells = lines_of(content)
        assert not [cell for cell in cells if is_risky(cell)]
        assert [cell for cell in cells if cell[:1] == "'"]

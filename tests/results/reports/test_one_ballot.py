"""One ballot between two quarters and the half-year: nothing that is printed tells it.

Imported, closed and published as the personnel office does it; then every page and every workbook
is read as a stranger would.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.exports.service import export, request_export
from evalsys.foundation.accounts.models import User
from evalsys.ratings.ballots.models import ExclusionReason, Rating
from evalsys.ratings.counting.exclusions import set_aside
from evalsys.results.closing.service import correct, publish
from evalsys.results.reports.sheets.registry import all_books
from evalsys.scores.models import MemberScore, SectionScore
from evalsys.scores.publication import printed
from evalsys.scores.rules.disclosure import Extent
from tests.factories import make_section, make_staff, make_user
from tests.world import NOW, TODAY

HEAD = "section_code,staff_no,served_on,group,attitude,work_style,efficiency,competence"
MANY = [("QY01", "000217", "4,4,5,4"), ("QY02", "000301", "4,4,4,4"), ("QY02", "000302", "5,4,4,4")]
FIRST, SECOND, HALF = "2026-Q1", "2026-Q2", "2026-H1"


def past_ratings() -> str:
    lines = [HEAD]
    for section, number, levels in MANY:
        for day in ("2026-02-10", "2026-05-12"):
            lines += [f"{section},{number},{day},recipient,{levels}"] * 40
    lines += ["QY01,000218,2026-02-10,recipient,5,5,5,5"] * 10
    lines += ["QY01,000218,2026-05-12,recipient,1,2,1,2"]  # The one ballot.
    return "\n".join(lines)


@pytest.fixture
def hr(app: Flask, tmp_path: Path, sign_in: Callable[[User], FlaskClient]) -> Iterator[FlaskClient]:
    """Import, close and publish; return the browser of the personnel office."""
    for code, numbers in (("QY01", ("000217", "000218")), ("QY02", ("000301", "000302"))):
        section = make_section(code=code, name=f"{code}科")
        for number in numbers:
            make_staff(section, number=number, name=f"某{number}")
    with time_machine.travel(NOW, tick=False):
        file = tmp_path / "27.csv"
        file.write_text(past_ratings())
        run = app.test_cli_runner().invoke
        assert run(args=["ratings", "import", str(file)]).exit_code == 0
        for code in (FIRST, SECOND, HALF):
            done = run(args=["closing", "run", code, "--yes"])
            assert done.exit_code == 0, done.output
            publish(make_user(Role.HR).actor, code, now=NOW)
        yield sign_in(make_user(Role.HR))


def row_of(model: Any, code: str, section: str, number: str = "") -> Any:
    rows = db.session.scalars(select(model)).all()
    return next(
        row
        for row in rows[::-1]
        if row.result.period.code == code
        and row.section.code == section
        and (not number or row.staff.number == number)
    )


def words(page: str) -> str:
    """Return the text of the main part of a page, without the digest of the result."""
    text = re.sub(r"<[^>]+>", " ", page[page.index("<main") :])
    return re.sub(r"digest [0-9a-f]+", "digest", text)


def test_the_half_year_tells_nothing_of_the_one_ballot_on_any_page(hr: FlaskClient) -> None:
    section = row_of(SectionScore, HALF, "QY01")
    seat = row_of(MemberScore, HALF, "QY01", "000218")
    told = {f"{value:.2f}" for value in (section.total, section.rate, seat.score)}
    told |= {f"{value:.1f}" for value in (seat.attitude, seat.work_style)}
    pages = [
        f"/sections/QY01/{HALF}",
        f"/members/000218/{HALF}",
        f"/sections?period={HALF}",
        f"/ranking?period={HALF}",
        f"/results/{HALF}",
        "/",
    ]
    for path in pages:
        text = words(hr.get(path).text)
        assert not told & set(re.findall(r"\d+\.\d+", text)), path
        assert "91" not in re.findall(r"(?<![\d.])\d+(?![\d.])", text), path
    assert "Not shown for this period" in hr.get(f"/sections/QY01/{HALF}").text
    assert "Not shown for this period" in hr.get(f"/members/000218/{HALF}").text


def test_what_needs_not_be_hidden_is_shown(hr: FlaskClient) -> None:
    for code in (FIRST, SECOND, HALF):
        page = hr.get(f"/sections/QY02/{code}").text
        row = row_of(SectionScore, code, "QY02")
        assert f"{row.total:.2f}" in page
        assert row.extent is (Extent.FIGURES if code == HALF else Extent.FULL)
    assert row_of(SectionScore, FIRST, "QY01").extent is Extent.FULL
    assert "85.00" in hr.get(f"/members/000217/{HALF}").text


def test_no_workbook_tells_it_either(hr: FlaskClient, tmp_path: Path) -> None:
    section = row_of(SectionScore, HALF, "QY01")
    seat = row_of(MemberScore, HALF, "QY01", "000218")
    told = {float(value) for value in (section.total, section.rate, seat.score, seat.attitude)}
    for name in all_books():
        for code in (SECOND, HALF):
            path = tmp_path / f"{name}-{code}.xlsx"
            export(request_export(SYSTEM, name, code, {}, lang="zh", now=NOW), path)
            for sheet in load_workbook(path).worksheets[1:]:
                for line in sheet.iter_rows(min_row=2, values_only=True):
                    assert not told & {cell for cell in line if isinstance(cell, float)}
                    levels = [cell for cell in line if cell in {"不满意", "非常不满意"}]
                    assert not levels, (name, code, sheet.title)
                    assert line[4:8] != (1, 2, 1, 2)


def test_a_correction_by_one_ballot_does_not_tell_it(hr: FlaskClient) -> None:
    number = "000301"
    before = row_of(MemberScore, SECOND, "QY02", number)
    rating = db.session.scalars(
        select(Rating).where(Rating.staff_id == before.staff_id, Rating.base_period == SECOND)
    ).first()
    assert rating is not None
    with unit_of_work(SYSTEM) as unit:
        set_aside(
            unit,
            (rating.staff_id, rating.ballot_id),
            reason=ExclusionReason.MISTAKEN,
            grounds="两人核实",
            on=TODAY,
        )
    correct(SYSTEM, SECOND, "误评一份", now=NOW)
    seat, section = (
        row_of(MemberScore, SECOND, "QY02", number),
        row_of(SectionScore, SECOND, "QY02"),
    )
    assert (seat.extent, section.extent) == (Extent.WHOLE, Extent.WHOLE)
    set_committed_value(seat, "has_evidence", value=True)
    assert not printed(seat).has_evidence, "one bit of the exact figures"
    assert row_of(MemberScore, SECOND, "QY02", "000302").extent is Extent.FULL
    text = words(hr.get(f"/sections/QY02/{SECOND}").text)
    assert f"≈{round(section.total)}" in text
    assert f"{section.total:.2f}" not in text
    assert "≈" in words(hr.get(f"/members/{number}/{SECOND}").text)
    assert not {"39", "79"} & set(re.findall(r"(?<![\d.])\d+(?![\d.])", text))
    changes = words(hr.get(f"/periods/{SECOND}/versions/2").text)
    # Whole numbers, not those between the letters of a digest.
    assert not {"39", "79"} & set(re.findall(r"(?<![\w.])\d+(?![\w.])", changes))

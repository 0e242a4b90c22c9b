"""`flask ratings import FILE`: past ratings out of files as offices have them."""

import gzip
import io
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.foundation.uploads.reading.limits import MIB, ReadLimits
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.periods.models import PeriodState
from evalsys.ratings.ballots.models import Channel, RaterGroup, Rating
from evalsys.ratings.history import reader as past_ratings
from tests.factories import make_period, make_section, make_staff

HEAD = (
    "organ_code,section_code,staff_no,served_on,group,channel,service_type,"
    "attitude,work_style,efficiency,competence\n"
)
ROW = "G1,S1,000001,2026-05-04,recipient,import,身份证,5,4,,3\n"
CHINESE = "处室编码,工号,服务日期,评价人类别,服务态度,工作作风,办事效率,业务能力\n"
Import = Callable[..., Result]


def packed(content: bytes) -> bytes:
    """Pack without the time: the name of a test must not depend on when it was collected."""
    return gzip.compress(content, mtime=0)


@pytest.fixture
def import_file(app: Flask, tmp_path: Path) -> Import:
    """Return a function that imports a file with the command."""

    def run(content: bytes | str | Path, name: str = "past.csv", *options: str) -> Result:
        path = content if isinstance(content, Path) else tmp_path / name
        if not isinstance(content, Path):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        result = app.test_cli_runner().invoke(args=["ratings", "import", str(path), *options])
        db.session.rollback()
        return result

    return run


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


CELLS = ["G1", "S1", "000001", datetime(2026, 5, 4), "recipient", "import", "身份证"]  # noqa: DTZ001
SHEET = workbook(HEAD.strip().split(","), [*CELLS, 5, 4, None, 3])


def ratings() -> int:
    return db.session.scalar(select(func.count()).select_from(Rating)) or 0


def levels() -> list[tuple[int | None, ...]]:
    names = ("attitude", "work_style", "efficiency", "competence")
    rows = db.session.execute(select(*(getattr(Rating, name) for name in names)))
    return sorted(map(tuple, rows), key=str)


def nothing_came_of(result: Result, *words: str) -> None:
    """The command refused with a message, not with a traceback, and stored nothing."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    for word in words:
        assert word in result.output
    assert ratings() == 0
    assert db.session.scalar(select(func.count()).select_from(Section)) == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("past.csv", (HEAD + ROW).encode()),
        ("with-mark.csv", b"\xef\xbb\xbf" + (HEAD + ROW).encode()),
        ("excel.csv", (HEAD + ROW).encode("gb18030")),
        ("past.csv.gz", packed((HEAD + ROW).encode())),
        ("excel.csv.gz", packed((HEAD + ROW).encode("gb18030"))),
        ("windows.csv", (HEAD + ROW).replace("\n", "\r\n").encode()),
        ("semicolons.csv", (HEAD + ROW).replace(",", ";").encode()),
        ("tabs.csv", (HEAD + ROW).replace(",", "\t").encode()),
        ("past.xlsx", SHEET),
    ],
)
def test_each_kind_of_file_gives_the_same_rating(
    import_file: Import, name: str, content: bytes
) -> None:
    result = import_file(content, name, "--create-org")
    assert result.exit_code == 0, result.output
    assert "Imported 1 rating; created 1 section and 1 staff." in result.output
    rating = db.session.scalars(select(Rating)).one()
    assert (rating.base_period, rating.service_type) == ("2026-Q2", "身份证")
    assert (rating.rater_group, rating.channel) == (RaterGroup.RECIPIENT, Channel.IMPORT)
    assert levels() == [(5, 4, None, 3)]
    assert db.session.scalars(select(Staff.number)).all() == ["000001"]


def test_headings_and_words_may_be_chinese_and_stand_in_any_order(import_file: Import) -> None:
    make_staff(make_section(code="S1"), number="000001")
    row = "S1,000001,2026.5.4,服务对象,非常满意,满意,不了解,不满意\n"
    assert import_file(f"某市测评记录\n\n{CHINESE}{row}").exit_code == 0
    assert levels() == [(5, 4, None, 2)]


def test_the_second_import_of_a_file_is_refused_unless_it_is_asked_for(
    import_file: Import,
) -> None:
    assert import_file(HEAD + ROW, "a.csv", "--create-org").exit_code == 0
    second = import_file(gzip.compress((HEAD + ROW).encode()), "b.csv.gz", "--create-org")
    assert second.exit_code == 1
    assert "--again" in second.output
    assert ratings() == 1
    assert import_file(HEAD + ROW, "a.csv", "--again").exit_code == 0
    assert ratings() == 2


def test_everything_unknown_stands_in_one_report(import_file: Import) -> None:
    rows = ROW * 2 + ROW.replace("000001", "000002").replace("S1", "S2")
    result = import_file(HEAD + rows)
    nothing_came_of(
        result,
        "Unknown sections:",
        "S1  (2 rows, the first is row 2)",
        "S2  (1 row, the first is row 4)",
        "Unknown staff:",
        "000001  (2 rows, the first is row 2)",
        "000002  (1 row, the first is row 4)",
        "--create-org",
    )


def test_of_many_unknown_people_the_terminal_shows_the_first(import_file: Import) -> None:
    rows = "".join(ROW.replace("000001", f"{n:06}") for n in range(80))
    nothing_came_of(import_file(HEAD + rows), "and 30 more", "80 unknown staff numbers")


def test_every_bad_cell_is_named_with_its_row_and_nothing_is_stored(import_file: Import) -> None:
    rows = (
        ROW,
        ROW.replace("5,4,,3", "6,4,,3"),
        ROW.replace("2026-05-04", "2026-13-04"),
        ROW.replace("2026-05-04", "2099-05-04"),
        ROW.replace("recipient", "boss"),
        ROW.replace("000001", ""),
        ROW.replace("5,4,,3", ",,,"),
    )
    result = import_file(HEAD + "".join(rows), "past.csv", "--create-org")
    nothing_came_of(
        result,
        "Row 3, attitude, 6: ",
        "Row 4, served_on, 2026-13-04",
        "is in the future",
        "Row 6, group, boss",
        "Row 7, staff_no, —: ",
        "Row 8",
        "6 problems",
    )


def test_a_closed_period_takes_no_ratings(import_file: Import) -> None:
    make_period("2026-Q2", state=PeriodState.CLOSED)
    nothing_came_of(import_file(HEAD + ROW, "past.csv", "--create-org"), "period of this day")


HALF = (HEAD + ROW).encode() + ROW.encode().replace("证".encode(), "证".encode()[:-1])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b" \n\n ", "is empty"),
        ("headings.csv", HEAD.encode(), "no ratings in the file"),
        ("other.csv", b"a,b\n1,2\n", "no row with the headings"),
        ("half.csv", HALF, "Line 3 of half.csv"),
        ("scan.csv", b"%PDF-1.7 " + bytes(5000), ".pdf"),
        ("photo.xlsx", b"\xff\xd8\xff\xe0" + bytes(5000), ".jpg"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".xls"),
        ("text.xlsx", (HEAD + ROW).encode(), "damaged"),
        ("unicode.csv", (HEAD + ROW).encode("utf-16"), "UTF-16"),
        ("endless.csv", (HEAD + "x" * 200_000).encode(), "endless"),
        ("cut.csv.gz", packed((HEAD + ROW * 900).encode())[:-12], "cut off or damaged"),
        ("twice.csv.gz", packed(packed(HEAD.encode())), ".gz"),
        ("scan.csv.gz", packed(b"%PDF-1.7 " + bytes(5000)), ".pdf"),
        ("empty.csv.gz", packed(b""), "is empty"),
        ("broken.xlsx", workbook(["a"])[:-400], "damaged"),
    ],
)
def test_what_is_no_table_is_refused_with_a_way_out(
    import_file: Import, name: str, content: bytes, words: str
) -> None:
    nothing_came_of(import_file(content, name, "--create-org"), words)


def test_a_hundred_megabytes_of_nothing_are_refused(import_file: Import, tmp_path: Path) -> None:
    path = tmp_path / "hole.csv"
    path.write_text(HEAD + ROW * 200)
    os.truncate(path, 100 * MIB)  # Zeros that take no place on the disk.
    nothing_came_of(import_file(path, "", "--create-org"), "hole.csv", "endless")


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(
    import_file: Import, tmp_path: Path
) -> None:
    path = tmp_path / "huge.csv"
    path.write_text(HEAD + ROW)
    os.truncate(path, past_ratings.LIMITS.size + 1)
    nothing_came_of(import_file(path), "huge.csv has 300.0 MB")


def test_a_small_file_that_unpacks_without_end_is_refused(
    import_file: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_ratings, "LIMITS", ReadLimits(size=20 * MIB, rows=1_100_000))
    bomb = gzip.compress((HEAD + ROW).encode() + b"\n" * (21 * MIB))
    assert len(bomb) < MIB
    nothing_came_of(import_file(bomb, "bomb.csv.gz"), "unpacks to more than 20 MB")


def test_a_file_that_is_not_there_is_misuse(import_file: Import, tmp_path: Path) -> None:
    assert import_file(tmp_path / "nothing.csv").exit_code == 2

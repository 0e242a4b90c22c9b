from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.calendars.models import CalendarYear
from evalsys.foundation.calendars.notices import NoticeDay
from evalsys.foundation.calendars.queries import find_year, list_days, working_days
from evalsys.foundation.calendars.service import import_year

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
HEADING = "day,working,name\n"
DAYS_OFF = [f"2027-10-{day:02},休,国庆节\n" for day in (1, 4, 5, 6, 7)] + [
    f"2027-05-{day:02},休,劳动节\n" for day in (3, 4, 5, 6, 7)
]
WORKED = "2027-10-09,班,国庆节\n"


def run(app: Flask, *args: str) -> Result:
    db.session.rollback()
    return app.test_cli_runner().invoke(args=["calendars", *args])


def write(folder: Path, *lines: str, name: str = "2027.csv", head: str = HEADING) -> str:
    path = folder / name
    path.write_text(head + "".join(lines), encoding="utf-8")
    return str(path)


@time_machine.travel("2026-11-24T02:00:00Z", tick=False)
def test_a_notice_is_imported_and_counts_at_once(app: Flask, tmp_path: Path) -> None:
    assert working_days().is_provisional(date(2027, 1, 1), date(2027, 1, 1))
    file = write(tmp_path, *DAYS_OFF, WORKED)
    done = run(app, "import", file, "--source", "国办发明电〔2026〕7号")
    assert done.exit_code == 0, done.output
    assert "2027" in done.output
    calendar = working_days()
    assert not calendar.is_provisional(date(2027, 1, 1), date(2027, 12, 31))
    assert calendar.add(date(2027, 9, 30), 2) == date(2027, 10, 9)
    year = find_year(2027)
    assert year is not None
    assert year.source == "国办发明电〔2026〕7号"
    line = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == Action.CALENDAR_IMPORT)
    ).one()
    assert (line.role, line.details) == (Role.SYSTEM, {"days": 11, "source": year.source})


def test_a_second_import_replaces_the_whole_year(app: Flask, tmp_path: Path) -> None:
    run(app, "import", write(tmp_path, *DAYS_OFF, WORKED))
    later = [line.replace("-10-0", "-11-1").replace("-11-14", "-11-12") for line in DAYS_OFF]
    done = run(app, "import", write(tmp_path, *later, "2027-11-08,休,\n", name="new.csv"))
    assert done.exit_code == 0, done.output
    days = {day.day.month for day in list_days(2027)}
    assert days == {5, 11}
    assert len(db.session.scalars(select(CalendarYear).where(CalendarYear.year == 2027)).all()) == 1
    year = find_year(2027)
    assert year is not None
    assert year.source == "new.csv"


def test_the_other_years_stay_as_they_are(app: Flask, tmp_path: Path) -> None:
    before = [(day.day, day.is_working) for day in list_days(2026)]
    assert len(before) > 20
    run(app, "import", write(tmp_path, *DAYS_OFF, WORKED))
    assert [(day.day, day.is_working) for day in list_days(2026)] == before


def test_a_bad_file_changes_nothing_and_says_everything(app: Flask, tmp_path: Path) -> None:
    file = write(tmp_path, *DAYS_OFF, "2027-02-30,maybe,\n")
    done = run(app, "import", file)
    assert done.exit_code == 1
    assert "Row 12, day, 2027-02-30: Write the day as 2027-01-01" in done.output
    assert "Row 12, working, maybe: Write yes or no, 班 or 休" in done.output
    assert "2 cells of the notice are wrong" in done.output
    assert find_year(2027) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("a,b,c\n1,2,3\n", "no row with the headings"),
        (HEADING + "2027-10-01,休,国庆节\n", "only 1 day off"),
        (HEADING + "".join(DAYS_OFF) + "2026-10-01,休,\n", "2026, 2027"),
    ],
)
def test_a_file_that_is_no_notice_is_refused(
    app: Flask, tmp_path: Path, text: str, words: str
) -> None:
    done = run(app, "import", write(tmp_path, text, head=""))
    assert done.exit_code == 1, done.output
    assert words in done.output.lower()
    assert find_year(2027) is None


def test_a_file_that_is_not_there_is_misuse(app: Flask, tmp_path: Path) -> None:
    assert run(app, "import", str(tmp_path / "none.csv")).exit_code == 2


def test_a_year_is_shown_with_its_source(app: Flask) -> None:
    done = run(app, "show", "2026")
    assert done.exit_code == 0
    assert "国务院办公厅关于2026年部分节假日安排的通知" in done.output
    assert "2026-02-28  worked  春节" in done.output
    assert "2026-10-01  off  国庆节" in done.output


def test_what_is_shown_as_a_file_can_be_imported_again(app: Flask, tmp_path: Path) -> None:
    shown = run(app, "show", "2026", "--csv").output
    before = [(day.day, day.is_working, day.name) for day in list_days(2026)]
    source = "国务院办公厅关于2026年部分节假日安排的通知"
    done = run(app, "import", write(tmp_path, shown, head=""), "--source", source)
    assert done.exit_code == 0, done.output
    assert [(day.day, day.is_working, day.name) for day in list_days(2026)] == before


def test_a_transaction_reads_the_calendar_once_and_again_after_an_import(
    app: Flask, statements: list[str]
) -> None:
    day = date(2027, 10, 4)
    assert working_days().is_working(day)
    statements.clear()
    assert working_days().is_working(day)
    assert statements == []
    with unit_of_work(SYSTEM) as unit:
        assert working_days().is_working(day)
        import_year(unit, [NoticeDay(day, False, "国庆节")], source="国办", now=NOW)  # noqa: FBT003
        assert not working_days().is_working(day)
    assert not working_days().is_working(day)


def test_a_year_without_a_notice_says_so(app: Flask) -> None:
    done = run(app, "show", "2031")
    assert done.exit_code == 0
    assert "The notice of 2031 was not imported: weekdays decide." in done.output
    assert run(app, "show", "31").exit_code == 2


@pytest.mark.parametrize(
    ("start", "number", "due"),
    [
        (date(2026, 2, 13), 3, date(2026, 2, 25)),
        (date(2026, 2, 13), 6, date(2026, 2, 28)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2025, 9, 30), 1, date(2025, 10, 9)),
        (date(2024, 2, 9), 1, date(2024, 2, 18)),
    ],
)
def test_the_calendar_that_is_delivered_knows_the_notices(
    app: Flask, start: date, number: int, due: date
) -> None:
    assert working_days().add(start, number) == due

"""Parse a year's notice from the rows of a file. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from evalsys.core.errors import N_, DomainError
from evalsys.foundation.calendars.legal import is_legal_holiday

LEAST_DAYS_OFF = 10  # Every notice so far had at least 18 on Mondays to Fridays.
NAME_LENGTH = 40  # characters
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
WORKING = {
    **dict.fromkeys(("yes", "y", "true", "1", "work", "班", "上班", "是", "调休上班"), True),
    **dict.fromkeys(("no", "n", "false", "0", "off", "休", "放假", "否", "休息"), False),
}


class NoticeProblem(NamedTuple):
    """An error in a row: the column, its value, and the message (a msgid)."""

    row: int
    column: str
    value: str
    message: str


class NoticeRefused(DomainError):
    """The notice has errors; nothing was changed."""

    message = N_("%(problems)s cells of the notice are wrong. The calendar was not changed.")
    status = 422

    def __init__(self, problems: Sequence[NoticeProblem]) -> None:
        super().__init__(problems=len(problems))
        self.problems = problems


@dataclass(frozen=True)
class NoticeDay:
    """A day named by the notice: worked or off."""

    day: date
    is_working: bool
    name: str

    @property
    def is_exception(self) -> bool:
        """Whether the day differs from the weekday rule."""
        return self.is_working != (self.day.weekday() < 5)  # noqa: PLR2004  # Saturday.


def read_notice(rows: Iterable[tuple[int, Mapping[str, object]]]) -> list[NoticeDay]:
    """Parse one year's notice from numbered rows with day, working and name.

    Raises NoticeRefused with all errors, or DomainError if it is not of one year or too short.
    """
    days, problems = [], []
    seen: dict[date, int] = {}
    for number, values in rows:
        of_row = list(_problems(number, values, seen))
        problems += of_row
        day = read_day(values.get("day"))
        if day is not None:
            seen.setdefault(day, number)
        if day is not None and not of_row:
            is_working = WORKING[_plain(values.get("working"))]
            days.append(NoticeDay(day, is_working, _text(values.get("name"))))
    if problems:
        raise NoticeRefused(problems)
    years = Counter(day.day.year for day in days)
    if len(years) != 1:
        raise DomainError(
            N_("The file must hold the days of one year; it holds days of %(years)s."),
            years=", ".join(map(str, sorted(years))) or "—",
            status=422,
        )
    off = sum(day.is_exception and not day.is_working for day in days)
    if off < LEAST_DAYS_OFF:
        raise DomainError(
            N_(
                "The file has only %(found)s days off from Monday to Friday, but at least "
                "%(least)s are needed: an import replaces the whole year."
            ),
            found=off,
            least=LEAST_DAYS_OFF,
            status=422,
        )
    return days


def read_day(value: object) -> date | None:
    """Parse 2027-01-01, 2027/1/1, 2027.1.1, 2027年1月1日 or 20270101; None for anything else."""
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    match = DAY.fullmatch(_plain(value))
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups() if part))
    except ValueError:
        return None


def _problems(
    number: int, values: Mapping[str, object], seen: Mapping[date, int]
) -> Iterator[NoticeProblem]:
    day = read_day(values.get("day"))
    text, working = _text(values.get("day")), _text(values.get("working"))
    if day is None:
        yield NoticeProblem(number, "day", text[:40], N_("Write the day as 2027-01-01"))
    elif day in seen:
        yield NoticeProblem(number, "day", text, N_("This day stands in the file twice"))
    if _plain(working) not in WORKING:
        yield NoticeProblem(number, "working", working[:40], N_("Write yes or no, 班 or 休"))
    elif day is not None and WORKING[_plain(working)] and is_legal_holiday(day):
        yield NoticeProblem(number, "working", text, N_("This is a legal holiday and never worked"))
    name = _text(values.get("name"))
    if len(name) > NAME_LENGTH:
        yield NoticeProblem(number, "name", name[:40], N_("Longer than 40 characters"))


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _plain(value: object) -> str:
    return unicodedata.normalize("NFKC", _text(value)).lower()

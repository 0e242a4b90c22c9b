"""Lists of service events: one row is one service and gets one ticket."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from evalsys.core.audit import Unit
from evalsys.core.errors import N_
from evalsys.foundation.uploads.cells import ExcelError, read_choice, read_code, read_text
from evalsys.foundation.uploads.days import read_date
from evalsys.foundation.uploads.findings import FileNotice
from evalsys.foundation.uploads.lists import Hidden, Wanted, read_list
from evalsys.foundation.uploads.reading.limits import ReadLimits
from evalsys.foundation.uploads.rows import CellProblem, RowReader
from evalsys.ratings.ballots.models import Channel, RaterGroup
from evalsys.ratings.ballots.words import groups_in_files
from evalsys.ratings.tickets.checks import (
    SERVICE_TYPE_LENGTH,
    UNKNOWN_NUMBER,
    ZEROS_LOST,
    EventsRefused,
    ServiceEvent,
)
from evalsys.ratings.tickets.rules.events import ADDRESSEE_LENGTH
from evalsys.ratings.tickets.service import IssuedTicket, find_problems, issue_tickets

# Column -> its accepted headings; the first two are those of our own pages.
COLUMNS = {
    "served_on": ("办理日期", "served_on", "服务日期", "日期", "date", "service day"),
    "staff": ("工号", "staff_no", "staff", "staff_number", "staff_numbers", "服务人员工号"),
    "event_no": ("办件编号", "event_no", "办件号", "业务流水号", "排队号", "event number"),
    "service_type": ("事项", "service_type", "事项名称", "办理事项", "matter"),
    "channel": ("渠道", "channel"),
    "group": ("评价人", "group", "rater_group", "评价人类别", "评价主体"),
    "addressee": ("受邀人", "addressee", "被邀请人", "受邀单位"),
}
REQUIRED = ("served_on", "staff")  # A service needs a number too, an invitation an addressee.
CHANNELS = {
    "纸质": Channel.SLIP,
    "评价单": Channel.SLIP,
    "窗口": Channel.COUNTER,
    "短信": Channel.SMS,
    "网上": Channel.ONLINE,
    **{c.value: c for c in (Channel.SLIP, Channel.COUNTER, Channel.SMS, Channel.ONLINE)},
}
BETWEEN = re.compile(r"[、，,;；/\s]+")
LIMITS = ReadLimits(rows=100_000)
NOBODY = frozenset({UNKNOWN_NUMBER, ZEROS_LOST})


def groups_named() -> dict[str, RaterGroup]:
    """Return the spellings of rater groups in lists -> the group."""
    return {**groups_in_files(), **{group.value: group for group in RaterGroup}}


@dataclass(frozen=True)
class ServiceList:
    """The services of a list that could be read, and the problems of the others."""

    events: Sequence[ServiceEvent]
    problems: Sequence[CellProblem]
    notices: Sequence[FileNotice] = ()


def issue_list(
    unit: Unit, services: ServiceList, *, on: date, most: int | None = None
) -> list[IssuedTicket]:
    """Issue a ticket for each row of a list.

    Raises EventsRefused with the problems of all rows; then nothing is issued. `most` is the
    highest number of tickets, None for no limit.
    """
    events, problems = services.events, list(services.problems)
    if most is not None and len(events) > most:
        text = N_("The list has too many rows for one page; divide it, or use the command")
        problems.append(CellProblem(0, "", str(len(events)), text))
    if not events and not problems:
        problems.append(CellProblem(0, "", "", N_("The list has a heading, but no rows")))
    if problems:
        problems += _further(problems, find_problems(unit.actor, events, on=on))
        raise EventsRefused(sorted(problems, key=lambda problem: problem[:4]))
    return issue_tickets(unit, events, on=on)


def _further(read: list[CellProblem], problems: list[CellProblem]) -> list[CellProblem]:
    """Return further problems of rows with unreadable cells.

    An unreadable cell has its problem already; without a day only unknown staff numbers can be
    checked.
    """
    unread = {(problem.row, problem.field) for problem in read}
    return [
        problem
        for problem in problems
        if (problem.row, problem.field) not in unread
        and ((problem.row, "served_on") not in unread or problem.message in NOBODY)
    ]


def read_services(
    name: str,
    source: bytes | Path,
    *,
    on: date,
    hidden: Hidden = Hidden.ASK,
    limits: ReadLimits = LIMITS,
) -> ServiceList:
    """Read a list of services. No transaction may be open. Raises BadFile."""
    events: list[ServiceEvent] = []
    problems: list[CellProblem] = []
    read = read_list(name, source, Wanted(COLUMNS, REQUIRED, hidden), limits)
    for row in read.rows:
        reader = _ServiceReader(row)
        events.append(reader.event(on))
        problems += reader.problems
    return ServiceList(events, problems, read.notices)


class _ServiceReader(RowReader):
    required = REQUIRED

    def event(self, on: date) -> ServiceEvent:
        """Return the service of the row; an invalid cell is left out, with its problem."""
        served_on = self.cell("served_on", read_date(on, ahead=3650))
        numbers = self._numbers()
        service_type = self.cell("service_type", read_text(SERVICE_TYPE_LENGTH))
        channel = self._word("channel", CHANNELS, Channel.SLIP)
        group = self._word("group", groups_named(), RaterGroup.RECIPIENT)
        day = served_on or on
        addressee = self.cell("addressee", read_text(ADDRESSEE_LENGTH))
        about = (service_type, channel, group, self.row.number, self._event_no(), addressee)
        return ServiceEvent(day, numbers, *about)

    def _event_no(self) -> str | None:
        """Return the service number; Excel must not have rounded it."""
        value = self.row.values.get("event_no")
        read: str | None = value if isinstance(value, str) else self.cell("event_no", read_code)
        return read or None

    def _numbers(self) -> tuple[str, ...]:
        """Return the staff numbers of a cell."""
        value = self.row.values.get("staff")
        parts: Sequence[Any] = [value]
        if isinstance(value, str) and not isinstance(value, ExcelError):
            parts = [part for part in BETWEEN.split(value.strip()) if part]
        if value is None or not parts:
            self.problem("staff", "", N_("Nobody is named who served"))
            return ()
        numbers = (self.read("staff", read_code, part) for part in parts)
        return tuple(number for number in numbers if number is not None)

    def _word(self, column: str, words: dict[str, Any], default: Any) -> Any:
        value = self.cell(column, read_choice(words))
        return default if value is None else value


def heading(column: str) -> str:
    """Return the heading of a column on our own pages; — for the whole list."""
    return COLUMNS[column][0] if column else "—"

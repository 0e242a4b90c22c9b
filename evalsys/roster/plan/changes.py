"""The snapshot of the database that an import is compared with, and the plan. Pure."""

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from evalsys.core.errors import N_
from evalsys.foundation.uploads.cells import Remark
from evalsys.foundation.uploads.findings import FileNotice
from evalsys.organisation.org.rules import Assignment, Ref, Write
from evalsys.organisation.periods.rules import period_of
from evalsys.roster.parsing import CLEARED, Roster, RosterEntry

FIRST_YEAR = 2000  # Periods are written 20xx.
EVERYBODY = "*"  # in the decisions on names: whoever has none of their own
COUNTED = ("new", "changed", "unchanged", "left")
Stored = Mapping[str, Any]  # A row of the database: column -> value.


class Naming(StrEnum):
    """What a name that differs from the stored one is: a new one, or a slip of the file."""

    NEW = "new"
    STORED = "stored"


@dataclass(frozen=True)
class Rename:
    """A person whose name in the file differs from the stored one."""

    number: str
    stored: str
    given: str


@dataclass
class State:
    """A snapshot of the database, limited to the file and the actor's scope.

    `sections` are those in scope; `taken` are section codes of other organs. `numbers` are all
    staff numbers, `elsewhere` those of people out of scope; `names` maps names to numbers.
    """

    organs: Mapping[str, Stored] = field(default_factory=dict)
    sections: Mapping[str, Stored] = field(default_factory=dict)
    staff: Mapping[str, Stored] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    postings: Mapping[int, Sequence[Assignment]] = field(default_factory=dict)
    statuses: Mapping[int, Sequence[Assignment]] = field(default_factory=dict)
    chiefs: Mapping[int, Sequence[Assignment]] = field(default_factory=dict)
    leaders: Mapping[int, Sequence[Assignment]] = field(default_factory=dict)
    own_organ: str | None = None
    base_kind: str = "quarter"
    sealed: Sequence[tuple[date, date, str]] = ()

    def section_name(self, section_id: int) -> str:
        """Return the name of a section in scope; — for any other."""
        names = (row["name"] for row in self.sections.values() if row["id"] == section_id)
        return str(next(names, "—"))


@dataclass(frozen=True)
class RosterChange:
    """A row of the list of changes. `effect` is a message id with `params`; "" means none.

    `code` is a staff number or section code; `column` is a column key, "new" or "left".
    """

    sheet: str
    code: str
    name: str
    column: str
    before: str
    after: str
    effect: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class RosterPlan:
    """The plan of an import. `counts` are of people, `section_counts` of sections."""

    roster: Roster
    state: State
    on: date
    complete: bool
    changes: list[RosterChange] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    section_counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    new_sections: dict[str, date] = field(default_factory=dict)
    new_staff: set[str] = field(default_factory=set)
    # Staff id -> the section that they leave, and the first day after.
    moved: dict[int, tuple[int, date]] = field(default_factory=dict)
    # Staff number -> the section code and first day of a posting started by this file.
    begun: dict[str, tuple[str, date]] = field(default_factory=dict)
    names: Mapping[str, Naming] = field(default_factory=dict)
    renames: list[Rename] = field(default_factory=list)

    def naming(self, number: str) -> Naming | None:
        """Return what was decided on the name of a person, None if nothing was."""
        return self.names.get(number, self.names.get(EVERYBODY))

    def section(self, code: str) -> int | Ref | None:
        """Return the section of a code: an id, a Ref if it is new, None if it is unknown."""
        row = self.state.sections.get(code)
        if row is not None:
            return int(row["id"])
        return Ref("section", code) if code in self.new_sections else None

    def person(self, number: str) -> int | Ref | None:
        """Return the person of a staff number: an id, a Ref if new, None if unknown."""
        row = self.state.staff.get(number)
        if row is not None:
            return int(row["id"])
        return Ref("staff", number) if number in self.new_staff else None

    def refuse(
        self, entry: RosterEntry, column: str, problem: str, advice: str = "", **params: Any
    ) -> None:
        """Add an error about a cell."""
        self.roster.complain(entry, column, Remark(problem, advice, params))

    def warn(
        self, entry: RosterEntry, column: str, problem: str, advice: str = "", **params: Any
    ) -> None:
        """Add a remark about a cell."""
        remark = Remark(problem, advice, params)
        self.roster.complain(entry, column, remark, is_error=False)

    def notice(self, message: str, **params: Any) -> None:
        """Add a notice about the file."""
        self.roster.notices.append(FileNotice(message, params))

    def change(self, table: str, row: Stored, values: Mapping[str, Any]) -> dict[str, Any]:
        """Plan the given values of a row that differ from the stored ones, and return them."""
        after = {key: filled(value) for key, value in values.items() if filled(value) != row[key]}
        if after:
            before = {key: row[key] for key in after}
            self.writes.append(Write(table, row["id"], before, after))
        return after

    @property
    def errors(self) -> int:
        """The number of rows with an error."""
        return len(self.roster.refused)

    @property
    def digest(self) -> str:
        """The SHA-256 of all writes, to recognise an equal plan."""
        text = json.dumps([asdict(write) for write in self.writes], default=str, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def sealed_on(self, day: date) -> str | None:
        """Return the code of a closed period that contains a day, or None."""
        return next((code for start, last, code in self.state.sealed if start <= day <= last), None)


def filled(value: Any) -> Any:
    """Return the value of a cell as it is stored; None for `<清空>`."""
    return None if value is CLEARED else value


def suggest(word: str, known: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return an advice with the most similar known code, and its parameters."""
    close = [code for code in known if code.casefold() == word.casefold()]
    close += difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if not close:
        return N_("Look the code up, or add the row in sheet 单位科室"), {}
    return N_("Is it %(code)s (%(name)s)?"), {"code": close[0], "name": known[close[0]]}


def warn_case(
    plan: RosterPlan, entries: Iterable[RosterEntry], key: str, known: Iterable[str]
) -> None:
    """Warn of codes that differ only in case."""
    entries = [entry for entry in entries if isinstance(entry.values.get(key), str)]
    known = sorted(known)
    first: dict[str, str] = {}
    for code in (*known, *(entry.values[key] for entry in entries)):
        first.setdefault(code.casefold(), code)
    for entry in entries:
        code = entry.values[key]
        other = first[code.casefold()]
        if other != code:
            problem = N_("Differs from %(code)s only in capital letters")
            advice = N_("If both are the same, write it in one way")
            plan.warn(entry, key, problem, advice, code=other)


def effect_of_move(plan: RosterPlan, day: date) -> tuple[str, dict[str, str]]:
    """Return the effect of a transfer on a day as a message id with parameters."""
    sealed = plan.sealed_on(day)
    if sealed:
        words = N_("From %(day)s; %(period)s is closed and its figures stay as they are")
        return words, {"day": day.isoformat(), "period": sealed}
    span = period_of(day, plan.state.base_kind) if day.year >= FIRST_YEAR else None
    if span is None or day == span.starts_on:
        return N_("From %(day)s"), {"day": day.isoformat()}
    words = N_("From %(day)s; in %(period)s both sections count a part")
    return words, {"day": day.isoformat(), "period": span.code}


def doubled(entries: Iterable[RosterEntry], key: str) -> dict[int, int]:
    """Map rows to an earlier row with the same key."""
    first: dict[str, int] = {}
    twins = {}
    for entry in entries:
        value = entry.values.get(key)
        if value is not None:
            earlier = first.setdefault(value, entry.row)
            if earlier != entry.row:
                twins[entry.row] = earlier
    return twins


def section_words(plan: RosterPlan, code: str) -> str:
    """Return the name of a section, of the database or of the file; else its code."""
    row = plan.state.sections.get(code)
    if row is not None:
        return str(row["name"])
    names = (e.values.get("name") for e in plan.roster.sections if e.values.get("code") == code)
    return next((name for name in names if name), code)

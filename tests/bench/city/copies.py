"""Twenty thousand cases: the cases of the demo, each copied with all that hangs on it.

The demo lays a case down in every state of every kind, with the steps, terms, notices and papers
that people would have made. A copy is about somebody else, has numbers and keys of its own, and
what tells of its own rows (a step that is contested, the key of a notice) tells of the copy's.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, cycle
from typing import Any

from sqlalchemy import Table, func, select

from evalsys.cases.engine.kinds import all_kinds
from evalsys.cases.engine.models import Subject
from evalsys.core.extensions import db, metadata
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import ChiefTerm
from tests.bench.city.bulk import add, highest
from tests.bench.city.people import Place

# Cases of each kind. A stay and a remedy bring the return along on which they rest.
WANTED = {
    "review": 14_900, "chief": 1_000, "commendation": 700, "return": 800, "pool": 1_000,
    "remedy": 300,
}  # fmt: skip
CLOSED_SHARE = {"pool": 0.0}  # How many of a kind are closed, if not one half: the pool is full.
OF_CHIEFS = {"chief", "commendation"}
FILES = "attachment"  # Not copied: their bytes lie in a folder.
WEEKS = 30  # over which closed cases are spread backwards
KEY = re.compile(r"^(case|deadline):(\d+)(?::step:(\d+))?")
Row = dict[str, Any]
Keys = dict[str, dict[Any, Any]]  # table -> key of the row copied -> key of the copy


@dataclass
class Family:
    """A case of the demo with those that it rests on, and every row that hangs on them."""

    kind: str
    state: str
    section: int
    person: int
    rows: dict[Table, list[Row]] = field(default_factory=lambda: defaultdict(list))

    @property
    def is_closed(self) -> bool:
        """Whether the case has ended."""
        return self.state in all_kinds()[self.kind].machine.finals


def copy_cases(places: Sequence[Place]) -> int:
    """Copy the cases that there are until the city has enough of each kind (a step)."""
    families = list(list_families())
    chiefs = cycle((place, place.chief) for place in places)
    members = cycle(
        (place, place.staff[nth]) for nth in range(1, len(places[0].staff)) for place in places
    )
    copier = _Copier()
    for family in families:
        for nth in range(_copies(family, families)):
            place, who = next(chiefs if family.kind in OF_CHIEFS else members)
            copier.copy(family, place, who, weeks=nth % WEEKS if family.is_closed else 0)
    return {table.name: add(table, rows) for table, rows in copier.rows.items()}["subject"]


def _copies(family: Family, families: Sequence[Family]) -> int:
    this = family.kind, family.is_closed
    alike = [one for one in families if (one.kind, one.is_closed) == this]
    share = CLOSED_SHARE.get(family.kind, 0.5)
    share = share if family.is_closed else 1 - share
    return round(WANTED[family.kind] * share / len(alike))


def _tables() -> list[Table]:
    """Return the tables whose rows belong to a case, parents first."""
    found = [metadata.tables["subject"]]
    for table in metadata.sorted_tables:
        parents = {key.column.table for key in table.foreign_keys}
        if table.name != FILES and table not in found and parents & set(found):
            found.append(table)
    return found


def _key_of(table: Table) -> str:
    return next(iter(table.primary_key)).name


def _all(table: Table) -> Sequence[Any]:
    """Return every row of a table in the order of their keys, so that origins come first."""
    return db.session.execute(select(table).order_by(*table.primary_key)).mappings().all()


def list_families() -> Iterator[Family]:
    """Yield the last case of each line of wanted cases, with all rows of the line."""
    tables = _tables()
    parties = metadata.tables["party"]
    rows = {table: [dict(row) for row in _all(table)] for table in tables}
    cases = {row["id"]: row for row in rows[tables[0]]}
    wanted = {key: row for key, row in cases.items() if row["kind"] in WANTED}
    origins = {row["origin_id"] for row in wanted.values()}
    owner: dict[tuple[str, Any], int] = {("subject", key): key for key in cases}
    for table in tables[1:]:
        for row in rows[table]:
            parents = ((key, row[key.parent.name]) for key in table.foreign_keys)
            held = [(key.column.table.name, value) for key, value in parents]
            for parent in [one for one in held if one in owner][:1]:  # A visit may have no matter.
                owner[table.name, row[_key_of(table)]] = owner[parent]
    for key, case in wanted.items():
        if key in origins:
            continue
        last, line, origin = case, {key}, case["origin_id"]
        while origin:
            line.add(origin)
            origin = cases[origin]["origin_id"]
        who = {row["duty"]: row for row in rows[parties] if row["subject_id"] == key}
        section, person = who["owner"]["section_id"], who["person"]["staff_id"]
        family = Family(last["kind"], last["state"], section, person)
        for table in tables:
            family.rows[table] = [
                row for row in rows[table] if owner.get((table.name, row[_key_of(table)])) in line
            ]
        yield family


class _Copier:
    """Makes the rows of copies, for each table."""

    def __init__(self) -> None:
        self.rows: dict[Table, list[Row]] = {table: [] for table in _tables()}
        self._ids = {table: count(highest(table) + 1) for table in self.rows if "id" in table.c}
        users = select(User.staff_id, User.id).where(User.staff_id.is_not(None))
        self._accounts = dict(db.session.execute(users).tuples().all())
        led = select(ChiefTerm.section_id, ChiefTerm.staff_id).where(ChiefTerm.ended_on.is_(None))
        self._chiefs = dict(db.session.execute(led).tuples().all())
        last = select(Subject.kind, Subject.year, func.max(Subject.serial))
        numbers = db.session.execute(last.group_by(Subject.kind, Subject.year)).tuples()
        self._serials = defaultdict(int, {(kind, year): most for kind, year, most in numbers})

    def copy(self, family: Family, place: Place, person: int, *, weeks: int) -> None:
        """Copy a line of cases, about somebody else, so many weeks earlier."""
        back = timedelta(weeks=weeks)
        new: Keys = {
            "staff": {family.person: person},
            "section": {family.section: place.section},
            "user": self._users(family, place, person),
        }
        for table, rows in family.rows.items():
            if table in self._ids:
                new[table.name] = {row["id"]: next(self._ids[table]) for row in rows}
        for table, rows in family.rows.items():
            for row in rows:
                made = {name: _earlier(value, back) for name, value in row.items()}
                if table in self._ids:
                    made["id"] = new[table.name][row["id"]]
                for key in table.foreign_keys:
                    name = key.parent.name
                    made[name] = new.get(key.column.table.name, {}).get(row[name], row[name])
                self._finish(table.name, made, new)
                if table.name != "notice" or made["user_id"] is not None:
                    self.rows[table].append(made)

    def _users(self, family: Family, place: Place, person: int) -> dict[Any, Any]:
        """Return whose account stands for whose: a person's for the person's, if there is one."""
        chief = self._accounts.get(self._chiefs.get(family.section))
        own = self._accounts.get(family.person)
        found: dict[Any, Any] = {chief: place.chief_account, own: self._accounts.get(person)}
        return {user: one for user, one in found.items() if user is not None}

    def _finish(self, name: str, made: Row, new: Keys) -> None:
        """Give a row the number and the words that are its own."""
        if name == "notice":
            made["key"] = KEY.sub(lambda found: _key(found, new), made["key"])
        if name == "subject":
            year, grounds = made["opened_at"].year, made["grounds"]
            self._serials[made["kind"], year] += 1
            made |= {"year": year, "serial": self._serials[made["kind"], year]}
            if "step_id" in grounds:
                made["grounds"] = {**grounds, "step_id": new["case_step"][grounds["step_id"]]}


def _key(found: re.Match[str], new: Keys) -> str:
    what, key, step = found.groups()
    said = f"{what}:{new['subject' if what == 'case' else 'deadline'][int(key)]}"
    return f"{said}:step:{new['case_step'][int(step)]}" if step else said


def _earlier(value: Any, back: timedelta) -> Any:
    return value - back if isinstance(value, date) else value

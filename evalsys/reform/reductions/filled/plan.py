"""What a filled-in sheet would change, and entering exactly that, all or nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from evalsys.core.audit import Unit, lock_until_commit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.uploads.rows import CellProblem
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.queries import visible_to
from evalsys.reform.reductions.filled.cells import FilledRow, FilledSheet
from evalsys.reform.reductions.models import MatterVersion, ServiceMatter
from evalsys.reform.reductions.queries import counting
from evalsys.reform.reductions.service import MATTERS_LOCK, add_version, draft_version

MOST_CHANGES = 100  # carried by one page from the preview to the confirmation


@dataclass(frozen=True)
class MatterChange:
    """A row that brings a matter or a version; `before` is what counts on its day, None if new."""

    filled: FilledRow
    draft: MatterVersion
    matter: ServiceMatter | None
    before: MatterVersion | None
    last: int

    @property
    def is_correction(self) -> bool:
        """Whether it replaces a version of the same day."""
        return self.before is not None and self.before.starts_on == self.draft.starts_on


@dataclass(frozen=True)
class MatterPlan:
    """What rows would change, how many are as before, and their problems."""

    changes: Sequence[MatterChange]
    same: int
    problems: Sequence[CellProblem]

    @property
    def seen(self) -> dict[str, int]:
        """Return code -> the number of the last version that was looked at; 0 for none."""
        return {change.filled.code: change.last for change in self.changes}

    @property
    def new(self) -> int:
        """How many matters would be taken up."""
        return sum(change.matter is None for change in self.changes)


MATTERS_CHANGED = N_(
    "Service matters have changed since you looked: nothing was entered. Look again at what would "
    "change."
)


def list_sections(actor: Actor, on: date) -> dict[str, Section]:
    """Return code -> the sections that the actor may give a matter to."""
    query = select(Section).where(visible_to(actor, on, on))
    return {row.code: row for row in db.session.scalars(query)}


def plan_sheet(actor: Actor, sheet: FilledSheet, on: date) -> MatterPlan:
    """Return what a sheet would change, with all problems in row order."""
    if any(problem.row == 0 for problem in sheet.problems):
        return MatterPlan([], 0, sheet.problems)
    plan = plan_rows(actor, sheet.rows, on)
    problems = sorted([*sheet.problems, *plan.problems], key=lambda problem: problem[:3])
    if len(plan.changes) > MOST_CHANGES:
        text = N_("%(rows)s service matters would change, at most %(most)s at once. Divide it")
        params = {"rows": len(plan.changes), "most": MOST_CHANGES}
        problems = [CellProblem(0, "", "", text, params)]
    return MatterPlan(plan.changes, plan.same, problems)


def plan_rows(actor: Actor, rows: Sequence[FilledRow], on: date) -> MatterPlan:
    """Return what rows would change; each matter stands in one of them."""
    sections = list_sections(actor, on)
    known = _known({one.code for one in rows})
    changes, problems, same = list[MatterChange](), list[CellProblem](), 0
    first: dict[str, int] = {}
    for one in rows:
        matter, versions = known.get(one.code, (None, []))
        wrong = _wrong(one, matter, versions, sections, on)
        earlier = first.setdefault(one.code, one.row)
        if earlier != one.row:
            wrong = ("code", one.code, TWICE, {"row": earlier})
        if wrong:
            problems.append(CellProblem(one.row, *wrong))
            continue
        before = _before(versions, one.entry.starts_on)
        if before is not None and _is_same(before, one):
            same += 1
            continue
        draft = draft_version(one.entry, sections[one.entry.section])
        last = versions[-1].number if versions else 0
        changes.append(MatterChange(one, draft, matter, before, last))
    return MatterPlan(changes, same, problems)


TWICE = N_("Row %(row)s is about this matter already")
Wrong = tuple[str, str, str, Mapping[str, Any]]


def _wrong(
    one: FilledRow,
    matter: ServiceMatter | None,
    versions: Sequence[MatterVersion],
    sections: Mapping[str, Section],
    on: date,
) -> Wrong | None:
    """Return what is wrong with a row beside what is on file: column, value, message, params."""
    day = one.entry.starts_on
    if one.entry.section not in sections:  # Since the sheet was looked at.
        words = N_("There is no section %(code)s that this can be given to.")
        return "section", one.entry.section, words, {"code": one.entry.section}
    if matter is None:
        words = N_("The first version is how it is done today")
        return ("starts_on", day.isoformat(), words, {}) if day > on else None
    if _before(versions, on) is None or _handled_by(versions, on) not in sections:
        return "code", one.code, N_("This matter is handled by a section out of your scope"), {}
    if _plain(matter.name) != _plain(one.name):
        words = N_("The matter with this code is called “%(name)s”")
        return "name", one.name, words, {"name": matter.name}
    if day < versions[0].starts_on and _before(versions, day) is None:
        start = min(version.starts_on for version in versions)
        words = N_("Not before the first version: %(day)s")
        return "starts_on", day.isoformat(), words, {"day": start}
    return None


def _known(codes: set[str]) -> dict[str, tuple[ServiceMatter, list[MatterVersion]]]:
    """Return code -> the matter and all its versions, in the order in which they were entered."""
    query = (
        select(MatterVersion)
        .join(MatterVersion.matter)
        .where(ServiceMatter.code.in_(codes))
        .options(
            joinedload(MatterVersion.matter),
            joinedload(MatterVersion.section),
            selectinload(MatterVersion.rows),
        )
        .order_by(MatterVersion.number)
    )
    found: dict[str, list[MatterVersion]] = defaultdict(list)
    for version in db.session.scalars(query):
        found[version.matter.code].append(version)
    return {code: (versions[0].matter, versions) for code, versions in found.items()}


def _before(versions: Sequence[MatterVersion], day: date) -> MatterVersion | None:
    """Return the version that counts on a day, None before the first."""
    earlier = [one for one in counting(versions) if one.starts_on <= day]
    return earlier[-1] if earlier else None


def _handled_by(versions: Sequence[MatterVersion], on: date) -> str:
    now = _before(versions, on)
    return now.section.code if now else ""


def _is_same(before: MatterVersion, one: FilledRow) -> bool:
    """Return whether a version says what a row says, from the same day on."""
    entry = one.entry
    return (
        (before.starts_on, before.section.code) == (entry.starts_on, entry.section)
        and before.figures == entry.figures
        and before.steps == list(entry.steps)
        and _plain(before.basis) == _plain(entry.basis)
    )


def _plain(text: str) -> str:
    return " ".join(text.split())


def enter_rows(
    unit: Unit, rows: Sequence[FilledRow], *, now: datetime, shown: Mapping[str, int]
) -> MatterPlan:
    """Enter what rows change, all or nothing. Raises DomainError unless it is what was shown."""
    lock_until_commit(MATTERS_LOCK)
    plan = plan_rows(unit.actor, rows, local_day(now))
    if plan.problems or plan.seen != shown:
        raise DomainError(MATTERS_CHANGED)
    matters = {
        change.filled.code: change.matter
        or ServiceMatter(code=change.filled.code, name=change.filled.name)
        for change in plan.changes
    }
    db.session.add_all(matters.values())
    db.session.flush()
    for change in plan.changes:
        add_version(unit, matters[change.filled.code], change.last + 1, change.draft, now=now)
    return plan

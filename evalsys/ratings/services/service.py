"""Entering numbers of services handled: previewed, then applied as shown.

They are the reference for tickets (ADR 36): nobody enters them for themselves, their own section or
one they lead, and a replaced number stays in the audit log.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from evalsys.core.audit import Unit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.rows import batched
from evalsys.foundation.uploads.rows import CellProblem
from evalsys.organisation.org.rules import covers
from evalsys.ratings.services.models import ServicesHandled
from evalsys.ratings.tickets.checks import unknown_number
from evalsys.ratings.tickets.queries import Spell, may_issue_for, meant_by, namesakes, spells_in

MOST_SERVICES = 9999  # of one person on a day
FUTURE = N_("This day is in the future")
NOT_HERE = N_(
    "On %(day)s this person belonged to no section that you may enter numbers for: it has to be "
    "in your organ, and nobody enters them for themselves, their own section or one that they lead"
)
TWO_SECTIONS = N_("On %(day)s this person belonged to two sections: correct the roster first")
TWICE = N_("Row %(row)s has a number for this person and day already")
NAMESAKE = N_(
    "Has the name of your account, which is tied to no person: nobody can tell whether it is you. "
    "Ask the security administrator to tie it"
)

Key = tuple[date, int]  # day of service, staff id


class NumberEntry(NamedTuple):
    """A number to enter for a person and day, with its row in the sheet."""

    served_on: date
    number: str
    services: int
    row: int = 1


class NumberChange(NamedTuple):
    """A number that is new or differs; `before` is None if there was none."""

    served_on: date
    staff_id: int
    section_id: int
    number: str
    name: str
    services: int
    before: int | None


@dataclass(frozen=True)
class NumberPlan:
    """What entries would change, how many are unchanged, and their problems."""

    changes: Sequence[NumberChange]
    same: int
    problems: Sequence[CellProblem]


class NumbersRefused(DomainError):
    """Some numbers are invalid; none was entered."""

    message = N_("%(problems)s places need attention. No number was entered.")
    status = 422

    def __init__(self, problems: Sequence[CellProblem]) -> None:
        super().__init__(problems=len(problems))
        self.problems = problems


class ChangedMeanwhile(DomainError):
    """The changes are no longer those that were shown."""

    message = N_(
        "Numbers or the roster have changed since you looked: nothing was entered. Look again at "
        "what would change."
    )
    status = 409


def plan_entries(actor: Actor, entries: Sequence[NumberEntry], *, on: date) -> NumberPlan:
    """Return what entries would change, and all their problems."""
    if not entries:
        return NumberPlan([], 0, [])
    days = [entry.served_on for entry in entries]
    allowed = may_issue_for(actor, min(days), max(days), for_colleagues=False)
    numbers = {entry.number for entry in entries}
    spells = spells_in(allowed, numbers, min(days), max(days))
    meant = meant_by(allowed, numbers - spells.keys(), min(days), max(days))
    places = {entry: _place(spells, entry) for entry in entries}
    problems = [*_twice(entries)]
    known = _Known(spells, meant, namesakes(actor))
    problems += [each for entry in entries for each in _problems(actor, entry, known, on)]
    people = {here[0].staff_id for here in places.values() if here}
    present = _present(people, (min(days), max(days)))
    wrong = {problem.row for problem in problems}
    changes: list[NumberChange] = []
    for entry, here in places.items():
        if entry.row not in wrong:
            row = present.get((entry.served_on, here[0].staff_id))
            wanted = (entry.services, here[0].section_id)
            if row is None or (row.services, row.section_id) != wanted:
                changes.append(_change(entry, here[0], row))
    changes.sort(key=lambda change: (change.before is None, change.served_on, change.number))
    return NumberPlan(
        changes,
        len(entries) - len(changes) - len(wrong),
        sorted(problems, key=lambda problem: problem[:3]),
    )


def _change(entry: NumberEntry, spell: Spell, row: ServicesHandled | None) -> NumberChange:
    before = None if row is None else row.services
    place = (spell.staff_id, spell.section_id, entry.number, spell.name)
    return NumberChange(entry.served_on, *place, entry.services, before)


def _place(spells: Mapping[str, Sequence[Spell]], entry: NumberEntry) -> list[Spell]:
    return [spell for spell in spells.get(entry.number, ()) if covers(spell, entry.served_on)]


def _twice(entries: Sequence[NumberEntry]) -> Iterator[CellProblem]:
    first: dict[tuple[date, str], int] = {}
    for entry in entries:
        earlier = first.setdefault((entry.served_on, entry.number), entry.row)
        if earlier != entry.row:
            yield CellProblem(entry.row, "staff", entry.number, TWICE, {"row": earlier})


class _Known(NamedTuple):
    """What a list is checked against, by staff number; `namesakes` may be the actor."""

    spells: Mapping[str, Sequence[Spell]]
    meant: Mapping[str, str]
    namesakes: Collection[str]


def _problems(actor: Actor, entry: NumberEntry, known: _Known, on: date) -> Iterator[CellProblem]:
    here, day = _place(known.spells, entry), entry.served_on.isoformat()
    if entry.served_on > on:
        yield CellProblem(entry.row, "served_on", day, FUTURE)
    elif entry.number not in known.spells:
        yield unknown_number(entry.row, entry.number, known.meant)
    elif entry.number in known.namesakes:
        yield CellProblem(entry.row, "staff", entry.number, NAMESAKE)
    elif not here:
        yield CellProblem(entry.row, "staff", entry.number, NOT_HERE, {"day": day})
    elif len(here) > 1:
        yield CellProblem(entry.row, "staff", entry.number, TWO_SECTIONS, {"day": day})
    elif here[0].staff_id == actor.staff_id:
        yield CellProblem(entry.row, "staff", entry.number, NOT_HERE, {"day": day})


def _present(people: set[int], span: tuple[date, date]) -> dict[Key, ServicesHandled]:
    """Return the numbers entered for some people between two days."""
    query = select(ServicesHandled).where(ServicesHandled.served_on.between(*span))
    return {
        (row.served_on, row.staff_id): row
        for part in batched(sorted(people))
        for row in db.session.scalars(query.where(ServicesHandled.staff_id.in_(part)))
    }


def enter_services(
    unit: Unit,
    entries: Sequence[NumberEntry],
    *,
    on: date,
    shown: Sequence[NumberChange] | None = None,
) -> NumberPlan:
    """Enter numbers of services handled; replaced numbers stay in the audit log.

    Raises NumbersRefused with the problems of all rows, then nothing is entered; ChangedMeanwhile
    if the changes are not those `shown`.
    """
    plan = plan_entries(unit.actor, entries, on=on)
    if plan.problems:
        raise NumbersRefused(plan.problems)
    if shown is not None and list(plan.changes) != list(shown):
        raise ChangedMeanwhile
    days = [change.served_on for change in plan.changes]
    people = {change.staff_id for change in plan.changes}
    present = _present(people, (min(days), max(days))) if days else {}
    for change in plan.changes:
        key = {"served_on": change.served_on, "staff_id": change.staff_id}
        row = present.get((change.served_on, change.staff_id)) or ServicesHandled(**key)
        row.section_id, row.services = change.section_id, change.services
        row.entered_by, row.entered_on = unit.actor.user_id, on
        db.session.add(row)
    _record(unit, plan)
    return plan


def _record(unit: Unit, plan: NumberPlan) -> None:
    """Record an entry for each number replaced, and one for all new ones."""
    new = [change for change in plan.changes if change.before is None]
    several = new if len(new) > 1 else []
    for change in plan.changes:
        if change not in several:
            unit.record(
                Action.HANDLED_ENTER,
                change.number,
                day=change.served_on.isoformat(),
                before=change.before,
                services=change.services,
            )
    if several or not plan.changes:
        days = [change.served_on.isoformat() for change in several] or [""]
        unit.record(
            Action.HANDLED_ENTER,
            "list",
            new=len(several),
            unchanged=plan.same,
            since=min(days),
            until=max(days),
            people=len({change.staff_id for change in several}),
        )

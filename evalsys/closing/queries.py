"""Reads of closings: what stands in the way, proposals, publications, versions compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import joinedload

from evalsys.closing.models import Proposal, Publication
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.org.models import Organ, Section, Staff
from evalsys.periods.models import Period, PeriodState
from evalsys.periods.queries import base_codes
from evalsys.periods.rules import parse_period
from evalsys.ratings.counting import IntakeCounts, intake_counts
from evalsys.ratings.models import Ticket
from evalsys.scores.assembly import KEYS
from evalsys.scores.models import MemberScore, Result, SectionScore

# No ticket is valid for longer after its service: 30 working days and two long holidays.
LONGEST_WINDOW = timedelta(days=90)


class ClosedBefore(DomainError):
    """A period is closed once; a later change is a correction."""

    message = N_(
        "%(code)s was closed on %(day)s already. Its numbers never change; a correction makes a "
        "new version beside them."
    )


class NotOver(DomainError):
    """The period still runs."""

    message = N_("%(code)s runs until %(day)s. It can be closed when it is over.")


class WindowsOpen(DomainError):
    """Citizens may still rate a service of the period."""

    message = N_(
        "Citizens may still rate services of %(code)s until %(day)s, as their slips promise. It "
        "can be closed on the day after."
    )


class BallotsWait(DomainError):
    """Ballots of the period were not counted."""

    message = N_("%(ballots)s ballots of %(code)s still wait to be counted. Nothing was closed.")


def obstacles(period: Period, *, on: date) -> list[DomainError]:
    """Return everything that keeps a period from being closed on a day; nothing if it may be."""
    if period.state in {PeriodState.CLOSED, PeriodState.PUBLISHED}:
        closed_on = local_day(period.closed_at) if period.closed_at else ""
        return [ClosedBefore(code=period.code, day=closed_on)]
    found: list[DomainError] = []
    if period.ends_on >= on:
        found.append(NotOver(code=period.code, day=period.ends_on))
    last = last_window(period)
    if last is not None and last >= on:
        found.append(WindowsOpen(code=period.code, day=last))
    return found


def last_window(period: Period) -> date | None:
    """Return the last day on which a service of the period may be rated; None without tickets."""
    first = max(period.starts_on, period.ends_on - LONGEST_WINDOW)
    return db.session.scalar(
        select(func.max(Ticket.valid_until)).where(Ticket.served_on.between(first, period.ends_on))
    )


def waiting(period: Period, *, on: date) -> IntakeCounts:
    """Return how many ballots of the period are in the intake."""
    return intake_counts(on, base_codes(parse_period(period.code)))


def publication_of(result: Result) -> Publication | None:
    """Return the agreement to a version, or None."""
    return db.session.get(Publication, result.id)


def published_result(period_id: int) -> Result | None:
    """Return the newest version that a second person agreed to, or None: what is public."""
    return db.session.scalar(
        select(Result)
        .join(Publication, Publication.result_id == Result.id)
        .where(Result.period_id == period_id)
        .order_by(Result.version.desc())
        .limit(1)
    )


def list_proposals(result: Result) -> Sequence[Proposal]:
    """Return the proposals of a version, in the order of organs and sections."""
    return db.session.scalars(
        select(Proposal)
        .join(Section, Section.id == Proposal.section_id)
        .join(Organ, Organ.id == Section.organ_id)
        .where(Proposal.result_id == result.id)
        .options(joinedload(Proposal.section), joinedload(Proposal.chief))
        .order_by(Organ.code, Section.code, Proposal.kind)
    ).all()


@dataclass(frozen=True)
class Change:
    """A field of a row that differs between two versions; None where a version lacks the row."""

    section: str
    staff: str | None
    field: str
    before: Any
    after: Any


def diff(before: Result, after: Result) -> list[Change]:
    """Return every changed field between two versions, sections first, row by row."""
    sections = dict(db.session.execute(select(Section.id, Section.code)).tuples().all())
    staff = dict(db.session.execute(select(Staff.id, Staff.number)).tuples().all())
    changes = []
    for model in (SectionScore, MemberScore):
        table = cast(Table, model.__table__)
        old, new = _rows(table, before), _rows(table, after)
        for section_id, staff_id in sorted(old.keys() | new.keys()):
            key = (section_id, staff_id)
            for field, a, b in _changed(old.get(key), new.get(key)):
                changes.append(Change(sections[section_id], staff.get(staff_id), field, a, b))
    return changes


def _changed(
    old: dict[str, Any] | None, new: dict[str, Any] | None
) -> Iterator[tuple[str, Any, Any]]:
    names = (old or new or {}).keys()
    for name in names:
        a = old[name] if old else None
        b = new[name] if new else None
        if a != b:
            yield name, a, b


def _rows(table: Table, result: Result) -> dict[tuple[int, int], dict[str, Any]]:
    """Return (section id, staff id or 0) -> the columns of a version's rows."""
    rows = db.session.execute(select(table).where(table.c.result_id == result.id)).mappings()
    return {
        (row["section_id"], row.get("staff_id", 0)): {k: v for k, v in row.items() if k not in KEYS}
        for row in rows
    }

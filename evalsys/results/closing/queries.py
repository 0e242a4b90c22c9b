"""Queries of closings: obstacles, proposals, publications, comparison of versions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.organisation.org.models import Organ, Section, Staff
from evalsys.organisation.org.queries import visible_to
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import parse_period, period_message
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.ballots.models import Tally, Ticket
from evalsys.ratings.counting.service import IntakeCounts, intake_counts
from evalsys.ratings.tickets.limits import VALID
from evalsys.results.closing.models import Proposal, Publication
from evalsys.scores.assembly import columns_of
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.publication import parties, printed
from evalsys.scores.queries import is_newest
from evalsys.scores.rules.disclosure import Extent
from evalsys.scores.seats import LEVEL_NAMES

# Upper bound of a ticket's validity: 30 working days and two long holidays.
LONGEST_WINDOW = timedelta(days=90)
VOTES = frozenset({*LEVEL_NAMES, "bad", "satisfied", "group_sums"})


def obstacles(period: Period, *, on: date) -> list[DomainError]:
    """Return the errors that keep a period from being closed on a day."""
    if period.state in {PeriodState.CLOSED, PeriodState.PUBLISHED}:
        closed_on = local_day(period.closed_at) if period.closed_at else ""
        return [
            DomainError(
                N_(
                    "%(code)s was closed on %(day)s already. Its numbers never change; a "
                    "correction makes a new version beside them."
                ),
                code=period_message(period.code),
                day=closed_on,
            )
        ]
    errors: list[DomainError] = []
    if period.ends_on >= on:
        errors.append(
            DomainError(
                N_("%(code)s runs until %(day)s. It can be closed when it is over."),
                code=period_message(period.code),
                day=period.ends_on,
            )
        )
    last = last_window(period)
    if last is not None and last >= on:
        errors.append(
            DomainError(
                N_(
                    "Citizens may still rate services of %(code)s until %(day)s, as their slips "
                    "promise. It can be closed on the day after."
                ),
                code=period_message(period.code),
                day=last,
            )
        )
    return errors


def closing_day(period: Period, calendar: WorkingDays) -> date:
    """Return the first day on which all ratings of a period can be counted."""
    rules = PolicyRules.from_json(period.policy.rules)
    return calendar.add(period.ends_on, rules[VALID] + 1)


def last_window(period: Period) -> date | None:
    """Return the last day on which a service of the period can be rated; None without tickets."""
    first = max(period.starts_on, period.ends_on - LONGEST_WINDOW)
    return db.session.scalar(
        select(func.max(Ticket.valid_until)).where(Ticket.served_on.between(first, period.ends_on))
    )


def waiting(period: Period, *, on: date) -> IntakeCounts:
    """Count the ballots of the period in the intake."""
    return intake_counts(on, base_codes(parse_period(period.code)))


def publication_of(result: Result) -> Publication | None:
    """Return the publication of a version, or None."""
    return db.session.get(Publication, result.id)


def select_proposals(actor: Actor, result: Result) -> Select[Proposal]:
    """Return the query for the proposals of a version that the actor may see, by organ."""
    period = result.period
    return (
        select(Proposal)
        .join(Section, Section.id == Proposal.section_id)
        .join(Organ, Organ.id == Section.organ_id)
        .where(
            Proposal.result_id == result.id,
            visible_to(actor, period.starts_on, period.ends_on),
        )
        .options(joinedload(Proposal.section).joinedload(Section.organ), joinedload(Proposal.chief))
        .order_by(Organ.code, Section.code, Proposal.kind)
    )


def list_proposals(actor: Actor, result: Result) -> Sequence[Proposal]:
    """Return the proposals of a version that the actor may see."""
    return db.session.scalars(select_proposals(actor, result)).all()


@dataclass(frozen=True)
class PeriodLine:
    """A period in the list, with its newest version and number of proposals."""

    period: Period
    version: int | None
    proposals: int


def list_lines(periods: Sequence[Period]) -> list[PeriodLine]:
    """Return the list entries of some periods."""
    ids = [period.id for period in periods]
    rows = db.session.execute(
        select(Result.period_id, Result.version, func.count(Proposal.id))
        .where(Result.period_id.in_(ids), is_newest())
        .outerjoin(Proposal, Proposal.result_id == Result.id)
        .group_by(Result.period_id, Result.version)
    )
    versions = {period_id: (version, number) for period_id, version, number in rows}
    return [PeriodLine(period, *versions.get(period.id, (None, 0))) for period in periods]


def counted_so_far(period: Period) -> int:
    """Return the number of counted ballots of the period."""
    codes = base_codes(parse_period(period.code))
    return (
        db.session.scalar(select(func.sum(Tally.ballots)).where(Tally.base_period.in_(codes))) or 0
    )


@dataclass(frozen=True)
class FieldChange:
    """A field that differs between two versions; None where a version lacks the row.

    "levels" stands for all level counters, without figures: comparing them would reveal the vote of
    an excluded rating.
    """

    section: str
    staff: str | None
    field: str
    before: Any
    after: Any


def diff(actor: Actor, before: Result, after: Result) -> list[FieldChange]:
    """Return every changed field that the actor may see, sections first, row by row."""
    seen = visible_to(actor, before.period.starts_on, before.period.ends_on)
    sections = dict(db.session.execute(select(Section.id, Section.code).where(seen)).all())
    staff = dict(db.session.execute(select(Staff.id, Staff.number)).all())
    changes = []
    for model in (SectionScore, MemberScore):
        old, new = (_rows(model, result, staff) for result in (before, after))
        for key in sorted(old.keys() | new.keys()):
            if key[0] not in sections:
                continue
            for field, a, b in _changed(old.get(key), new.get(key)):
                changes.append(FieldChange(sections[key[0]], staff.get(key[1]), field, a, b))
    return changes


def _changed(
    old: dict[str, Any] | None, new: dict[str, Any] | None
) -> Iterator[tuple[str, Any, Any]]:
    names = [name for name in old or new or {} if (old or {}).get(name) != (new or {}).get(name)]
    for name in names:
        if name not in VOTES:
            yield name, old and old[name], new and new[name]
    if not VOTES.isdisjoint(names):
        yield "levels", None, None


def _rows(
    model: type[SectionScore | MemberScore], result: Result, staff: Mapping[int, str]
) -> dict[tuple[int, int], dict[str, Any]]:
    """Return (section id, staff id or 0) -> the printed columns of a version's rows."""
    by_key = {}
    rows: Iterable[SectionScore | MemberScore]
    query = select(model).where(model.result_id == result.id)
    rows = db.session.scalars(query.options(*parties(model)))
    for row in rows:
        values = columns_of(printed(row))
        if values["extent"] is Extent.FULL:
            values["extent"] = None  # Nothing is withheld.
        if "chief_id" in values:
            values["chief_id"] = staff.get(values["chief_id"])
        by_key[row.section_id, values.get("staff_id", 0)] = values
    return by_key

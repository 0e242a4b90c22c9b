"""The start page besides its tasks: counts of the open period, latest figures.

Of an open period only counts are shown to anybody: no level, no mean.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from evalsys.cases.deadlines.rules import Due
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor, Role
from evalsys.core.reads import Together
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.organisation.org.queries import select_visible
from evalsys.organisation.periods.models import Period
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import KIND_MONTHS, parse_period
from evalsys.ratings.ballots.models import CountBatch, Intake, Tally
from evalsys.ratings.counting.spending import issued
from evalsys.results.closing.models import Proposal, ProposalKind
from evalsys.results.closing.queries import closing_day
from evalsys.results.reports.member_page import MemberPage, own_results, read_own
from evalsys.results.reports.queries import select_sections
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.publication import printed

LATEST = 6  # sections on the start page
NOTICE_MONTH = 10  # From October on next year's calendar is due.


@dataclass(frozen=True)
class OpenCounts:
    """The printable counts of an open period. `batches` is None for a part of the city."""

    period: Period
    issued: int
    received: int
    counted: int
    batches: int | None
    closes_from: Due


def current_period(periods: Sequence[Period], on: date) -> Period | None:
    """Return the shortest period running on a day, or None."""
    running = [period for period in periods if period.starts_on <= on <= period.ends_on]
    return min(running, key=lambda period: KIND_MONTHS[period.kind], default=None)


def ask_open(
    page: Together, actor: Actor, period: Period, calendar: WorkingDays, on: date
) -> Callable[[], OpenCounts]:
    """Add the queries for the counts of an open period in the actor's scope."""
    codes = base_codes(parse_period(period.code))
    sees_all = actor.role in {Role.HR, Role.SUPERVISOR} and not actor.organ_id
    tickets = issued().c
    asked = select(func.sum(tickets.tickets)).where(
        tickets.served_on.between(period.starts_on, period.ends_on)
    )
    waiting = select(func.count()).select_from(Intake).where(Intake.base_period.in_(codes))
    counted = select(func.sum(Tally.ballots)).where(Tally.base_period.in_(codes))
    if not sees_all:
        own = select_visible(actor, on, on)
        asked = asked.where(tickets.section_id.in_(own))
        waiting = waiting.where(Intake.section_id.in_(own))
        counted = counted.where(Tally.section_id.in_(own))
    batches = select(func.count()).select_from(CountBatch)
    batches = batches.where(CountBatch.counted_on >= period.starts_on)
    values = [page.ask(query) for query in (asked, waiting, counted, batches)]
    day = closing_day(period, calendar)

    def read() -> OpenCounts:
        tickets, waits, ballots, runs = (value() for value in values)
        done = int(ballots or 0)
        return OpenCounts(
            period,
            int(tickets or 0),
            waits + done,
            done,
            runs if sees_all else None,
            Due(day, calendar.is_provisional(period.ends_on, day)),
        )

    return read


def misses_calendar(actor: Actor, calendar: WorkingDays, on: date) -> int | None:
    """Return next year if its calendar is due and missing, else None."""
    is_due = on.month >= NOTICE_MONTH and on.year + 1 not in calendar.years
    return on.year + 1 if is_due and actor.may(Action.CALENDAR_IMPORT) else None


@dataclass(frozen=True)
class Latest:
    """The latest closed period as the actor may see it; None or empty if there is nothing.

    `sections` is for leaders of sections, `proposals` for readers of the ranking, `own` for
    members.
    """

    result: Result | None
    sections: Sequence[SectionScore]
    proposals: Mapping[ProposalKind, int]
    own: MemberPage | None


def ask_proposals(
    page: Together, actor: Actor, result: Result | None
) -> Callable[[], dict[ProposalKind, int]]:
    """Add the queries for a result's proposals by kind, for readers of the ranking."""
    if result is None or not actor.may(Action.RANKING_VIEW):
        return dict
    visible = select_visible(actor, result.period.starts_on, result.period.ends_on)
    own = (Proposal.result_id == result.id, Proposal.section_id.in_(visible))
    values = {
        kind: page.ask(select(func.count()).where(*own, Proposal.kind == kind))
        for kind in ProposalKind
    }
    return lambda: {kind: number for kind, value in values.items() if (number := value())}


def ask_own(page: Together, actor: Actor) -> Callable[[], int]:
    """Add the query for the number of the actor's own scores; most leaders have none."""
    return page.ask(select(func.count()).where(MemberScore.staff_id == (actor.staff_id or 0)))


def read_latest(
    actor: Actor,
    results: Sequence[Result],
    proposals: Mapping[ProposalKind, int],
    *,
    has_own: bool,
) -> Latest:
    """Return the latest figures in the actor's scope."""
    result = results[0] if results else None
    sections: Sequence[SectionScore] = ()
    if result and actor.role in {Role.CHIEF, Role.LEADER}:
        query = select_sections(actor, result).order_by(SectionScore.members.desc())
        sections = [printed(row) for row in db.session.scalars(query.limit(LATEST))]
    mine = own_results(actor, results) if has_own else []
    own = read_own(actor, results, mine[0]) if mine else None
    return Latest(result, sections, proposals, own)

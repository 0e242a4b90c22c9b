"""What the first page of each role shows: counts of the open period, and what waits for whom.

Of an open period nobody sees more than counts: no level, no mean, not even the personnel office.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from flask import Flask, current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from evalsys.accounts.models import OneTimeLink
from evalsys.accounts.second_person import is_second_person
from evalsys.calendars.rules import WorkingDays
from evalsys.cases.deadline_queries import open_deadlines
from evalsys.cases.queries import select_cases
from evalsys.cases.words import kind_words, light_words, stage_words
from evalsys.closing.models import Proposal, ProposalKind
from evalsys.core.extensions import db
from evalsys.core.pages import day_words, local_day
from evalsys.core.permissions import Action, Actor, Role
from evalsys.jobs.queries import count_lost
from evalsys.org.queries import select_visible
from evalsys.periods.models import Period, PeriodState
from evalsys.periods.queries import base_codes
from evalsys.periods.rules import KIND_MONTHS, parse_period
from evalsys.periods.words import period_words
from evalsys.policies.rules import PolicyRules
from evalsys.ratings.models import (
    Comment,
    CommentState,
    CountBatch,
    Intake,
    Tally,
    Ticket,
    TicketStaff,
)
from evalsys.reports.member_page import MemberPage, own_results, read_own
from evalsys.reports.queries import select_sections
from evalsys.scores.models import Result, SectionScore

LATEST = 6  # sections on the first page
LATEST_CASES = 8
NOTICE_MONTH = 10  # From October on the calendar of the next year is waited for.


@dataclass(frozen=True)
class Task:
    """Something that waits: a light (`kind` is its letter) or a plain mark (`kind` is empty)."""

    mark: str
    title: str
    detail: str
    endpoint: str
    button: str
    kind: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


TaskSource = Callable[[Actor, date], Iterator[Task]]


@dataclass(frozen=True)
class OpenCounts:
    """What may be told of an open period. `batches` is None for a part of the city."""

    period: Period
    issued: int
    received: int
    counted: int
    batches: int | None
    closes_from: date


def add_tasks(app: Flask, source: TaskSource) -> None:
    """Let a feature above this one name what waits for somebody."""
    app.extensions.setdefault("evalsys.tasks", []).append(source)


def current_period(periods: Sequence[Period], on: date) -> Period | None:
    """Return the shortest period that runs on a day, or None."""
    running = [period for period in periods if period.starts_on <= on <= period.ends_on]
    return min(running, key=lambda period: KIND_MONTHS[period.kind], default=None)


def closing_day(period: Period, calendar: WorkingDays) -> date:
    """Return the first day on which every rating of a period can have been counted."""
    rules = PolicyRules.from_json(period.policy.rules)
    return calendar.add(period.ends_on, rules.window_wd + 1)


def read_open(actor: Actor, period: Period, calendar: WorkingDays, on: date) -> OpenCounts:
    """Return the counts of an open period in the actor's scope."""
    codes = base_codes(parse_period(period.code))
    sees_all = actor.role in {Role.HR, Role.SUPERVISOR, Role.DISCIPLINE} and not actor.organ_id
    issued = (
        select(func.count())
        .select_from(TicketStaff)
        .join(Ticket, Ticket.ticket_hash == TicketStaff.ticket_hash)
        .where(Ticket.served_on.between(period.starts_on, period.ends_on))
    )
    waiting = select(func.count()).select_from(Intake).where(Intake.base_period.in_(codes))
    counted = select(func.sum(Tally.ballots)).where(Tally.base_period.in_(codes))
    if not sees_all:
        own = select_visible(actor, on, on)
        issued = issued.where(TicketStaff.section_id.in_(own))
        waiting = waiting.where(Intake.section_id.in_(own))
        counted = counted.where(Tally.section_id.in_(own))
    batches = select(func.count()).select_from(CountBatch)
    batches = batches.where(CountBatch.counted_on >= period.starts_on)
    row = db.session.execute(
        select(
            issued.scalar_subquery(),
            waiting.scalar_subquery(),
            counted.scalar_subquery(),
            batches.scalar_subquery(),
        )
    ).one()
    done = int(row[2] or 0)
    return OpenCounts(
        period,
        row[0],
        row[1] + done,
        done,
        row[3] if sees_all else None,
        closing_day(period, calendar),
    )


def waiting_tasks(
    actor: Actor,
    periods: Sequence[Period],
    results: Sequence[Result],
    calendar: WorkingDays,
    now: datetime,
) -> list[Task]:
    """Return what waits for the actor; other features add theirs through `add_tasks`."""
    on = local_day(now)
    tasks: list[Task] = []
    if actor.may(Action.CLOSING_RUN):
        tasks += _closings(periods, calendar, on)
    if actor.may(Action.CLOSING_PUBLISH):
        tasks += _publications(actor, results)
    if actor.may(Action.COMMENT_REVIEW):
        tasks += _comments(actor, on)
    if actor.may(Action.CLOSING_RUN):
        tasks += _lost_jobs()
    if actor.may(Action.ACCOUNT_CREATE):
        tasks += _links(now)
    if actor.may(Action.CASE_VIEW):
        tasks += _cases(actor, calendar, on)
    for source in current_app.extensions.get("evalsys.tasks", []):
        tasks += source(actor, on)
    return tasks


def _cases(actor: Actor, calendar: WorkingDays, on: date) -> Iterator[Task]:
    """Name the cases whose next step is the actor's, the most urgent first."""
    query = select_cases(actor, on=on, which="mine").limit(LATEST_CASES)
    cases = db.session.scalars(query).all()
    dues = open_deadlines([case.id for case in cases])
    for case in sorted(
        cases, key=lambda each: min([d.due_on for d in dues.get(each.id, [])] or [date.max])
    ):
        kind, mark = ("", _("next step"))
        if case.id in dues:
            kind, mark = light_words(dues[case.id][0], on, calendar)
        yield Task(
            mark=mark,
            title=f"{kind_words(case)} {case.number}",
            detail=_("%(section)s: %(stage)s", section=case.section.name, stage=stage_words(case)),
            endpoint="cases.show",
            button=_("Open"),
            kind=kind,
            params={"case_id": case.id},
        )


def _closings(periods: Sequence[Period], calendar: WorkingDays, on: date) -> Iterator[Task]:
    for period in reversed(periods):
        if period.ends_on >= on:
            continue
        day = closing_day(period, calendar)
        yield Task(
            mark=_("can be closed") if day <= on else _("from %(day)s", day=day_words(day)),
            title=_("Close %(period)s", period=period_words(period.code)),
            detail=_("The last rating window ends on the working day before; then all is counted."),
            endpoint="closing.periods",
            button=_("View"),
        )


def _publications(actor: Actor, results: Sequence[Result]) -> Iterator[Task]:
    """Name the closed periods that wait for a second person: not for who closed them."""
    for result in results:
        if result.period.state is not PeriodState.CLOSED:
            continue
        if not is_second_person(actor, result.created_by):
            continue
        yield Task(
            mark=_("second person"),
            title=_("Publish %(period)s", period=period_words(result.period.code)),
            detail=_("Closed and frozen. It becomes public when a second person agrees."),
            endpoint="closing.periods",
            button=_("View"),
        )


def _comments(actor: Actor, on: date) -> Iterator[Task]:
    query = select(func.count()).select_from(Comment).where(Comment.state == CommentState.PENDING)
    if actor.organ_id:
        query = query.where(Comment.section_id.in_(select_visible(actor, on, on)))
    count = db.session.scalar(query) or 0
    if count:
        yield Task(
            mark=str(ngettext("%(num)s comment", "%(num)s comments", count)),
            title=_("Review comments"),
            detail=_("Sections read a comment only after nobody can be recognised in it."),
            endpoint="ratings.comments",
            button=_("Review"),
        )


def _lost_jobs() -> Iterator[Task]:
    count = count_lost()
    if count:
        yield Task(
            mark=str(ngettext("%(num)s job", "%(num)s jobs", count)),
            title=_("Interrupted work"),
            detail=_("Its worker stopped. Nothing is half done; it can be started again."),
            endpoint="jobs.index",
            button=_("View"),
        )


def _links(now: datetime) -> Iterator[Task]:
    count = db.session.scalar(
        select(func.count())
        .select_from(OneTimeLink)
        .where(OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now)
    )
    if count:
        yield Task(
            mark=str(ngettext("%(num)s link", "%(num)s links", count)),
            title=_("Links not used yet"),
            detail=_("Each lets somebody set a password once."),
            endpoint="accounts.index",
            button=_("View"),
        )


def misses_calendar(actor: Actor, calendar: WorkingDays, on: date) -> int | None:
    """Return next year if its holidays should be known by now and are not; else None."""
    is_due = on.month >= NOTICE_MONTH and on.year + 1 not in calendar.years
    return on.year + 1 if is_due and actor.may(Action.CALENDAR_IMPORT) else None


@dataclass(frozen=True)
class Latest:
    """The latest closed period as the actor may see it; None and empty where there is nothing.

    `sections` are filled for who leads sections, `proposals` for who reads the ranking, `own` for
    whoever is a member of a section.
    """

    result: Result | None
    sections: Sequence[SectionScore]
    proposals: Mapping[ProposalKind, int]
    own: MemberPage | None


def read_latest(actor: Actor, results: Sequence[Result]) -> Latest:
    """Return the latest figures in the actor's scope."""
    result = results[0] if results else None
    sections: Sequence[SectionScore] = ()
    proposals: dict[ProposalKind, int] = {}
    if result and actor.role in {Role.CHIEF, Role.LEADER}:
        query = select_sections(actor, result).order_by(SectionScore.members.desc())
        sections = db.session.scalars(query.limit(LATEST)).all()
    if result and actor.may(Action.RANKING_VIEW):
        query_kinds = (
            select(Proposal.kind, func.count())
            .where(
                Proposal.result_id == result.id,
                Proposal.section_id.in_(
                    select_visible(actor, result.period.starts_on, result.period.ends_on)
                ),
            )
            .group_by(Proposal.kind)
        )
        proposals = {row[0]: row[1] for row in db.session.execute(query_kinds)}
    mine = own_results(actor, results)
    own = read_own(actor, results, mine[0]) if mine else None
    return Latest(result, sections, proposals, own)

"""The tasks of closings: close, publish or correct a period, adopt rules."""

from collections.abc import Iterator
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager

from evalsys.cases.deadlines.rules import TermUnit, light, nears_on
from evalsys.cases.deadlines.words import mark_words
from evalsys.core.extensions import db
from evalsys.core.frame.tasks import Task, counted
from evalsys.core.pages import day_words, local_day
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.accounts.second_person import own_accounts
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.queries import list_periods
from evalsys.organisation.periods.words import period_words
from evalsys.organisation.policies.models import Policy, PolicyState
from evalsys.results.closing.late import Late, list_late
from evalsys.results.closing.queries import closing_day
from evalsys.scores.models import Result
from evalsys.scores.queries import is_newest


def count_ended(_actor: Actor, now: datetime) -> Select[int]:
    """Return the query that counts open periods that are over."""
    is_open = Period.state.in_((PeriodState.OPEN, PeriodState.COUNTING))
    return select(func.count()).where(is_open, Period.ends_on < local_day(now))


def closings(_actor: Actor, now: datetime, _number: int) -> Iterator[Task]:
    """Yield the periods to close."""
    calendar, on = working_days(), local_day(now)
    for period in list_periods(PeriodState.OPEN, PeriodState.COUNTING):
        if period.ends_on >= on:
            continue
        day = closing_day(period, calendar)
        yield Task(
            title=_("Close %(period)s", period=period_words(period.code)),
            detail=_("The last rating window ends on the working day before; then all is counted."),
            mark=_("can be closed") if day <= on else _("from %(day)s", day=day_words(day)),
            endpoint="closing.periods",
            button=_("View"),
            due_on=day,
        )


def _unpublished(actor: Actor) -> Select[Result]:
    return (
        select(Result)
        .join(Result.period)
        .where(
            is_newest(),
            Period.state == PeriodState.CLOSED,
            _by_another(actor, Result.created_by),
        )
    )


def count_unpublished(actor: Actor, _now: datetime) -> Select[int]:
    """Return the query that counts results awaiting the actor as second person."""
    return counted(_unpublished(actor))


def publications(actor: Actor, _now: datetime, _number: int) -> Iterator[Task]:
    """Yield the closed periods awaiting a second person; not to who closed them."""
    query = _unpublished(actor).options(contains_eager(Result.period)).order_by(Period.ends_on)
    for result in db.session.scalars(query):
        day = local_day(result.created_at)
        yield Task(
            title=_("Publish %(period)s", period=period_words(result.period.code)),
            detail=_(
                "Closed and frozen on %(day)s. It becomes public when a second person agrees.",
                day=day_words(day, weekday=False),
            ),
            mark=_("second person"),
            endpoint="closing.periods",
            button=_("View"),
            due_on=day,
        )


def count_drafts(actor: Actor, _now: datetime) -> Select[int]:
    """Return the query that counts policy drafts awaiting the actor as a second person."""
    return counted(_undecided(actor))


def _undecided(actor: Actor) -> Select[Policy]:
    """Return the query of the newest version if it is a draft of somebody else."""
    is_newest_version = Policy.version == select(func.max(Policy.version)).scalar_subquery()
    is_draft = Policy.state == PolicyState.DRAFT
    return select(Policy).where(is_newest_version, is_draft, _by_another(actor, Policy.created_by))


def _by_another(actor: Actor, account: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    """Return the predicate that a step was taken by another person, or by the system."""
    return or_(account.is_(None), account.not_in(own_accounts(actor)))


def drafts(actor: Actor, _now: datetime, _number: int) -> Iterator[Task]:
    """Yield the newest policy draft awaiting a second person; not to its author."""
    for policy in db.session.scalars(_undecided(actor)):
        day = local_day(policy.created_at)
        yield Task(
            title=_("Decide on the rules of version %(version)s", version=policy.version),
            detail=_(
                "Drafted on %(day)s: %(reason)s",
                day=day_words(day, weekday=False),
                reason=policy.reason,
            ),
            mark=_("second person"),
            endpoint="closing.adopt",
            button=_("View"),
            params={"version": policy.version},
            due_on=day,
        )


def corrections(actor: Actor, now: datetime, _number: int) -> Iterator[Task]:
    """Yield the closed periods with exclusions decided after their closing."""
    on = local_day(now)
    for late in list_late(actor, on):
        words = period_words(late.period.code)
        if late.asked is None and actor.may(Action.CLOSING_CORRECT):
            yield _dated(late, on, _("Correct %(period)s", period=words), "closing.correct")
        elif late.asked is not None and late.is_others:
            title = _("Correct %(period)s, or agree to leave it as it is", period=words)
            yield _dated(late, on, title, "closing.leave")


def _dated(late: Late, on: date, title: str, endpoint: str) -> Task:
    days, unit = working_days(), TermUnit.WORKING_DAYS
    shown = light(nears_on(late.since, late.due_on, unit, days), late.due_on, on)
    count = late.done + late.undone
    return Task(
        title=title,
        detail=ngettext(
            "%(num)s rating was set aside after the scores were frozen (%(day)s): it takes effect "
            "by a correction.",
            "%(num)s ratings were set aside after the scores were frozen (%(day)s): they take "
            "effect by a correction.",
            count,
            day=day_words(late.since, weekday=False),
        ),
        mark=mark_words(shown, late.due_on, on, unit, days),
        kind=shown,
        endpoint=endpoint,
        button=_("View"),
        params={"code": late.period.code},
        due_on=late.due_on,
        is_late=late.due_on < on,
    )

"""Use cases of periods: open one, change its state."""

from datetime import datetime

from evalsys.core.audit import Unit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Action
from evalsys.organisation.periods.models import Period, PeriodKind, PeriodState
from evalsys.organisation.periods.queries import base_codes, find_period
from evalsys.organisation.periods.rules import TRANSITIONS, Step, parse_period, period_message
from evalsys.organisation.periods.words import state_words
from evalsys.organisation.policies.service import policy_in_force


def open_period(unit: Unit, code: str, *, now: datetime) -> Period:
    """Return the period, opening it under the policy in force if necessary.

    Raises BadPeriod, or DomainError if it is shorter than the base period.
    """
    span = parse_period(code)
    base_codes(span)
    period = find_period(span.code)
    if period is not None:
        unit.nothing_to_do()  # A colleague was faster.
        return period
    period = Period(
        code=span.code,
        kind=PeriodKind(span.kind),
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        state=PeriodState.OPEN,
        policy=policy_in_force(unit, now=now),
    )
    db.session.add(period)
    unit.record(Action.PERIOD_OPEN, period, code=period.code, policy=period.policy.version)
    return period


def move_period(period: Period, step: Step, *, now: datetime) -> None:
    """Apply a transition; the caller records it. Raises DomainError if it is not possible."""
    state = TRANSITIONS.get((period.state.value, step))
    if state is None:
        raise DomainError(
            N_("%(code)s is %(state)s: this step is not possible any more, or not yet."),
            code=period_message(period.code),
            state=state_words(period.state),
        )
    period.state = PeriodState(state)
    if step is Step.CLOSE:
        period.closed_at = now
    if step is Step.PUBLISH:
        period.published_at = now

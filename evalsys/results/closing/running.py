"""The lock of a closing, and the state of its period meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.jobs.locks import is_locked, named_lock
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.rules import Step
from evalsys.organisation.periods.service import move_period

LOCK = "closing"


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock of closings and corrections. Raises DomainError if it is taken."""
    with named_lock(LOCK) as is_held:
        if not is_held:
            raise DomainError(
                N_(
                    "A closing or a correction is running at this moment. Nothing was changed; "
                    "look again when it has ended."
                )
            )
        yield


def is_running() -> bool:
    """Return whether a closing or correction is running."""
    return is_locked(LOCK)


@contextmanager
def being_counted(actor: Actor, period: Period, *, now: datetime) -> Iterator[None]:
    """Set the period to counting, and back to open if the closing fails.

    After a power cut the state remains; the next closing continues.
    """
    if period.state is PeriodState.OPEN:
        _step(actor, period, Step.START_COUNTING, now=now)
    try:
        yield
    except BaseException:
        db.session.rollback()
        if period.state is PeriodState.COUNTING:
            _step(actor, period, Step.STOP_COUNTING, now=now)
        raise


def _step(actor: Actor, period: Period, step: Step, *, now: datetime) -> None:
    with unit_of_work(actor) as unit:
        move_period(period, step, now=now)
        unit.record(Action.CLOSING_RUN, period, code=period.code, step=step.value)

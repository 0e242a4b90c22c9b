"""Closing a period. `close_period` reads like the regulation: count, freeze, hold back, propose.

The expensive reads come before one short write transaction, so that an interrupted closing has
changed only the state "counting" and can simply be repeated.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError, NotAllowed
from evalsys.core.extensions import db, lock_row
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.accounts.second_person import check_second_person
from evalsys.foundation.jobs.handlers import Progress
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.queries import base_codes, get_period
from evalsys.organisation.periods.rules import Step, parse_period, period_message
from evalsys.organisation.periods.service import move_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.counting.service import count_due
from evalsys.ratings.counting.tallies import lock_tallies
from evalsys.ratings.history.chunks import finish_imports
from evalsys.results.closing.correction import compare_with
from evalsys.results.closing.models import Publication
from evalsys.results.closing.queries import obstacles, publication_of, waiting
from evalsys.results.closing.running import alone, being_counted
from evalsys.results.holds.proposing import hold_or_propose
from evalsys.scores.assembly import ComputedResult, assemble, digest_of
from evalsys.scores.models import Result
from evalsys.scores.publication import decide
from evalsys.scores.queries import latest_result, tallied
from evalsys.scores.service import check_result, check_tallies, freeze, gather

Tallied = Mapping[tuple[int, int, str], tuple[int, ...]]
AtLast = Callable[[Result], None]  # Called at the end of the freezing transaction.


class Seen(NamedTuple):
    """A previewed correction: the newest version, and the digest of the next."""

    version: int
    digest: str


NOT_CLOSED = N_("%(code)s is not closed yet.")


def close_period(  # noqa: PLR0913  # Each is a part of the decision.
    actor: Actor,
    code: str,
    *,
    now: datetime,
    on: date,
    progress: Progress | None = None,
    at_last: AtLast | None = None,
) -> Result:
    """Count what is due, recount all ratings, freeze the scores, draft the proposals.

    Raises an error of `obstacles` or another DomainError; then nothing is closed.
    """
    progress = progress or Progress()
    with alone():
        period = get_period(code)
        for obstacle in obstacles(period, on=on):
            raise obstacle
        with being_counted(actor, period, now=now):
            count_due(actor, on=on, force=True, progress=progress)
            finish_imports()
            left = waiting(period, on=on)
            if left.open or left.due:
                raise DomainError(
                    N_(
                        "%(ballots)s ballots of %(code)s still wait to be counted. Nothing was "
                        "closed."
                    ),
                    code=period_message(period.code),
                    ballots=left.open + left.due,
                )
            folded, computed = _recount(period, progress)
            with unit_of_work(actor) as unit:
                _lock(period, folded)
                result = freeze(unit, period, computed, now=now)
                hold_or_propose(unit, result, computed, now=now)
                move_period(period, Step.CLOSE, now=now)
                if at_last:
                    at_last(result)
    return result


def publish(actor: Actor, code: str, *, now: datetime) -> Publication:
    """Agree, as a second person, that the newest version becomes public.

    Raises DomainError.
    """
    if not actor.may(Action.CLOSING_PUBLISH):
        raise NotAllowed
    period = get_period(code)
    result = latest_result(period.id)
    if result is None:
        raise DomainError(NOT_CLOSED, code=period_message(period.code))
    if publication_of(result):
        raise DomainError(
            N_("Version %(version)s of %(code)s is published already."),
            code=period_message(period.code),
            version=result.version,
        )
    check_second_person(actor, result.created_by)
    check_result(result)
    with unit_of_work(actor) as unit:
        lock_row(period)
        _check_newest(period, result.version)
        publication = Publication(result=result, agreed_by=actor.user_id, agreed_at=now)
        db.session.add(publication)
        move_period(period, Step.PUBLISH, now=now)
        unit.record(Action.CLOSING_PUBLISH, publication, code=period.code, version=result.version)
    return publication


def preview_correction(
    actor: Actor, code: str, *, progress: Progress | None = None
) -> dict[str, Any]:
    """Return what a correction would change, as JSON values. Nothing is frozen.

    Raises DomainError.
    """
    if not actor.may(Action.CLOSING_CORRECT):
        raise NotAllowed
    period = get_period(code)
    result = latest_result(period.id)
    if result is None:
        raise DomainError(NOT_CLOSED, code=period_message(period.code))
    _folded, computed = _recount(period, progress or Progress())
    digest = _digest(period, computed)  # Before `decide`, as in the correction.
    decide(period, computed)
    return compare_with(result, computed).to_json(result.version, digest)


def _digest(period: Period, computed: ComputedResult) -> str:
    return digest_of(period.code, period.policy.rules, computed.sections, computed.members)


def correct(  # noqa: PLR0913  # Each is a part of the decision.
    actor: Actor,
    code: str,
    reason: str,
    *,
    now: datetime,
    progress: Progress | None = None,
    previewed: Seen | None = None,
    at_last: AtLast | None = None,
) -> Result:
    """Freeze the next version of a closed period, computed under its own policy.

    Earlier versions are kept. A published period must be published again. Raises DomainError, also
    if the result differs from the one `previewed`.
    """
    if not actor.may(Action.CLOSING_CORRECT):
        raise NotAllowed
    period = get_period(code)
    if period.state not in {PeriodState.CLOSED, PeriodState.PUBLISHED}:
        raise DomainError(NOT_CLOSED, code=period_message(period.code))
    if not reason.strip():
        raise DomainError(
            N_("Say in a few words why %(code)s is corrected."),
            code=period_message(period.code),
            status=400,
        )
    with alone():
        finish_imports()
        folded, computed = _recount(period, progress or Progress())
        if previewed is not None:
            _check_seen(period, computed, previewed)
        with unit_of_work(actor) as unit:
            _lock(period, folded)
            result = freeze(unit, period, computed, now=now, reason=reason.strip())
            hold_or_propose(unit, result, computed, now=now)
            move_period(period, Step.CORRECT, now=now)
            if at_last:
                at_last(result)
    return result


def _check_seen(period: Period, computed: ComputedResult, seen: Seen) -> None:
    _check_newest(period, seen.version)
    if _digest(period, computed) != seen.digest:
        raise DomainError(
            N_(
                "The figures of %(code)s have changed since you looked at the correction. Nothing "
                "was frozen; look at it again."
            ),
            code=period_message(period.code),
        )


def _check_newest(period: Period, version: int) -> None:
    newest = latest_result(period.id)
    if newest is None or newest.version != version:
        raise DomainError(
            N_("A further version of %(code)s was frozen meanwhile. Look at that one first."),
            code=period_message(period.code),
        )


def _recount(period: Period, progress: Progress) -> tuple[Tallied, ComputedResult]:
    """Compute a period from its ratings, and compare the recount with the tallies."""
    span, rules = parse_period(period.code), PolicyRules.from_json(period.policy.rules)
    progress.begin(2, N_("Counting the ratings anew and computing the scores"))
    lock_tallies()  # So that PostgreSQL reads both in the same state.
    folded = tallied(base_codes(span))
    data = gather(span, rules)
    check_tallies(data.ballots, folded)
    progress.advance()
    computed = assemble(span, rules, data)
    progress.advance()
    return folded, computed


def _lock(period: Period, folded: Tallied) -> None:
    """Lock the tallies and check that nothing was counted since the recount."""
    lock_tallies()
    lock_row(period)
    if tallied(base_codes(parse_period(period.code))) != folded:
        raise DomainError(
            N_("Ratings of %(code)s changed while it was closed. Nothing was closed; try again."),
            code=period_message(period.code),
        )

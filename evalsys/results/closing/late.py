"""Ratings excluded after their period was closed: corrected, or left by two people.

A frozen score does not change by itself. So later exclusions are a task on the period until a
correction is frozen, or a second person agrees to leave the version as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, or_, select, union_all
from sqlalchemy.orm import contains_eager

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, Conflict, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.accounts.second_person import check_second_person
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.queries import base_codes, base_kind
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.personnel.feedback.queries import select_undone
from evalsys.personnel.feedback.setting_aside import REASON
from evalsys.ratings.ballots.models import EXCLUDES, Exclusion, Rating
from evalsys.results.closing.limits import CORRECT
from evalsys.results.closing.models import LeftAsIs
from evalsys.scores.models import MemberScore, Result
from evalsys.scores.queries import is_newest

DECIDED = frozenset(REASON.values())


NOTHING_LATE = N_("Nothing waits for a correction of %(code)s any more.")


@dataclass(frozen=True)
class Late:
    """The ratings excluded since the newest version of a period was frozen.

    `done` ratings are out of the tallies, `undone` ones follow at the next nightly counting;
    `total` is the number excluded by decision; `asked` is the request to leave the version as it
    is.
    """

    result: Result
    done: int
    undone: int
    total: int
    since: date
    due_on: date
    asked: LeftAsIs | None

    @property
    def period(self) -> Period:
        """The period of the frozen result."""
        return self.result.period


def list_late(on: date) -> list[Late]:
    """Return the closed periods with exclusions that no version includes."""
    return _late_among(_candidates(), on)


def late_of(newest: Result, on: date) -> Late | None:
    """Return the exclusions that await a correction of the newest version of a period, or None."""
    return next(iter(_late_among(_candidates(Result.id == newest.id), on)), None)


def _late_among(candidates: Sequence["_Candidate"], on: date) -> list[Late]:
    if not candidates:
        return []
    ids = [each.result.id for each in candidates]
    now, frozen, left = _set_aside(), _frozen(ids), _left(ids)
    late = []
    for each in candidates:
        result = each.result
        total, agreed = _sum(now, result), [row for row in left[result.id] if row.agreed_at]
        known = max(frozen[result.id], *(row.excluded for row in agreed), 0)
        if total <= known and not each.undone:
            continue
        since = min(each.days, default=on)
        asked = next((row for row in left[result.id] if not row.agreed_at), None)
        rules = PolicyRules.from_json(result.period.policy.rules)
        due_on = working_days().add(since, rules[CORRECT])
        late.append(Late(result, max(total - known, 0), each.undone, total, since, due_on, asked))
    return late


def ask_to_leave(actor: Actor, code: str, reason: str, *, now: datetime) -> None:
    """Request that a version be left as it is despite later exclusions.

    Raises DomainError.
    """
    with unit_of_work(actor) as unit:
        late = _get_late(code, local_day(now))
        if late.asked is not None:
            raise Conflict(
                N_("It was asked already to leave %(code)s as it is: a second person agrees."),
                code=code,
            )
        asked = LeftAsIs(
            result_id=late.result.id,
            excluded=late.total,
            reason=reason,
            asked_by=actor.user_id,
            asked_at=now,
        )
        db.session.add(asked)
        unit.record(Action.CLOSING_LEAVE, asked, code=code, step="asked", ratings=late.done)


def agree_to_leave(actor: Actor, code: str, *, now: datetime) -> None:
    """Agree, as a second person, to leave the version as it is.

    Further exclusions are a task again. Raises DomainError.
    """
    with unit_of_work(actor) as unit:
        late = _get_late(code, local_day(now))
        if late.asked is None:
            raise DomainError(NOTHING_LATE, code=code)
        check_second_person(actor, late.asked.asked_by)
        late.asked.agreed_by, late.asked.agreed_at = actor.user_id, now
        unit.record(Action.CLOSING_LEAVE, late.asked, code=code, step="agreed")


def _get_late(code: str, on: date) -> Late:
    late = next((row for row in list_late(on) if row.period.code == code), None)
    if late is None or not late.done:
        raise DomainError(NOTHING_LATE, code=code)
    return late


def _select_decisions() -> CompoundSelect[Any]:
    done = (
        select(Rating.base_period, Exclusion.decided_on)
        .join_from(Exclusion, Rating, EXCLUDES)
        .where(Exclusion.reason.in_(DECIDED))
        .distinct()
    )
    return union_all(done, select_undone())


@dataclass
class _Candidate:
    """A newest version, and what was decided on ratings of its period since it was frozen.

    `days` are those of exclusions; `undone` ones follow at the next counting.
    """

    result: Result
    days: list[date] = field(default_factory=list)
    undone: int = 0


def _select_candidates() -> Select[Result, str, date | None]:
    """Return the query for newest versions with decisions since, by year, day and base period.

    That leaves few rows, in most cities none; what is no base period is looked at by the reader.
    """
    base_period, day = _select_decisions().subquery().c
    since = or_(day.is_(None), day >= func.date(Result.created_at))
    of_year = func.substr(Period.code, 1, 4) == func.substr(base_period, 1, 4)
    is_other = and_(Period.kind == base_kind(), Period.code != base_period)
    return (
        select(Result, base_period, day)
        .join(Result.period)
        .where(is_newest(), Period.state.in_((PeriodState.CLOSED, PeriodState.PUBLISHED)))
        .where(of_year, since, ~is_other)
    )


def count_candidates() -> Select[int]:
    """Return the query that counts what `list_late` looks at."""
    rows = _select_candidates().with_only_columns(Result.id)
    return select(func.count()).select_from(rows.subquery())


def _candidates(*where: ColumnElement[bool]) -> list[_Candidate]:
    """Return the newest versions with decisions since, by their period; one query for all."""
    rows = db.session.execute(
        _select_candidates()
        .where(*where)
        .options(contains_eager(Result.period).joinedload(Period.policy))
        .order_by(Period.ends_on)
    )
    found: dict[int, _Candidate] = {}
    for result, code, decided_on in rows:
        if code not in base_codes(parse_period(result.period.code)):
            continue
        if decided_on is not None and decided_on < local_day(result.created_at):
            continue
        each = found.setdefault(result.id, _Candidate(result))
        each.undone += decided_on is None
        each.days += [decided_on] if decided_on is not None else []
    return list(found.values())


def _set_aside() -> Mapping[str, int]:
    """Return base period -> the number of ratings excluded by decision."""
    query = (
        select(Rating.base_period, func.count())
        .join_from(Exclusion, Rating, EXCLUDES)
        .where(Exclusion.reason.in_(DECIDED))
        .group_by(Rating.base_period)
    )
    return dict(db.session.execute(query).all())


def _frozen(ids: Sequence[int]) -> Mapping[int, int]:
    """Return result id -> the number of exclusions by decision that it includes."""
    rows = db.session.execute(
        select(MemberScore.result_id, MemberScore.exclusion_reasons).where(
            MemberScore.result_id.in_(ids), MemberScore.exclusion_reasons.is_not(None)
        )
    )
    counts: dict[int, int] = dict.fromkeys(ids, 0)
    for result_id, reasons in rows:
        for each in (reasons or "").split(","):
            reason, _, count = each.partition(":")
            counts[result_id] += int(count) if reason in DECIDED else 0
    return counts


def _left(ids: Iterable[int]) -> Mapping[int, list[LeftAsIs]]:
    by_result: dict[int, list[LeftAsIs]] = defaultdict(list)
    for row in db.session.scalars(select(LeftAsIs).where(LeftAsIs.result_id.in_(list(ids)))):
        by_result[row.result_id].append(row)
    return by_result


def _sum(counts: Mapping[str, int], result: Result) -> int:
    return sum(counts.get(code, 0) for code in base_codes(parse_period(result.period.code)))

"""Ratings excluded after their period was closed: corrected, or left by two people.

A frozen score does not change by itself. So later exclusions are a task on the period until a
correction is frozen, or a second person agrees to leave the version as it is.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    String,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import contains_eager

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, Conflict, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.accounts.second_person import check_second_person, own_accounts
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.queries import base_codes, base_kind
from evalsys.organisation.periods.rules import parse_period, period_message
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.personnel.feedback.queries import select_undone
from evalsys.personnel.feedback.setting_aside import REASON
from evalsys.ratings.ballots.models import EXCLUDES, Exclusion, ExclusionReason, Rating
from evalsys.results.closing.limits import CORRECT
from evalsys.results.closing.models import LeftAsIs
from evalsys.scores.models import MemberScore, Result
from evalsys.scores.queries import is_newest

DECIDED = frozenset({*REASON.values(), ExclusionReason.VOID})


NOTHING_LATE = N_("Nothing waits for a correction of %(code)s any more.")


@dataclass(frozen=True)
class Late:
    """The ratings excluded since the newest version of a period was frozen.

    `done` ratings are out of the tallies, `undone` ones follow at the next nightly counting;
    `total` is the number excluded by decision; `asked` is the request to leave the version as it
    is, `is_others` whether that of another person than who asks.
    """

    result: Result
    done: int
    undone: int
    total: int
    since: date
    due_on: date
    asked: LeftAsIs | None
    is_others: bool = False

    @property
    def period(self) -> Period:
        """The period of the frozen result."""
        return self.result.period


def list_late(actor: Actor, on: date) -> list[Late]:
    """Return the closed periods with exclusions that no version includes; one statement."""
    return _late_among(_read(actor), on)


def late_of(actor: Actor, newest: Result, on: date) -> Late | None:
    """Return the exclusions that await a correction of the newest version of a period, or None."""
    return next(iter(_late_among(_read(actor, Result.id == newest.id), on)), None)


def _late_among(known: "_LateFacts", on: date) -> list[Late]:
    late = []
    for each in known.candidates.values():
        result, left = each.result, known.left[each.result.id]
        total = sum(known.aside[code] for code in base_codes(parse_period(result.period.code)))
        seen = max(known.frozen[result.id], *(row.excluded for row, _ in left if row.agreed_at), 0)
        if total <= seen and not each.undone:
            continue
        since = min(each.days, default=on)
        asked, is_other = next((pair for pair in left if not pair[0].agreed_at), (None, False))
        rules = PolicyRules.from_json(result.period.policy.rules)
        due_on = working_days().add(since, rules[CORRECT])
        done = max(total - seen, 0)
        late.append(Late(result, done, each.undone, total, since, due_on, asked, is_other))
    return late


def ask_to_leave(actor: Actor, code: str, reason: str, *, now: datetime) -> None:
    """Request that a version be left as it is despite later exclusions.

    Raises DomainError.
    """
    with unit_of_work(actor) as unit:
        late = _get_late(actor, code, local_day(now))
        if late.asked is not None:
            raise Conflict(
                N_("It was asked already to leave %(code)s as it is: a second person agrees."),
                code=period_message(code),
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
        late = _get_late(actor, code, local_day(now))
        if late.asked is None:
            raise DomainError(NOTHING_LATE, code=period_message(code))
        check_second_person(actor, late.asked.asked_by)
        late.asked.agreed_by, late.asked.agreed_at = actor.user_id, now
        unit.record(Action.CLOSING_LEAVE, late.asked, code=code, step="agreed")


def _get_late(actor: Actor, code: str, on: date) -> Late:
    late = next((row for row in list_late(actor, on) if row.period.code == code), None)
    if late is None or not late.done:
        raise DomainError(NOTHING_LATE, code=period_message(code))
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


@dataclass
class _LateFacts:
    """The candidates by result, and the numbers that are compared.

    `aside` counts ratings by base period, `frozen` those that a version includes; `left` has the
    requests to leave it, each with whether it is another person's.
    """

    candidates: dict[int, _Candidate] = field(default_factory=dict)
    aside: Counter[str] = field(default_factory=Counter)
    frozen: Counter[int] = field(default_factory=Counter)
    left: defaultdict[int, list[tuple[LeftAsIs, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )


def _select_candidates() -> Select[int, str, date | None]:
    """Return the query for newest versions with decisions since, by year, day and base period.

    That leaves few rows, in most cities none; what is no base period is looked at by the reader.
    """
    base_period, day = _select_decisions().subquery().c
    since = or_(day.is_(None), day >= func.date(Result.created_at))
    of_year = func.substr(Period.code, 1, 4) == func.substr(base_period, 1, 4)
    is_other = and_(Period.kind == base_kind(), Period.code != base_period)
    return (
        select(Result.id.label("result_id"), base_period.label("words"), day.label("day"))
        .join(Result.period)
        .where(is_newest(), Period.state.in_((PeriodState.CLOSED, PeriodState.PUBLISHED)))
        .where(of_year, since, ~is_other)
    )


def count_candidates() -> Select[int]:
    """Return the query that counts what `list_late` looks at."""
    return select(func.count()).select_from(_select_candidates().subquery())


def _select_facts(*where: ColumnElement[bool]) -> CompoundSelect[Any]:
    """Return the query for the candidates and all that is compared, a row each.

    The columns are version, kind, words, day, request and number.
    """
    found = _select_candidates().where(*where).cte("candidate")
    ids, number, words = select(found.c.result_id), cast(null(), Integer), cast(null(), String)
    day = cast(null(), Date)
    decided = select(
        found.c.result_id,
        literal("decided").label("kind"),
        found.c.words,
        found.c.day,
        number.label("left_id"),
        literal(1).label("number"),
    )
    aside = (
        select(number, literal("aside"), Rating.base_period, day, number, func.count())
        .join_from(Exclusion, Rating, EXCLUDES)
        .where(Exclusion.reason.in_(DECIDED), ids.exists())
        .group_by(Rating.base_period)
    )
    reasons = MemberScore.exclusion_reasons
    frozen = (
        select(MemberScore.result_id, literal("frozen"), reasons, day, number, func.count())
        .where(MemberScore.result_id.in_(ids), reasons.is_not(None))
        .group_by(MemberScore.result_id, reasons)
    )
    left = select(LeftAsIs.result_id, literal("left"), words, day, LeftAsIs.id, literal(1)).where(
        LeftAsIs.result_id.in_(ids)
    )
    return union_all(decided, aside, frozen, left)


def _read(actor: Actor, *where: ColumnElement[bool]) -> _LateFacts:
    """Return the newest versions with decisions since, and all that is compared."""
    facts = _select_facts(*where).subquery()
    is_other = or_(LeftAsIs.asked_by.is_(None), LeftAsIs.asked_by.not_in(own_accounts(actor)))
    rows = db.session.execute(
        select(facts.c.kind, facts.c.words, facts.c.day, facts.c.number, Result, LeftAsIs, is_other)
        .select_from(facts)
        .outerjoin(Result, Result.id == facts.c.result_id)
        .outerjoin(Result.period)
        .outerjoin(LeftAsIs, LeftAsIs.id == facts.c.left_id)
        .options(contains_eager(Result.period).joinedload(Period.policy))
        .order_by(Period.ends_on, LeftAsIs.id)
    )
    known = _LateFacts()
    for kind, words, day, number, result, asked, by_other in rows:
        if kind == "decided":
            _add_decision(known, result, words, day)
        elif kind == "aside":
            known.aside[words] += number
        elif kind == "frozen":
            known.frozen[result.id] += number * _decided_in(words)
        else:
            known.left[result.id].append((asked, bool(by_other)))
    return known


def _add_decision(known: _LateFacts, result: Result, code: str, decided_on: date | None) -> None:
    if code not in base_codes(parse_period(result.period.code)):
        return
    if decided_on is not None and decided_on < local_day(result.created_at):
        return
    each = known.candidates.setdefault(result.id, _Candidate(result))
    each.undone += decided_on is None
    each.days += [decided_on] if decided_on is not None else []


def _decided_in(reasons: str) -> int:
    """Return the number of exclusions by decision in the frozen reasons of a person."""
    parts = (each.partition(":") for each in reasons.split(","))
    return sum(int(count) for reason, _, count in parts if reason in DECIDED)

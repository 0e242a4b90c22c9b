"""The page of one staff member: each seat of the period with its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Select, select

from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.core.reads import once
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.ballots.models import Comment, CommentState
from evalsys.ratings.comments.limits import BATCH
from evalsys.results.reports.charts import TrendPoint
from evalsys.results.reports.queries import (
    figure_of,
    of_same_kind,
    select_members,
    select_own,
    trend_points,
)
from evalsys.results.reports.rules import (
    Bar,
    Groups,
    ScoreInterval,
    batch_of,
    distribution,
    groups_of,
    histogram_of,
)
from evalsys.scores.mixing import mixed_person
from evalsys.scores.models import CaseMixScore, MemberScore, Result
from evalsys.scores.publication import is_of_groups, printed
from evalsys.supervision.holds.queries import blocked_in


@dataclass(frozen=True)
class MemberSeat:
    """A member's time in one section within the period. No bars, no figure: too few ballots.

    `is_held`: a hold keeps the ratings from being evidence.
    """

    row: MemberScore
    figure: ScoreInterval | None
    bars: tuple[Bar, ...]
    trend: list[TrendPoint]
    groups: Groups
    is_held: bool


@dataclass(frozen=True)
class MemberPage:
    """The page of a member. `comments` are filled on the person's own page only."""

    result: Result
    rules: PolicyRules
    staff: Staff
    seats: list[MemberSeat]
    comments: Sequence[str]

    @property
    def batch(self) -> int:
        """The number of released comments from which they are shown."""
        return self.rules[BATCH]

    @cached_property
    def mixed(self) -> Mapping[tuple[int, int], CaseMixScore]:
        """F12 by result and section, read where it is shown: the start page does not."""
        return mixed_person(self.staff.id)


def read_member(actor: Actor, results: Sequence[Result], result: Result, number: str) -> MemberPage:
    """Return a member's page as far as the actor may see it. Raises NotFound."""
    periods = of_same_kind(results, result)
    query = select_members(actor, *periods).where(Staff.number == number)
    return _page(_in_order(query.join(MemberScore.staff)), periods, result)


def read_own(actor: Actor, results: Sequence[Result], result: Result) -> MemberPage:
    """Return the actor's own page. Raises NotFound if there is no row in the period."""
    periods = of_same_kind(results, result)
    ids = {each.id for each in periods}
    rows = [row for row in _own_rows(actor, tuple(results)) if row.result_id in ids]
    page = _page(rows, periods, result)
    page_comments = _comments(page.staff.id, result.period.code, page.batch)
    return MemberPage(page.result, page.rules, page.staff, page.seats, page_comments)


def own_results(actor: Actor, results: Sequence[Result]) -> list[Result]:
    """Return the results in which the actor has a row."""
    if actor.staff_id is None:
        return []
    known = {row.result_id for row in _own_rows(actor, tuple(results))}
    return [result for result in results if result.id in known]


@once
def _own_rows(actor: Actor, results: tuple[Result, ...]) -> Sequence[MemberScore]:
    """Return the actor's rows in some results."""
    return _in_order(select_own(actor, *results))


def _in_order(query: Select[MemberScore]) -> Sequence[MemberScore]:
    return db.session.scalars(query.order_by(MemberScore.days.desc(), Section.code)).all()


def _page(found: Sequence[MemberScore], periods: Sequence[Result], result: Result) -> MemberPage:
    rows = [printed(row) for row in found]
    now = [row for row in rows if row.result_id == result.id]
    if not now:
        raise NotFound
    rules = PolicyRules.from_json(result.policy.rules)
    evident = {row.section_id for row in now if row.has_evidence}
    held = blocked_in(result.period_id, evident) if evident else set[int]()
    seats = []
    for row in now:
        history = {other.result_id: other for other in rows if other.section_id == row.section_id}
        is_scored = row.score is not None
        histogram, of_many = histogram_of(row), is_of_groups(row)
        bars = distribution(histogram, rules.min_n_display, of_many=of_many) if is_scored else ()
        groups = groups_of(row.weighed, rules.group_weights)
        trend = trend_points(periods, history)
        is_held = row.section_id in held
        seats.append(MemberSeat(row, figure_of(row), bars, trend, groups, is_held))
    return MemberPage(result, rules, now[0].staff, seats, ())


def _comments(staff_id: int, period: str, batch: int) -> list[str]:
    """Return the comments on a person that they may read, in whole batches."""
    rows = db.session.execute(
        select(Comment.id, Comment.released_body)
        .where(
            Comment.staff_id == staff_id,
            Comment.base_period.in_(base_codes(parse_period(period))),
            Comment.state.in_([CommentState.RELEASED, CommentState.PERSON_ONLY]),
            Comment.released_body.is_not(None),
        )
        .order_by(Comment.reviewed_at, Comment.id)
    ).all()
    shown = sorted((row.id, row.released_body or "") for row in batch_of(rows, batch))
    return [body for _, body in shown]

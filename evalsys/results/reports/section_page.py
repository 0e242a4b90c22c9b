"""The page of one section, loaded in a constant number of queries.

The headline is the sum; the level distribution counts scored members only, so that a total minus
the rows never reveals a hidden member.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Section
from evalsys.organisation.periods.models import Period
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.personnel.archive.achievements import Whose, WorkAsked
from evalsys.ratings.ballots.models import Comment, CommentState, RaterGroup
from evalsys.ratings.comments.limits import BATCH
from evalsys.ratings.counting.spending import issued
from evalsys.results.closing.models import Proposal
from evalsys.results.reports.charts import TrendPoint
from evalsys.results.reports.queries import (
    changes_since,
    figure_of,
    of_same_kind,
    proposals_of,
    select_members,
    select_sections,
    trend_points,
)
from evalsys.results.reports.rules import (
    Bar,
    Groups,
    ScoreInterval,
    Voice,
    batch_of,
    distribution,
    groups_of_many,
    histogram_of,
    members_missing,
    voice_of,
)
from evalsys.scores.mixing import is_mixed_section
from evalsys.scores.models import CaseMixScore, MemberScore, Result, SectionScore
from evalsys.scores.publication import printed
from evalsys.scores.rules.disclosure import EXACT
from evalsys.supervision.holds.queries import is_held_in


@dataclass(frozen=True)
class Comments:
    """The readable comments, and the number of others by state."""

    bodies: Sequence[str]
    waiting: int
    pending: int
    withheld: int


@dataclass(frozen=True)
class SectionPage:
    """The page of a section. `issued` maps staff id to tickets if it has too few ballots.

    `change` is that of the adjusted score since the preceding period, `mixed` the score at the
    usual mix of cases (F12), None if it may not be told. `is_held`: a hold keeps proposals back.
    """

    result: Result
    rules: PolicyRules
    score: SectionScore
    figure: ScoreInterval | None
    members: Sequence[MemberScore]
    bars: tuple[Bar, ...]
    trend: list[TrendPoint]
    comments: Comments
    proposals: list[Proposal]
    issued: dict[int, int]
    others: Sequence[Result]
    change: Decimal | None
    mixed: CaseMixScore | None
    is_held: bool = False

    @property
    def batch(self) -> int:
        """The number of released comments from which they are shown."""
        return self.rules[BATCH]

    @property
    def scored(self) -> list[MemberScore]:
        """The members whose score is in the sum."""
        return [row for row in self.members if row.contribution is not None]

    @property
    def groups(self) -> Groups:
        """The rater groups, and for how many members of the sum each did not weigh in."""
        return groups_of_many([row.weighed for row in self.scored], self.rules.group_weights)

    @property
    def grassroots(self) -> Voice:
        """The voice of grass-roots units in the scores of the sum."""
        weighed = [row.weighed for row in self.scored]
        return voice_of(RaterGroup.GRASSROOTS, weighed, self.rules.group_weights)

    @property
    def hides_members(self) -> bool:
        """Whether figures of a member in the sum are not printed."""
        return any(row.extent not in EXACT for row in self.members)

    @property
    def missing(self) -> int:
        """How many more members need a score to make the section comparable."""
        seats = [row for row in self.members if row.is_expected]
        scored = sum(row.days for row in seats if row.score is not None)
        unscored = [row.days for row in seats if row.score is None]
        return members_missing(scored, unscored, self.rules.min_coverage)


def read_section(actor: Actor, results: Sequence[Result], result: Result, code: str) -> SectionPage:
    """Return the page of a section in a period. Raises NoResultFound."""
    score, is_held = _section(actor, result, code)
    rules = PolicyRules.from_json(result.policy.rules)
    members = db.session.scalars(
        select_members(actor, result)
        .where(MemberScore.section_id == score.section_id)
        .order_by(MemberScore.is_chief.desc(), MemberScore.share.desc(), MemberScore.staff_id)
    )
    periods = of_same_kind(results, result)
    history = db.session.execute(
        select_sections(actor, *periods)
        .where(SectionScore.section_id == score.section_id)
        .outerjoin(CaseMixScore, is_mixed_section())
        .add_columns(CaseMixScore)
    ).all()
    return SectionPage(
        result=result,
        rules=rules,
        score=score,
        figure=figure_of(score),
        members=[printed(row) for row in members],
        bars=distribution(histogram_of(score), rules.min_n_display, of_many=True),
        trend=trend_points(periods, {row.result_id: row for row, _ in history}),
        comments=read_comments(score.section_id, result.period.code, rules[BATCH]),
        proposals=proposals_of(result, [score.section_id]).get(score.section_id, []),
        issued={} if score.is_comparable else _issued(score.section_id, result),
        others=[other for other in results if _is_beside(other.period, result.period)],
        change=changes_since(results, result, [score]).get(score.section_id),
        mixed=next((mixed for row, mixed in history if row.result_id == result.id), None),
        is_held=is_held,
    )


def _section(actor: Actor, result: Result, code: str) -> tuple[SectionScore, bool]:
    """Return a section as printed, and whether a hold keeps proposals back."""
    query = select_sections(actor, result).where(Section.code == code)
    row = db.session.execute(query.add_columns(is_held_in(result.period_id))).one()
    return printed(row[0]), bool(row[1])


def work_of(section_ids: Sequence[int], period: Period, on: date) -> WorkAsked:
    """Return what is asked for: the work of sections in a period, as things stand on a day."""
    return WorkAsked(Whose.SECTION, section_ids, period.starts_on, period.ends_on, on)


def _is_beside(other: Period, period: Period) -> bool:
    """Return whether another period is within this one, or around it."""
    overlaps = other.starts_on <= period.ends_on and other.ends_on >= period.starts_on
    return overlaps and other.id != period.id


def read_comments(section_id: int, period: str, batch: int) -> Comments:
    """Return the released comments of a section, in whole batches and in random order."""
    here = (
        Comment.section_id == section_id,
        Comment.base_period.in_(base_codes(parse_period(period))),
    )
    counted = db.session.execute(
        select(Comment.state, func.count()).where(*here).group_by(Comment.state)
    )
    states = {row[0]: row[1] for row in counted}
    released = db.session.execute(
        select(Comment.id, Comment.released_body)
        .where(*here, Comment.state == CommentState.RELEASED, Comment.released_body.is_not(None))
        # By review time, so that batches are stable; shown in the order of the random ids.
        .order_by(Comment.reviewed_at, Comment.id)
    ).all()
    shown = batch_of(released, batch)
    return Comments(
        bodies=[body or "" for _, body in sorted((row.id, row.released_body) for row in shown)],
        waiting=len(released) - len(shown),
        pending=states.get(CommentState.PENDING, 0),
        withheld=states.get(CommentState.WITHHELD, 0),
    )


def _issued(section_id: int, result: Result) -> dict[int, int]:
    tickets = issued().c
    rows = db.session.execute(
        select(tickets.staff_id, func.sum(tickets.tickets))
        .where(
            tickets.section_id == section_id,
            tickets.served_on.between(result.period.starts_on, result.period.ends_on),
        )
        .group_by(tickets.staff_id)
    )
    return {row[0]: int(row[1]) for row in rows}

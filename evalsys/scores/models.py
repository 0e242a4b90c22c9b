"""Frozen scores, stored by a closing. Never recomputed or updated: triggers refuse.

A correction is a further `Result` of the same period with the next version.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Float, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.organisation.org.models import Section, SectionKind, Staff
from evalsys.organisation.periods.models import Period
from evalsys.organisation.policies.models import Policy
from evalsys.ratings.ballots.models import Histogram
from evalsys.scores.rules.disclosure import Extent
from evalsys.scores.rules.rates import NotCompared


class Result(Model):
    """One version of a period's results. `digest` is the SHA-256 over all its rows."""

    __tablename__ = "result"
    __table_args__ = (UniqueConstraint("period_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"))
    version: Mapped[int]
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id"))
    formula_version: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(500))
    digest: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    period: Mapped[Period] = relationship()
    policy: Mapped[Policy] = relationship()


class Estimate:
    """An adjusted score (F7), 0-100, all None if not computable. `reliability` is 0-1.

    `own_se` is the standard error of the unadjusted score by the own spread (F6b), in tenths;
    None in results older than that formula.
    """

    theta: Mapped[Decimal | None]
    se: Mapped[Decimal | None]
    lo: Mapped[Decimal | None]
    hi: Mapped[Decimal | None]
    reliability: Mapped[float | None] = mapped_column(Float)
    own_se: Mapped[Decimal | None]


class Rated:
    """The rates of F13; all None in results older than that formula.

    `asked` ratings were asked for; of a section: of the members in its sum. `matched` tickets are
    those of days whose `services` are known; both None if there is no such day. `issue_mean` and
    `response_mean` are the group's, in percent, with their overdispersion.
    """

    asked: Mapped[int | None]
    matched: Mapped[int | None]
    services: Mapped[int | None]
    issue_mean: Mapped[Decimal | None]
    issue_phi: Mapped[Decimal | None]
    response_mean: Mapped[Decimal | None]
    response_phi: Mapped[Decimal | None]


class Disclosed:
    """How much of the row may be printed (`Extent`), decided when it is frozen."""

    extent: Mapped[Extent] = mapped_column(default=Extent.FULL, server_default=Extent.FULL.value)


class SectionScore(Histogram, Estimate, Rated, Disclosed, Model):
    """F4-F10 of a section and so of its chief.

    `chief_id` was chief on most days of the period. `total` is S, `maximum` S_max, `rate` R in
    percent, `coverage` in percent, `variance` V of R (squared points). `expected` members should be
    rated, `scored` have a score. `top` ballots have the full 100 points. Rank, its interval and the
    group's k, mu, tau2 and `group_top` (its percent of such ballots) are None for a section that
    is not comparable; these, `top` and `group_s2` (s2 of F6) also where older than F11,
    as `group_alpha` (F2e) where older than that or of too few ballots.
    """

    __tablename__ = "section_score"
    __table_args__ = (
        UniqueConstraint("result_id", "section_id"),
        CheckConstraint("total BETWEEN 0 AND maximum", name="total_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    chief_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    kind: Mapped[SectionKind]
    group_label: Mapped[str] = mapped_column(String(20))  # A kind, or "all" (F6).
    total: Mapped[Decimal]
    maximum: Mapped[Decimal]
    rate: Mapped[Decimal | None]
    coverage: Mapped[Decimal]
    members: Mapped[int]
    expected: Mapped[int]
    scored: Mapped[int]
    ballots: Mapped[int]
    excluded: Mapped[int]
    bad: Mapped[int]
    satisfied: Mapped[int]
    top: Mapped[int | None]
    is_comparable: Mapped[bool]
    size_band: Mapped[int]
    band_rank: Mapped[int | None]
    variance: Mapped[float | None] = mapped_column(Float)
    group_size: Mapped[int | None]
    group_mean: Mapped[Decimal | None]
    group_tau2: Mapped[float | None] = mapped_column(Float)
    group_s2: Mapped[float | None] = mapped_column(Float)
    group_alpha: Mapped[Decimal | None]
    group_top: Mapped[Decimal | None]
    rank: Mapped[int | None]
    rank_best: Mapped[int | None]
    rank_worst: Mapped[int | None]
    p_below_interview: Mapped[float | None] = mapped_column(Float)
    p_above_commend: Mapped[float | None] = mapped_column(Float)
    unscored_matched: Mapped[int | None]
    unscored_services: Mapped[int | None]
    not_compared: Mapped[NotCompared | None]
    result: Mapped[Result] = relationship()
    section: Mapped[Section] = relationship()
    chief: Mapped[Staff | None] = relationship()


class CaseMixScore(Model):
    """F12 of a section, or of a member in it, where it may be told: no row, nothing to tell.

    `score` is R or M at the group's usual mix of cases, `se` its standard error; both in tenths.
    """

    __tablename__ = "case_mix_score"
    __table_args__ = (UniqueConstraint("result_id", "section_id", "staff_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    score: Mapped[Decimal]
    se: Mapped[Decimal]


class FrozenSeat(Model):
    """A returned member whose seat stays in the section for two periods.

    Append-only: the period that contains `returned_on`, and the next one of its kind.
    """

    __tablename__ = "frozen_seat"
    __table_args__ = (UniqueConstraint("section_id", "staff_id", "returned_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    returned_on: Mapped[date] = mapped_column(index=True)


class MemberScore(Histogram, Estimate, Rated, Disclosed, Model):
    """F2, F2d and F7 of a seat: a member in a section in a period.

    `days` of `period_days` were served in the section; `contribution` is the row's part of S,
    `contribution_max` of S_max. `score` and the dimension means are None below the minimum number.
    `weighed` lists the rater groups with enough ballots, comma-separated (None: older than that
    rule). `group_sums` has their ballots and sums of F1 (`rules.group_sums`; None: one of them is
    too small to tell, or older than the column). `group_mean` is mu of F7 (None: not adjusted).
    `is_frozen`: the member was returned, the seat is kept.
    """

    __tablename__ = "member_score"
    __table_args__ = (
        UniqueConstraint("result_id", "section_id", "staff_id"),
        CheckConstraint("score BETWEEN 0 AND 10000", name="score_range"),
        CheckConstraint("days BETWEEN 0 AND period_days", name="days_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    is_chief: Mapped[bool]
    is_expected: Mapped[bool]
    days: Mapped[int]
    period_days: Mapped[int]
    share: Mapped[Decimal]
    ballots: Mapped[int]
    excluded: Mapped[int]
    exclusion_reasons: Mapped[str | None] = mapped_column(String(200))
    bad: Mapped[int]
    satisfied: Mapped[int]
    score: Mapped[Decimal | None]
    contribution: Mapped[Decimal | None]
    contribution_max: Mapped[Decimal | None]
    attitude: Mapped[Decimal | None]
    work_style: Mapped[Decimal | None]
    efficiency: Mapped[Decimal | None]
    competence: Mapped[Decimal | None]
    variance: Mapped[float | None] = mapped_column(Float)
    weighed: Mapped[str | None] = mapped_column(String(60))
    group_sums: Mapped[str | None] = mapped_column(String(160))
    group_mean: Mapped[Decimal | None]
    has_evidence: Mapped[bool] = mapped_column(default=False)
    is_frozen: Mapped[bool] = mapped_column(default=False, server_default=false())
    result: Mapped[Result] = relationship()
    section: Mapped[Section] = relationship()
    staff: Mapped[Staff] = relationship()

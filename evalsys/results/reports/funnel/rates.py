"""The page of the issue and response rates (F13), and their figures on other pages. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import SectionKind
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.reports.funnel.picture import Funnel, FunnelPoint, rate_picture
from evalsys.results.reports.queries import select_members, select_sections
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.publication import printed
from evalsys.scores.rates import (
    issue_funnel_of,
    issue_of,
    response_funnel_of,
    response_of,
    unscored_of,
)
from evalsys.scores.rules.funnel import GroupStanding
from evalsys.scores.rules.rates import Rate, RateFunnel

MEASURES = ("issue", "response")
UNITS = ("sections", "members")
DRAWN = 300  # Spots of a picture, those farthest from the mean.
AnyScored = SectionScore | MemberScore


@dataclass(frozen=True)
class ToldRate:
    """A rate with its group; `funnel`, z and standing are None where no group is compared."""

    rate: Rate
    funnel: RateFunnel | None

    @property
    def percent(self) -> Decimal:
        """The rate in percent."""
        return self.rate.percent or Decimal("0.00")

    @property
    def z(self) -> Decimal | None:
        """The distance from the mean."""
        return self.funnel.deviation(self.rate) if self.funnel else None

    @property
    def standing(self) -> GroupStanding | None:
        """The word of F11."""
        return self.funnel.standing(self.rate) if self.funnel else None


@dataclass(frozen=True)
class ToldRates:
    """The rates of a section or member; None where unknown, or not told."""

    issue: ToldRate | None
    response: ToldRate | None
    unscored: ToldRate | None


def rates_of(row: AnyScored, rules: PolicyRules) -> ToldRates:
    """Return the rates of a row, from what of it may be printed."""
    row = printed(row)
    unscored = unscored_of(row) if isinstance(row, SectionScore) else None
    return ToldRates(
        _told(issue_of(row), issue_funnel_of(row)),
        _told(response_of(row, rules.min_n_display), response_funnel_of(row)),
        _told(unscored, None),
    )


def _told(rate: Rate | None, funnel: RateFunnel | None) -> ToldRate | None:
    return ToldRate(rate, funnel) if rate is not None and rate.n else None


@dataclass(frozen=True)
class RateRow:
    """A section or member in the funnel of a rate."""

    score: AnyScored
    told: ToldRate
    z: Decimal
    standing: GroupStanding

    @property
    def name(self) -> str:
        """The name in the picture."""
        score = self.score
        return score.staff.name if isinstance(score, MemberScore) else score.section.name


@dataclass(frozen=True)
class RatesPage:
    """The rates of a kind of section; `rows` begin with those farthest from the mean.

    `unknown` units have no rate. Without a `funnel` too few have one.
    """

    kinds: Sequence[SectionKind]
    kind: SectionKind
    measure: str
    units: str
    rows: Sequence[RateRow]
    unknown: int
    funnel: RateFunnel | None
    picture: Funnel | None

    @property
    def below(self) -> int:
        """The number of units below the usual range."""
        return sum("below" in row.standing.value for row in self.rows)


def read_rates(actor: Actor, result: Result, kind: str, measure: str, units: str) -> RatesPage:
    """Return the wanted rates; unknown choices are ignored."""
    seen = select_sections(actor, result)
    found = seen.with_only_columns(SectionScore.kind, maintain_column_froms=True)
    present = set(db.session.scalars(found.order_by(None).distinct()))
    kinds = [one for one in SectionKind if one in present] or [SectionKind.WINDOW]
    chosen = next((one for one in kinds if one.value == kind), kinds[0])
    measure = measure if measure in MEASURES else MEASURES[0]
    units = units if units in UNITS else UNITS[0]
    rules = PolicyRules.from_json(result.policy.rules)
    scores = _scores(actor, result, chosen, units)
    rates = [(score, getattr(rates_of(score, rules), measure)) for score in scores]
    rows = sorted(
        (
            RateRow(score, told, told.z, told.standing)
            for score, told in rates
            if told is not None and told.z is not None
        ),
        key=lambda row: (-abs(row.z), row.score.id),
    )
    unknown = sum(told is None for _score, told in rates)
    funnel = rows[0].told.funnel if rows else None
    return RatesPage(kinds, chosen, measure, units, rows, unknown, funnel, _picture(rows, funnel))


def _scores(actor: Actor, result: Result, kind: SectionKind, units: str) -> Sequence[AnyScored]:
    if units == "sections":
        query = select_sections(actor, result).where(SectionScore.kind == kind)
        return db.session.scalars(query).all()
    here = select(SectionScore.section_id).where(
        SectionScore.result_id == result.id, SectionScore.kind == kind
    )
    members = select_members(actor, result).where(
        MemberScore.section_id.in_(here), MemberScore.is_expected
    )
    return db.session.scalars(members).all()


def _picture(rows: Sequence[RateRow], funnel: RateFunnel | None) -> Funnel | None:
    if funnel is None:
        return None
    points = [
        FunnelPoint(row.told.rate.n, float(row.told.percent), row.standing, row.name)
        for row in rows[:DRAWN]
    ]
    return rate_picture(points, funnel)

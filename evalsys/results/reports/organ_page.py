"""Figures of whole organs, summed in SQL over the frozen sections in scope.

Only comparable sections with printed figures count, so that thin sections enter no compared figure
and the difference of two sums reveals nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Float, Row, and_, case, cast, func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Organ, Section
from evalsys.organisation.org.queries import visible_to
from evalsys.organisation.periods.models import Period
from evalsys.organisation.periods.words import period_short, period_words
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.results.reports.charts import TrendPoint
from evalsys.results.reports.rules import Bar, ScoreInterval, distribution, histogram_of, shown
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.publication import is_exact
from evalsys.scores.rules.disclosure import Extent
from evalsys.scores.rules.formulas import BEST, WORST, score_rate


@dataclass(frozen=True)
class OrganFigures:
    """An organ in one result. `figure` is the rate over its comparable sections."""

    result_id: int
    code: str
    name: str
    sections: int
    comparable: int
    members: int
    scored: int
    ballots: int
    figure: ScoreInterval | None
    bars: tuple[Bar, ...]
    is_spread: bool

    @property
    def choice(self) -> tuple[str, str]:
        """(code, name), as an option of a select."""
        return self.code, self.name


def list_organs(
    actor: Actor, results: Sequence[Result], min_n: int, organ: str = ""
) -> list[OrganFigures]:
    """Return every organ with sections that the actor may see, in each result."""
    query = (
        select(SectionScore.result_id, Organ.code, Organ.name, *_sums())
        .join(SectionScore.result)
        .join(Result.period)
        .join(SectionScore.section)
        .join(Section.organ)
        .where(
            SectionScore.result_id.in_([result.id for result in results]),
            visible_to(actor, Period.starts_on, Period.ends_on),
        )
        .group_by(SectionScore.result_id, Organ.id, Organ.code, Organ.name)
        .order_by(Organ.code)
    )
    if organ:
        query = query.where(Organ.code == organ)
    return [_figures(row, min_n) for row in db.session.execute(query)]


def _sums() -> Iterator[ColumnElement[Any]]:
    """Yield the labelled sums over the comparable sections of a group."""
    is_in = and_(SectionScore.is_comparable, is_exact(SectionScore))
    is_spread = and_(is_in, SectionScore.extent == Extent.FULL)
    # Squared hundredths would overflow the database's integers, hence floats.
    weight = case((is_in, cast(SectionScore.maximum, Float)), else_=0.0)
    yield func.count().label("sections")
    yield func.sum(case((is_in, 1), else_=0)).label("comparable")
    yield func.sum(SectionScore.members).label("members")
    yield func.sum(SectionScore.scored).label("scored")
    yield func.sum(case((is_in, SectionScore.total))).label("total")
    yield func.sum(case((is_in, SectionScore.maximum))).label("maximum")
    yield func.sum(weight).label("weight")
    yield func.sum(weight * weight * SectionScore.variance).label("spread")
    yield func.sum(case((is_spread, 1), else_=0)).label("whole")
    levels = (f"{name}_{level}" for name in DIMENSIONS for level in range(WORST, BEST + 1))
    yield func.sum(case((is_in, SectionScore.ballots), else_=0)).label("ballots")
    for name in levels:
        yield func.sum(case((is_spread, getattr(SectionScore, name)), else_=0)).label(name)


def _figures(row: Row[Any], min_n: int) -> OrganFigures:
    rate = score_rate(row.total, row.maximum) if row.total is not None else None
    variance = row.spread / row.weight**2 if row.spread is not None and row.weight else None
    return OrganFigures(
        result_id=row.result_id,
        code=row.code,
        name=row.name,
        sections=row.sections,
        comparable=int(row.comparable),
        members=int(row.members),
        scored=int(row.scored),
        ballots=int(row.ballots),
        figure=shown(None, None, None, rate, variance),
        bars=distribution(histogram_of(row), min_n, of_many=True),
        is_spread=row.whole == row.comparable,
    )


def organ_trend(results: Sequence[Result], rows: Sequence[OrganFigures]) -> list[TrendPoint]:
    """Return an organ's rate in each result, in time order."""
    figures = {row.result_id: row.figure for row in rows}
    points = []
    for result in results:
        figure = figures.get(result.id)
        point = TrendPoint(period_short(result.period.code), name=period_words(result.period.code))
        if figure:
            point = replace(point, value=figure.value, lo=figure.lo, hi=figure.hi)
        points.append(point)
    return points

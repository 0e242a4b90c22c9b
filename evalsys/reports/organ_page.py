"""Figures of whole organs, added up in SQL from the frozen sections that the actor may see.

Only comparable sections count: a thin section enters no figure that is compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Float, Row, case, cast, func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.org.models import Organ, Section
from evalsys.org.queries import visible_to
from evalsys.periods.models import Period
from evalsys.policies.rules import DIMENSIONS
from evalsys.reports.charts import TrendPoint
from evalsys.reports.rules import Bar, Shown, distribution, histogram_of, shown
from evalsys.reports.words import period_short
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.rules import BEST, WORST, score_rate


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
    figure: Shown | None
    bars: tuple[Bar, ...]


def list_organs(
    actor: Actor, results: Sequence[Result], min_n: int, organ: str = ""
) -> list[OrganFigures]:
    """Return every organ with sections that the actor may see, in each of the results."""
    counts = case((SectionScore.is_comparable, 1), else_=0)
    # Hundredths squared would leave the whole numbers of the database, so they become floats.
    weight = case((SectionScore.is_comparable, cast(SectionScore.maximum, Float)), else_=0.0)
    names = [f"{name}_{level}" for name in DIMENSIONS for level in range(WORST, BEST + 1)]
    query = (
        select(
            SectionScore.result_id,
            Organ.code,
            Organ.name,
            func.count().label("sections"),
            func.sum(counts).label("comparable"),
            func.sum(SectionScore.members).label("members"),
            func.sum(SectionScore.scored).label("scored"),
            func.sum(counts * SectionScore.ballots).label("ballots"),
            func.sum(case((SectionScore.is_comparable, SectionScore.total))).label("total"),
            func.sum(case((SectionScore.is_comparable, SectionScore.maximum))).label("maximum"),
            func.sum(weight).label("weight"),
            func.sum(weight * weight * SectionScore.variance).label("spread"),
            *(func.sum(counts * getattr(SectionScore, name)).label(name) for name in names),
        )
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
        bars=distribution(histogram_of(row), min_n),
    )


def organ_trend(results: Sequence[Result], rows: Sequence[OrganFigures]) -> list[TrendPoint]:
    """Return an organ's rate in each result, in time order."""
    figures = {row.result_id: row.figure for row in rows}
    points = []
    for result in results:
        figure = figures.get(result.id)
        label = period_short(result.period.code)
        points.append(
            TrendPoint(label, figure.value, figure.lo, figure.hi) if figure else TrendPoint(label)
        )
    return points

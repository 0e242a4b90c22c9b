"""The page of a funnel: who of a group stands out, and by how much. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.results.reports.funnel.picture import Funnel, FunnelPoint, funnel
from evalsys.results.reports.queries import deviation_of, select_sections, standing_of
from evalsys.results.reports.ranking_page import GROUP
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.publication import is_exact
from evalsys.scores.rules.funnel import GroupStanding, effective_ballots


@dataclass(frozen=True)
class FunnelRow:
    """A section in the funnel, at a distance z from the mean.

    `ballots` are effective ones, None if V is 0: it has no place across.
    """

    score: SectionScore
    standing: GroupStanding
    z: Decimal
    ballots: float | None


@dataclass(frozen=True)
class FunnelPage:
    """A group of a result; `rows` begin with those farthest from the mean.

    `groups` are the labels of the groups that were compared. Older results have no picture.
    """

    groups: Sequence[str]
    group: str
    rows: Sequence[FunnelRow]
    picture: Funnel | None

    @property
    def outside(self) -> int:
        """The number of sections outside the usual range."""
        return sum(row.standing is not GroupStanding.USUAL for row in self.rows)


def read_funnel(actor: Actor, result: Result, wanted: str) -> FunnelPage | None:
    """Return the funnel of a wanted group, else of the first; None if none was compared."""
    compared = select_sections(actor, result).where(
        SectionScore.is_comparable,
        SectionScore.group_mean.is_not(None),
        SectionScore.variance.is_not(None),
        is_exact(SectionScore),
    )
    labels = db.session.scalars(
        compared.with_only_columns(SectionScore.group_label, maintain_column_froms=True)
        .order_by(None)
        .group_by(SectionScore.group_label)
        .order_by(GROUP)
    ).all()
    if not labels:
        return None
    group = wanted if wanted in labels else labels[0]
    scores = db.session.scalars(compared.where(SectionScore.group_label == group)).all()
    rows = sorted(filter(None, map(_row, scores)), key=lambda row: (-abs(row.z), row.score.id))
    return FunnelPage(labels, group, rows, _picture(rows))


def _row(score: SectionScore) -> FunnelRow | None:
    standing = standing_of(score)
    if standing is None or score.variance is None:
        return None
    ballots = effective_ballots(score.group_s2 or 0.0, score.variance)
    return FunnelRow(score, standing, deviation_of(score), ballots)


def _picture(rows: Sequence[FunnelRow]) -> Funnel | None:
    first = rows[0].score if rows else None
    if first is None or not first.group_s2 or first.group_mean is None:
        return None
    points = [
        FunnelPoint(row.ballots, float(row.score.rate or 0), row.standing, row.score.section.name)
        for row in rows
        if row.ballots is not None
    ]
    if not points:
        return None
    return funnel(points, first.group_s2, float(first.group_mean), first.group_tau2 or 0.0)

"""The rows of the ranking: sections with their figures, places in their band, and proposals."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.foundation.spreadsheets.model import Ranked
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.closing.models import ProposalKind
from evalsys.results.reports.queries import changes_since, figure_of, list_results, proposals_of
from evalsys.results.reports.rules import ScoreInterval
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.scores.mixing import mixed_of
from evalsys.scores.models import CaseMixScore, SectionScore
from evalsys.scores.publication import printed
from evalsys.scores.rules.disclosure import EXACT, Extent, as_printed
from evalsys.scores.rules.shrinkage import rank
from evalsys.supervision.holds.queries import blocked_in

PERCENT = Decimal(100)


@dataclass(frozen=True)
class RankingRow:
    """A section with data besides its frozen figures; `is_held`: a hold keeps proposals back."""

    score: SectionScore
    rules: PolicyRules
    figure: ScoreInterval | None
    band_rank: Ranked | None
    change: Decimal | None
    proposals: Sequence[ProposalKind]
    mixed: CaseMixScore | None
    is_held: bool = False


def read_ranking(request: ExportRequest) -> list[RankingRow]:
    """Return all rows of the ranking page, in its order."""
    result = request.result
    scores = [printed(score) for score in db.session.scalars(request.select_sections())]
    changes = changes_since(list_results(), result, scores)
    proposals = proposals_of(result, [score.section_id for score in scores])
    bands = _band_ranks(request)
    mixed = mixed_of(result, [score.section_id for score in scores])
    held = blocked_in(result.period_id)
    return [
        RankingRow(
            score=score,
            rules=request.rules,
            figure=figure_of(score),
            band_rank=bands.get(score.section_id) if score.extent in EXACT else None,
            change=changes.get(score.section_id),
            proposals=[each.kind for each in proposals.get(score.section_id, [])],
            mixed=mixed.get(score.section_id),
            is_held=score.section_id in held,
        )
        for score in scores
    ]


def _band_ranks(request: ExportRequest) -> dict[int, Ranked]:
    """Return section id -> rank of S within the size band (F5), with the interval of F8.

    All comparable sections of the result take part, whoever asks. V of S is V of R times (S_max /
    100) squared.
    """
    rows = db.session.execute(
        select(
            SectionScore.section_id,
            SectionScore.size_band,
            SectionScore.total,
            SectionScore.maximum,
            SectionScore.variance,
            SectionScore.extent,
        ).where(
            SectionScore.result_id == request.result.id,
            SectionScore.is_comparable,
            SectionScore.extent != Extent.NONE,
            SectionScore.variance.is_not(None),
        )
    )
    bands: dict[int, list[tuple[int, Decimal, float]]] = defaultdict(list)
    for section_id, band, total, maximum, variance, extent in rows:
        if variance is None:
            continue  # Excluded by the query already; for the type checker.
        shown = as_printed(total, extent)
        bands[band].append((section_id, shown, variance * float(maximum / PERCENT) ** 2))
    return {
        section_id: Ranked(place.position, place.lo, place.hi)
        for band in bands.values()
        for (section_id, *_), place in zip(
            band,
            rank([row[1] for row in band], [(float(row[1]), row[2]) for row in band]),
            strict=True,
        )
    }

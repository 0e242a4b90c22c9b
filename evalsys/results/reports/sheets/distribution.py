"""The sheet 评价分布: the share of each level, by section and dimension."""

from dataclasses import dataclass

from sqlalchemy import select

from evalsys.core.errors import N_, NP_, Text
from evalsys.core.extensions import db
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import NONE, join
from evalsys.organisation.org.sheets import place_columns
from evalsys.organisation.policies.words import DIMENSION_WORDS
from evalsys.ratings.ballots.words import LEVEL_WORDS
from evalsys.results.reports.charts import Segment
from evalsys.results.reports.rules import Bar, add_up, distribution, histogram_of
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.results.reports.sheets.words import EXTENTS, HIDDEN, TOO_FEW
from evalsys.scores.models import SectionScore
from evalsys.scores.publication import printed
from evalsys.scores.rules.disclosure import Extent

TITLE = NP_("sheet", "Distribution")
CHART = NP_("sheet", "Distribution chart")
MERGED = NP_("sheet", "merged left")


@dataclass(frozen=True)
class LevelShares:
    """The levels of one dimension in a section; `shares` is top level -> percent.

    `score` is None for all sections together, `bar` None with too few ballots.
    """

    score: SectionScore | None
    dimension: str
    bar: Bar | None

    @property
    def shares(self) -> dict[int, int]:
        """Top level of a segment -> whole percent."""
        return {part.top: part.percent for part in self.bar.segments} if self.bar else {}


def read_distribution(request: ExportRequest) -> list[LevelShares]:
    """Return four rows per comparable section, one per other, as on their pages."""
    rows: list[LevelShares] = []
    for score in map(printed, db.session.scalars(request.select_sections())):
        if not score.is_comparable:
            rows.append(LevelShares(score, "", None))
            continue
        bars = distribution(histogram_of(score), request.rules.min_n_display, of_many=True)
        rows += [LevelShares(score, bar.dimension, bar) for bar in bars]
    return rows


def read_overall(request: ExportRequest) -> list[LevelShares]:
    """Return the four dimensions over all comparable sections of the export."""
    scores = db.session.scalars(
        select(SectionScore).where(
            SectionScore.result_id == request.result.id,
            SectionScore.is_comparable,
            SectionScore.extent == Extent.FULL,
            SectionScore.section_id.in_(request.section_ids()),
        )
    )
    histograms = [histogram_of(score) for score in scores]
    if not histograms:
        return []
    bars = distribution(add_up(histograms), request.rules.min_n_display, of_many=True)
    return [LevelShares(None, bar.dimension, bar) for bar in bars if bar.segments]


def distribution_sheet(request: ExportRequest) -> Sheet[LevelShares]:
    """Return the sheet 评价分布."""
    rows = read_distribution(request)
    return Sheet(TITLE, COLUMNS, rows, len(rows), frozen=2)


def distribution_chart(request: ExportRequest) -> list[Sheet[LevelShares]]:
    """Return the sheet 分布图, or [] if no section has enough ballots."""
    from evalsys.foundation.spreadsheets.charts import draw_levels

    rows = read_overall(request)
    columns = (_dimension(), *(_level(level) for level in LEVEL_WORDS), _merging())
    title = N_("The five levels (all comparable sections)")
    draw = draw_levels(title, len(LEVEL_WORDS))
    return [Sheet(CHART, columns, rows, len(rows), frozen=1, draw=draw)] if rows else []


def _dimension() -> Column[LevelShares]:
    return Column(
        N_("Dimension"),
        lambda row: DIMENSION_WORDS.get(row.dimension, NONE),
        meaning=N_("one of the four dimensions"),
    )


def _level(level: int) -> Column[LevelShares]:
    def value(row: LevelShares) -> Value:
        if row.score and row.score.extent in EXTENTS:
            return HIDDEN
        if row.bar is None or not row.bar.segments:
            return TOO_FEW
        percent = row.shares.get(level)
        return MERGED if percent is None else percent / 100

    meaning = N_(
        "whole percentage of the answers; a level with too few ballots is merged to the left"
    )
    return Column(LEVEL_WORDS[level], value, CellKind.SHARE, meaning)


def _merged(part: Segment) -> Text:
    levels = {"top": LEVEL_WORDS[part.top], "bottom": LEVEL_WORDS[part.bottom]}
    return NP_("levels that were merged", "%(top)s down to %(bottom)s").filled(**levels)


def _merging() -> Column[LevelShares]:
    def value(row: LevelShares) -> Value:
        if row.score and row.score.extent in EXTENTS:
            return EXTENTS[row.score.extent]
        if row.bar is None or not row.bar.segments:
            return N_("too few ballots, not shown; not a low score")
        lists = [part for part in row.bar.segments if part.top != part.bottom]
        return join([_merged(each) for each in lists]) if lists else None

    meaning = N_("which levels were merged, and why")
    return Column(NP_("sheet", "Merged levels"), value, meaning=meaning)


def _chief(row: LevelShares) -> Value:
    return row.score.chief.name if row.score and row.score.chief else NONE


COLUMNS: tuple[Column[LevelShares], ...] = (
    Column(
        N_("Section"),
        lambda row: row.score.section.name if row.score else NONE,
        meaning=NP_("section", "name"),
    ),
    _dimension(),
    *(_level(level) for level in LEVEL_WORDS),
    _merging(),
    Column(N_("Chief"), _chief, meaning=N_("who leads the section")),
    *place_columns(lambda row: row.score.section if row.score else None),
)

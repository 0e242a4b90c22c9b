"""The chart sheets of the reports: ranking of sections, and trend of organs."""

from dataclasses import dataclass
from decimal import Decimal

from evalsys.core.errors import N_, NP_, Text
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.organisation.periods.sheets import period_words
from evalsys.results.reports.organ_page import list_organs
from evalsys.results.reports.queries import list_results, of_same_kind
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.results.reports.sheets.standings import read_ranking
from evalsys.scores.rules.disclosure import EXACT

RANKING_CHART = NP_("sheet", "Ranking chart")
TREND = NP_("sheet", "Trend")
LOWEST_MOST, HIGHEST, STEP = 80, 100, 10  # points on the scale of the trend


@dataclass(frozen=True)
class ChartBar:
    """A bar of the ranking chart: adjusted score and half of its interval."""

    section: str
    value: Decimal
    reach: Decimal


@dataclass(frozen=True)
class PeriodRates:
    """A row of the trend: the rate of each organ in a period; None if not printed."""

    period: Text
    rates: tuple[Decimal | None, ...]


def ranking_chart(request: ExportRequest) -> list[Sheet[ChartBar]]:
    """Return the sheet 排名图, or [] without comparable sections."""
    from evalsys.foundation.spreadsheets.charts import draw_bars

    rows = [
        ChartBar(row.score.section.name, row.figure.value, row.figure.value - row.figure.lo)
        for row in read_ranking(request)
        if row.figure is not None and row.score.extent in EXACT
    ]
    columns = (
        Column[ChartBar](N_("Section"), lambda row: row.section, meaning=NP_("section", "name")),
        Column[ChartBar](
            N_("Adjusted score"),
            lambda row: row.value,
            CellKind.SCORE,
            N_("F7; R where nothing was adjusted"),
        ),
        Column[ChartBar](
            NP_("sheet", "Half interval"),
            lambda row: row.reach,
            CellKind.SCORE,
            N_("half of the 95 %% interval: the error bars").filled(),
        ),
    )
    title = N_("Adjusted scores with 95 %% intervals").filled()
    draw = draw_bars(title, value=2, error=3)
    return [Sheet(RANKING_CHART, columns, rows, len(rows), frozen=1, draw=draw)] if rows else []


def trend_sheet(request: ExportRequest) -> list[Sheet[PeriodRates]]:
    """Return the sheet 走势: the rate of each organ in up to eight periods of this length."""
    from evalsys.foundation.spreadsheets.charts import LINES, draw_lines

    results = of_same_kind(list_results(), request.result)
    figures = list_organs(request.actor, results, request.rules.min_n_display, request.wanted.organ)
    organs = list({row.code: row.name for row in figures}.items())[: len(LINES)]
    rates = {(row.result_id, row.code): row.figure for row in figures}
    rows = []
    for result in results:
        shown = [rates.get((result.id, code)) for code, _ in organs]
        values = tuple(figure.value if figure else None for figure in shown)
        rows.append(PeriodRates(period_words(result.period.code), values))
    if not organs or not rows:
        return []
    columns = (
        Column[PeriodRates](
            N_("Period"),
            lambda row: row.period,
            meaning=N_("periods of the same length"),
        ),
        *(_organ(place, name) for place, (_, name) in enumerate(organs)),
    )
    known = [rate for row in rows for rate in row.rates if rate is not None]
    low = min(LOWEST_MOST, int(min(known, default=Decimal(HIGHEST)) // STEP) * STEP)
    draw = draw_lines(NP_("sheet", "Score rate by organ"), len(organs), low, HIGHEST)
    return [Sheet(TREND, columns, rows, len(rows), frozen=1, draw=draw)]


def _organ(place: int, name: str) -> Column[PeriodRates]:
    def value(row: PeriodRates) -> Value:
        rate = row.rates[place]
        return NONE if rate is None else rate

    meaning = N_("F5 over the comparable sections of the organ")
    return Column(name, value, CellKind.SCORE, meaning)

"""对标工作簿: the comparison, all figures, the library and the queue as a workbook.

`lists` can read the sheet of figures back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app

from evalsys.core.audit import unit_of_work
from evalsys.core.city import say
from evalsys.core.errors import N_, NP_
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.spreadsheets.facts import Facts, export_facts
from evalsys.foundation.spreadsheets.frames import book_name, internal_frame
from evalsys.foundation.spreadsheets.model import Sheet
from evalsys.foundation.spreadsheets.workbook import write_file
from evalsys.reform.benchmarks import queries
from evalsys.reform.benchmarks.filters import BenchmarkFilter, select_wanted, standings_of
from evalsys.reform.benchmarks.models import BenchmarkCity, Indicator
from evalsys.reform.benchmarks.sheets import (
    ComparedRow,
    FigureRow,
    QueueRow,
    comparison_sheet,
    figures_sheet,
    library_sheet,
    queue_sheet,
)

TITLE = N_("Benchmarks")
LATEST = N_("the latest of each indicator with an own figure")


@dataclass(frozen=True)
class BenchmarkRequest:
    """A request of `actor`, made at `at`, with the filter of the page."""

    actor: Actor
    wanted: BenchmarkFilter
    lang: str
    at: datetime


def export_benchmarks(request: BenchmarkRequest, path: Path) -> int:
    """Write the workbook to a file, record it, and return the number of its rows."""
    wanted = request.wanted
    indicators = db.session.scalars(queries.select_indicators(wanted.text)).all()
    cities = queries.list_cities()
    names = {city.id: city.name for city in cities}
    shown = db.session.scalars(select_wanted(wanted)).all()
    standings = standings_of(shown, wanted, cities)
    placed, judged = queries.read_queue()
    compared = [ComparedRow(one, standings[one.id], names) for one in shown]
    sheets: list[Sheet[Any]] = [
        comparison_sheet(compared, names.get(wanted.city or 0)),
        queue_sheet([QueueRow(one, judged[one.judged.key]) for one in placed]),
        figures_sheet(list(_places(indicators, cities))),
        library_sheet(indicators),
    ]
    written = write_file(
        path,
        sheets,
        internal_frame(
            TITLE,
            str(current_app.config["ORGANISATION"]),
            request.actor.name,
            at=request.at,
            lang=request.lang,
        ),
        _facts(request, sheets, names.get(wanted.city or 0)),
        Progress(),
    )
    with unit_of_work(request.actor) as unit:
        filters = {"year": wanted.year, "city": wanted.city, "text": wanted.text}
        filters |= {"retired": True} if wanted.retired else {}
        unit.record(Action.BENCHMARK_EXPORT, "benchmarks", filters=filters, rows=written)
    return written


def _places(
    indicators: Sequence[Indicator], cities: Sequence[BenchmarkCity]
) -> Iterator[FigureRow]:
    """Yield a row for each indicator, city and year that has a figure anywhere."""
    known = {(one.indicator_id, one.city_id, one.year): one for one in queries.list_figures()}
    years = queries.list_years()
    for indicator in indicators:
        for city in cities:
            for year in years:
                figure = known.get((indicator.id, city.id, year))
                yield FigureRow(indicator, city, year, figure)


def _facts(request: BenchmarkRequest, sheets: list[Sheet[Any]], reference: str | None) -> Facts:
    wanted = request.wanted
    yield NP_("sheet", "Year compared"), str(wanted.year) if wanted.year else LATEST
    if reference:
        yield NP_("sheet", "Reference city"), reference
    if wanted.text:
        yield NP_("sheet", "Only with the text"), wanted.text
    yield from export_facts(request.actor.name, request.at, sheets, 0)


def file_name(request: BenchmarkRequest) -> str:
    """Return the file name: title, day of export."""
    return book_name(say(TITLE, request.lang), at=request.at)

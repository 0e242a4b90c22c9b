"""Where the city stands beside others: the list, one indicator, and what to do first.

The supervision office, leaders and chiefs open it before a meeting: what is behind, behind whom,
what is urgent and easy. From here they go to the source of a figure, or to the workbook.
"""

from decimal import Decimal
from functools import partial

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from evalsys.core import pages
from evalsys.core.forms import Form
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate
from evalsys.core.permissions import Action
from evalsys.foundation.spreadsheets.blueprint import asked_language, send_written
from evalsys.reform.benchmarks import queries
from evalsys.reform.benchmarks.book import BenchmarkRequest, export_benchmarks, file_name
from evalsys.reform.benchmarks.filters import (
    BenchmarkFilter,
    read_filter,
    select_wanted,
    standings_of,
)
from evalsys.reform.benchmarks.models import Figure
from evalsys.reform.benchmarks.rules.drawing import draw_lines, draw_queue
from evalsys.reform.benchmarks.rules.queue import HIGHEST, LOWEST

bp = Blueprint("benchmarks", __name__)

PER_PAGE = 50  # indicators
MOST_LINES = 6  # cities in a chart


@bp.get("/reform/benchmarks")
@requires(Action.REFORM_VIEW)
def index() -> ResponseReturnValue:
    """List the indicators with where the own city stands in a year."""
    cities, years = queries.list_cities(), queries.list_years()
    wanted = read_filter(request.args, cities, years)
    rows = paginate(select_wanted(wanted), PER_PAGE)
    return render_template(
        "benchmarks/index.html",
        rows=rows,
        wanted=wanted,
        year_choices=[(year, year) for year in years],
        city_choices=[(city.id, city.name) for city in cities if not city.is_own],
        own=queries.own_city(cities),
        names={city.id: city.name for city in cities},
        standings=standings_of(rows.items, wanted, cities),
        lang=asked_language(),
    )


@bp.get("/reform/benchmarks/<int:indicator_id>")
@requires(Action.REFORM_VIEW)
def show(indicator_id: int) -> ResponseReturnValue:
    """Show an indicator: its definition, its figures by year with sources, its chart."""
    indicator = queries.get_indicator(indicator_id)
    cities = queries.list_cities()
    versions = queries.list_figures(indicator_id)
    targets = queries.list_targets(indicator_id)
    standing = standings_of([indicator], BenchmarkFilter(), cities)[indicator_id]
    figures = [one for one in versions if one.is_current and one.value is not None]
    lines = [(city.name, _years(figures, city.id)) for city in cities]
    return render_template(
        "benchmarks/show.html",
        indicator=indicator,
        standing=standing,
        names={city.id: city.name for city in cities},
        figures=figures,
        earlier=[one for one in versions if one not in figures],
        reasons={(one.city_id, one.year, one.version - 1): one.reason for one in versions},
        targets=targets,
        retirements=queries.list_retirements(indicator_id),
        chart=draw_lines(
            [line for line in lines if line[1]][:MOST_LINES],
            {target.year: target.value for target in targets},
        ),
        form=Form(),
    )


def _years(figures: list[Figure], city: int) -> dict[int, Decimal]:
    mine = (one for one in figures if one.city_id == city)
    return {one.year: one.value for one in mine if one.value is not None}


@bp.get("/reform/benchmarks/queue")
@requires(Action.REFORM_VIEW)
def queue() -> ResponseReturnValue:
    """Show what to do first: urgency times ease, as a list and as a chart."""
    placed, indicators = queries.read_queue()
    cities = queries.list_cities()
    standings = standings_of(list(indicators.values()), BenchmarkFilter(), cities)
    return render_template(
        "benchmarks/queue.html",
        placed=placed,
        indicators=indicators,
        standings=standings,
        spots=draw_queue(placed),
        scale=range(LOWEST, HIGHEST + 1),
        unjudged=queries.count_unjudged(),
        lang=asked_language(),
    )


@bp.get("/reform/benchmarks/workbook")
@requires(Action.BENCHMARK_EXPORT)
def workbook() -> ResponseReturnValue:
    """Send the workbook, in Chinese unless the page is English."""
    wanted = read_filter(request.args, queries.list_cities(), queries.list_years())
    book = BenchmarkRequest(current_actor(), wanted, asked_language(), pages.now())
    return send_written(partial(export_benchmarks, book), file_name(book))

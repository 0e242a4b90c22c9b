"""Which year and which reference city a page compares with, and a text that finds indicators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select

from evalsys.reform.benchmarks.models import BenchmarkCity, Indicator
from evalsys.reform.benchmarks.queries import (
    in_use,
    is_retired,
    own_city,
    select_indicators,
    series_of,
    targets_of,
)
from evalsys.reform.benchmarks.rules.comparing import Standing, stand

LONGEST = 60  # characters of a filter


@dataclass(frozen=True)
class BenchmarkFilter:
    """A filter of indicators; None takes the latest year of each, and no reference city."""

    year: int | None = None
    city: int | None = None
    text: str = ""
    retired: bool = False


def read_filter(
    args: Mapping[str, str], cities: Sequence[BenchmarkCity], years: Sequence[int]
) -> BenchmarkFilter:
    """Return the filter of an address; values that nothing can have are left out."""
    known_years = {str(year): year for year in years}
    known_cities = {str(city.id): city.id for city in cities if not city.is_own}
    return BenchmarkFilter(
        known_years.get(args.get("year", "")),
        known_cities.get(args.get("city", "")),
        args.get("text", "").strip()[:LONGEST],
        args.get("state") == "retired",
    )


def select_wanted(wanted: BenchmarkFilter) -> Select[Indicator]:
    """Return the query for the indicators of a filter: those in use, or the retired ones."""
    chosen = is_retired() if wanted.retired else in_use(wanted.year)
    return select_indicators(wanted.text).where(chosen)


def standings_of(
    indicators: Sequence[Indicator], wanted: BenchmarkFilter, cities: Sequence[BenchmarkCity]
) -> Mapping[int, Standing]:
    """Return where the own city stands in each of some indicators, with two statements.

    A retired indicator stands as in the years before it was retired.
    """
    ids = [one.id for one in indicators]
    series, targets, own = series_of(ids), targets_of(ids), own_city(cities)
    return {
        one.id: stand(
            one.direction,
            {key: value for key, value in series[one.id].items() if one.counts_in(key[1])},
            own,
            year=wanted.year,
            reference=wanted.city,
            targets=targets[one.id],
        )
        for one in indicators
    }

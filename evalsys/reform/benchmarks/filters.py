"""Which year and which reference city a page compares with, and a text that finds indicators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalsys.reform.benchmarks.models import BenchmarkCity, Indicator
from evalsys.reform.benchmarks.queries import own_city, series_of, targets_of
from evalsys.reform.benchmarks.rules.comparing import Standing, stand

LONGEST = 60  # characters of a filter


@dataclass(frozen=True)
class BenchmarkFilter:
    """A filter of indicators; None takes the latest year of each, and no reference city."""

    year: int | None = None
    city: int | None = None
    text: str = ""


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
    )


def standings_of(
    indicators: Sequence[Indicator], wanted: BenchmarkFilter, cities: Sequence[BenchmarkCity]
) -> Mapping[int, Standing]:
    """Return where the own city stands in each of some indicators, with two statements."""
    ids = [one.id for one in indicators]
    series, targets, own = series_of(ids), targets_of(ids), own_city(cities)
    return {
        one.id: stand(
            one.direction,
            series[one.id],
            own,
            year=wanted.year,
            reference=wanted.city,
            targets=targets[one.id],
        )
        for one in indicators
    }

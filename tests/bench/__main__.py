"""`make bench`: measure against bare floors, in one run. Prints figures, judges nothing.

A small and a large city, each on both databases. The machine is shared and the load generator runs
beside the server: read the ratios, not the absolute figures.
"""

import sys
import time

from tests.bench import large, small

CITIES = {
    f"{name}-{kind}": (city, kind)
    for name, city in (("small", small), ("large", large))
    for kind in ("sqlite", "postgresql")
}


def main() -> None:
    """Measure what is named: cities, parts of them, or both; everything if nothing is.

    `small` is the small city on both databases, `small-sqlite` that on one; `workbook` is that part
    of every city that has one.
    """
    named = set(sys.argv[1:])
    cities = [name for name in CITIES if {name, name.partition("-")[0]} & named]
    for name in cities or CITIES:
        city, kind = CITIES[name]
        parts = set(city.PARTS) & named or (set(city.PARTS) if cities or not named else set())
        if parts:
            say(f"[{name}]")
            city.measure(kind, parts, say)


def say(words: str) -> None:
    """Print a line with the time, at once."""
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()

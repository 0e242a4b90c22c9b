"""A small city with something to close: one chief far below, one far above, four in between."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from evalsys.organisation.org.models import Section, Staff
from tests.factories import make_chief, make_period, make_ratings, make_section, make_staff
from tests.remembered import remembered

NOW = datetime(2026, 10, 21, 2, tzinfo=UTC)
TODAY = date(2026, 10, 21)
CODE = "2026-Q3"
GOOD, FAIR, PLAIN, POOR = (5, 5, 5, 5), (4, 4, 4, 4), (3, 3, 3, 3), (2, 2, 2, 2)


@remembered
def make_city() -> tuple[Section, Section]:
    """Make the ratings of a quarter; return the section that is low and the one that is high."""
    for _ in range(4):
        make_rated([GOOD] * 15 + [FAIR] * 15 + [PLAIN] * 6)
    low = make_rated([POOR] * 40 + [FAIR] * 6)
    high = make_rated([GOOD] * 46)
    make_period(CODE)
    return low, high


def make_rated(levels: Sequence[tuple[int, ...]]) -> Section:
    """Make a section whose chief and member were rated with the same levels."""
    section = make_section()
    for person in (make_chief(section), make_staff(section)):
        make_ratings(person, section, levels)
    return section


def someone_of(section: Section) -> Staff:
    """Return a new member of a section, with enough ballots for a score."""
    person = make_staff(section)
    make_ratings(person, section, [GOOD] * 12)
    return person

"""Where people belonged, as far as their past ratings tell: pure."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from evalsys.organisation.periods.rules import PeriodSpan, parse_period
from evalsys.ratings.history.plan import PlannedPosting, Sightings, plan_postings

CODES = [f"2026-{month:02}" for month in range(1, 7)]
SPANS = {code: parse_period(code) for code in CODES}


@st.composite
def sightings(draw: st.DrawFn, sections: int = 6) -> Sightings:
    """Ratings of one person: section -> month -> (number, first day)."""
    places = draw(
        st.sets(
            st.tuples(st.integers(1, sections), st.sampled_from(CODES)), min_size=1, max_size=24
        )
    )
    seen: Sightings = defaultdict(dict)
    for section, code in sorted(places):
        day = SPANS[code].starts_on + timedelta(draw(st.integers(0, SPANS[code].days - 1)))
        seen[f"S{section}"][code] = (draw(st.integers(1, 5000)), day)
    return dict(seen)


def end_of(piece: PlannedPosting) -> date:
    return piece.ended_on or date.max


def has_seat(pieces: list[PlannedPosting], section: str, span: PeriodSpan) -> bool:
    """Whether somebody spent a day of the span in the section."""
    return any(
        piece.section == section
        and piece.started_on <= span.ends_on
        and end_of(piece) >= span.starts_on
        for piece in pieces
    )


@given(sightings())
def test_every_rating_has_a_seat(seen: Sightings) -> None:
    pieces = plan_postings(seen, SPANS, CODES[-1])
    for section, periods in seen.items():
        for code in periods:
            assert has_seat(pieces, section, SPANS[code])


@given(sightings())
def test_nobody_is_in_two_sections_on_one_day_nor_between_them_in_none(seen: Sightings) -> None:
    pieces = plan_postings(seen, SPANS, CODES[-1])
    for one, following in pairwise(pieces):
        assert one.started_on <= end_of(one)
        assert end_of(one) + timedelta(days=1) == following.started_on
        assert one.section != following.section


@given(sightings())
def test_the_time_in_office_begins_with_the_first_rating_and_ends_with_the_last(
    seen: Sightings,
) -> None:
    pieces = plan_postings(seen, SPANS, CODES[-1])
    codes = {code for periods in seen.values() for code in periods}
    assert pieces[0].started_on == SPANS[min(codes)].starts_on
    is_there = CODES[-1] in codes
    assert pieces[-1].ended_on == (None if is_there else SPANS[max(codes)].ends_on)


def test_a_period_in_two_sections_is_divided_by_the_number_of_ratings() -> None:
    seen = {
        "S1": {"2026-06": (20, date(2026, 6, 1))},
        "S2": {"2026-06": (10, date(2026, 6, 9))},
    }
    assert plan_postings(seen, SPANS, "2026-06") == [
        PlannedPosting("S1", date(2026, 6, 1), date(2026, 6, 20)),
        PlannedPosting("S2", date(2026, 6, 21), None),
    ]


def test_a_single_rating_among_thousands_still_has_its_day() -> None:
    seen = {
        "S1": {"2026-05": (4000, date(2026, 5, 1))},
        "S2": {"2026-05": (1, date(2026, 5, 30))},
        "S3": {"2026-05": (1, date(2026, 5, 31))},
    }
    assert plan_postings(seen, SPANS, "2026-05") == [
        PlannedPosting("S1", date(2026, 5, 1), date(2026, 5, 29)),
        PlannedPosting("S2", date(2026, 5, 30), date(2026, 5, 30)),
        PlannedPosting("S3", date(2026, 5, 31), None),
    ]


def test_of_more_sections_than_days_those_with_most_ratings_get_a_day() -> None:
    seen: Sightings = {
        f"S{nth:02}": {"2026-02": (1 + (nth != 3), date(2026, 2, 1))} for nth in range(29)
    }
    pieces = plan_postings(seen, SPANS, "2026-02")
    assert len(pieces) == 28
    assert "S03" not in {piece.section for piece in pieces}


def test_a_period_without_ratings_belongs_to_the_section_before_it() -> None:
    seen = {
        "S1": {"2026-01": (5, date(2026, 1, 7))},
        "S2": {"2026-04": (5, date(2026, 4, 2))},
    }
    assert plan_postings(seen, SPANS, "2026-06") == [
        PlannedPosting("S1", date(2026, 1, 1), date(2026, 3, 31)),
        PlannedPosting("S2", date(2026, 4, 1), date(2026, 4, 30)),
    ]

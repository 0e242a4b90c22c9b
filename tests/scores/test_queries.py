from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import DIMENSIONS, PolicyRules
from evalsys.ratings.ballots.models import Channel, Exclusion, ExclusionReason, RaterGroup, Rating
from evalsys.ratings.ballots.rules import RatingDraft
from evalsys.ratings.counting.exclusions import set_aside
from evalsys.ratings.counting.tallies import Ballot, store_ratings
from evalsys.scores.queries import (
    latest_result,
    places,
    recount,
    services,
    tallied,
)
from evalsys.scores.rules.formulas import SATISFIED, ballot_score
from evalsys.scores.seats import LEVEL_NAMES, Ballots
from evalsys.scores.tickets import beside_ballots
from tests.factories import (
    make_chief,
    make_period,
    make_posting,
    make_ratings,
    make_section,
    make_staff,
)

pytestmark = pytest.mark.usefixtures("app")

Q3 = parse_period("2026-Q3")
RULES = PolicyRules()
level = st.none() | st.integers(1, 5)
ballot = st.tuples(level, level, level, level).filter(any)
weights = st.fixed_dictionaries({name: st.integers(0, 100) for name in DIMENSIONS}).filter(
    lambda given: any(given.values())
)


def by_hand(code: str, rules: PolicyRules) -> dict[tuple[int, int, str], list[int]]:
    """Recount with the pure formulas, one rating at a time."""
    aside = set(db.session.scalars(db.select(Exclusion.ballot_id)))
    found: dict[tuple[int, int, str], list[int]] = defaultdict(lambda: [0] * (6 + 20))
    for rating in db.session.scalars(db.select(Rating).where(Rating.base_period == code)):
        if rating.ballot_id in aside or rating.channel is Channel.DEFAULT:
            continue
        levels = {name: getattr(rating, name) for name in DIMENSIONS}
        row = found[rating.section_id, rating.staff_id, rating.rater_group]
        row[0] += 1
        for name, chosen in levels.items():
            if chosen:
                row[6 + LEVEL_NAMES.index(f"{name}_{chosen}")] += 1
        if any(rules.dimension_weights[name] for name, chosen in levels.items() if chosen):
            f1 = ballot_score(levels, rules.dimension_weights)
            hundredths = int(f1 * 100)
            row[1] += 1
            row[2] += hundredths
            row[3] += hundredths**2
            row[4] += RatingDraft(levels).is_low
            row[5] += f1 >= SATISFIED
    return dict(found)


def as_rows(found: list[Ballots]) -> dict[tuple[int, int, str], list[int]]:
    return {row[:3]: [*row[3:9], *row.levels] for row in found}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(levels=st.lists(ballot, min_size=1, max_size=40), chosen=weights)
def test_f1_in_sql_is_the_pure_f1_to_the_hundredth(
    levels: list[tuple[int | None, ...]], chosen: dict[str, int]
) -> None:
    section = make_section()
    make_ratings(make_staff(section), section, levels)
    rules = RULES.changed(dimension_weights=chosen)
    assert as_rows(recount(["2026-Q3"], rules)) == by_hand("2026-Q3", rules)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_recount_is_what_counting_by_hand_gives(data: st.DataObject) -> None:
    sections = [make_section(), make_section()]
    staff = [make_staff(sections[0]), make_staff(sections[1])]
    ids: list[bytes] = []
    for _ in range(data.draw(st.integers(1, 4))):
        ids += make_ratings(
            data.draw(st.sampled_from(staff)),
            data.draw(st.sampled_from(sections)),
            data.draw(st.lists(ballot, min_size=1, max_size=8)),
            rater_group=data.draw(st.sampled_from(list(RaterGroup))),
            channel=data.draw(st.sampled_from([Channel.SLIP, Channel.SMS])),
        )
    for ballot_id in data.draw(st.lists(st.sampled_from(ids), max_size=3, unique=True)):
        put_aside(ballot_id)
    found = recount(["2026-Q3"], RULES)
    assert as_rows(found) == by_hand("2026-Q3", RULES)
    counted = {row[:3]: (row.ballots, *row.levels) for row in found}
    assert counted == {key: sums for key, sums in tallied(["2026-Q3"]).items() if any(sums)}


def put_aside(ballot_id: bytes, reason: ExclusionReason = ExclusionReason.MISTAKEN) -> None:
    whose = db.session.scalars(db.select(Rating.staff_id).filter_by(ballot_id=ballot_id)).one()
    with unit_of_work(SYSTEM) as unit:
        set_aside(
            unit, (whose, ballot_id), reason=reason, grounds="decision 12", on=date(2026, 10, 1)
        )


def test_halves_are_rounded_up() -> None:
    section = make_section()
    rules = RULES.changed(
        dimension_weights={"attitude": 1, "work_style": 15, "efficiency": 0, "competence": 0}
    )
    make_ratings(make_staff(section), section, [(1, 2, None, None)])
    assert [row.total for row in recount(["2026-Q3"], rules)] == [3875]
    rules = rules.changed(
        dimension_weights={"attitude": 31, "work_style": 1, "efficiency": 0, "competence": 0}
    )
    assert [row.total for row in recount(["2026-Q3"], rules)] == [2063]  # 20.625 exactly.


def test_a_ballot_on_dimensions_without_weight_is_counted_but_has_no_score() -> None:
    section = make_section()
    rules = RULES.changed(dimension_weights={**dict.fromkeys(DIMENSIONS, 0), "attitude": 100})
    make_ratings(make_staff(section), section, [(None, 1, None, None), (4, None, None, None)])
    (row,) = recount(["2026-Q3"], rules)
    assert (row.ballots, row.n, row.total, row.bad, row.satisfied) == (2, 1, 8000, 0, 1)


def test_a_seat_with_only_such_ballots_sums_to_zero() -> None:
    section = make_section()
    rules = RULES.changed(dimension_weights={**dict.fromkeys(DIMENSIONS, 0), "attitude": 100})
    make_ratings(make_staff(section), section, [(None, 5, None, None)])
    (row,) = recount(["2026-Q3"], rules)
    assert (row.n, row.total, row.squares) == (0, 0, 0)


def test_several_base_periods_are_counted_together() -> None:
    section = make_section()
    staff = make_staff(section)
    make_ratings(staff, section, [(5, 5, 5, 5)], base_period="2026-Q1")
    make_ratings(staff, section, [(1, 1, 1, 1)] * 2, base_period="2026-Q2")
    make_ratings(staff, section, [(3, 3, 3, 3)], base_period="2026-Q3")
    (row,) = recount(["2026-Q1", "2026-Q2"], RULES)
    assert (row.n, row.total, row.bad, row.satisfied) == (3, 14000, 2, 1)


def test_silence_counts_nowhere_but_among_the_excluded() -> None:
    section = make_section()
    staff = make_staff(section)
    make_ratings(staff, section, [(3, 3, 3, 3)] * 2, channel=Channel.DEFAULT)
    first, *_ = make_ratings(staff, section, [(5, 5, 5, 5)] * 3)
    put_aside(first, ExclusionReason.MALICIOUS)
    assert [row.n for row in recount(["2026-Q3"], RULES)] == [2]
    found = beside_ballots(Q3, ["2026-Q3"])
    assert found.excluded == {(section.id, staff.id): {"default": 2, "malicious": 1}}
    assert beside_ballots(parse_period("2026-Q2"), ["2026-Q2"]).excluded == {}


def test_a_silent_rating_never_counts_even_without_an_exclusion() -> None:
    section = make_section()
    staff = make_staff(section)
    row: dict[str, Any] = {"attitude": 5, "work_style": 5, "efficiency": 5, "competence": 5}
    silent = Ballot(
        bytes(16), "2026-Q3", section.id, staff.id, RaterGroup.RECIPIENT, None, Channel.SLIP, **row
    )
    with unit_of_work(SYSTEM) as unit:
        batch = store_ratings(unit, [silent], on=Q3.ends_on)
        unit.record(Action.RATING_COUNT, batch)
        db.session.add(
            Rating(
                **silent._replace(
                    ballot_id=b"1" * 16, channel=Channel.DEFAULT, reference="ABCDEFGH"
                )._asdict()
            )
        )
    assert [row.n for row in recount(["2026-Q3"], RULES)] == [1]


def test_days_of_service_are_those_within_the_period() -> None:
    one, two = make_section(), make_section()
    staff = make_staff(faces_recipients=False)
    make_posting(staff, one, started_on=date(2025, 1, 1), ended_on=date(2026, 7, 31))
    make_posting(staff, two, started_on=date(2026, 8, 1), ended_on=date(2026, 9, 9))
    make_posting(staff, one, started_on=date(2026, 9, 10))
    before = make_staff()
    make_posting(before, one, started_on=date(2026, 1, 1), ended_on=date(2026, 6, 30))
    days = {(row.section_id, row.staff_id): row.days for row in services(Q3, places(Q3)[1])}
    assert days == {(one.id, staff.id): 31 + 21, (two.id, staff.id): 40}
    assert not any(row.faces_recipients for row in services(Q3, places(Q3)[1]))


def test_the_chief_of_a_section_is_who_was_it_on_most_days() -> None:
    section = make_section()
    first = make_staff(section)
    second = make_staff(section)
    make_chief(section, first, started_on=date(2026, 1, 1), ended_on=date(2026, 8, 10))
    make_chief(section, second, started_on=date(2026, 8, 11))
    assert [place.chief_id for place in places(Q3)[0]] == [second.id]
    assert [place.chief_id for place in places(parse_period("2026-Q2"))[0]] == [first.id]
    assert [place.chief_id for place in places(parse_period("2025-Q2"))[0]] == [None]


def test_who_led_for_half_of_the_own_days_is_chief_there() -> None:
    section = make_section()
    chief = make_staff(section)
    make_chief(section, chief, ended_on=date(2026, 8, 15))  # 46 of 92 days.
    deputy = make_staff(section)
    make_chief(section, deputy, started_on=date(2026, 8, 17))  # 45 of 92 days.
    flags = {row.staff_id: row.is_chief for row in services(Q3, places(Q3)[1])}
    assert flags == {chief.id: True, deputy.id: False}


def test_before_its_first_closing_a_period_has_no_result() -> None:
    assert latest_result(make_period().id) is None

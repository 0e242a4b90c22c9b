"""Figures of matters and referrals beside the score: as in the registers, and no stain remains."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from evalsys.cases.deadlines.rules import Light
from evalsys.cases.engine.models import Deadline, Subject
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import SYSTEM
from evalsys.organisation.org.models import Section, Staff
from evalsys.personnel.archive.achievements import Whose, WorkAsked, read_achievements
from evalsys.personnel.archive.rules import Achievement, Bearing
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.supervision.matters.sheets import achievements as matters
from evalsys.supervision.matters.sheets.kept import kept_sheets
from evalsys.supervision.referrals import achievements as referrals
from tests.factories import make_staff
from tests.supervision.office import NOW
from tests.supervision.referrals.office import REASONED, Referrals

DAYS = (date(2026, 1, 1), date(2026, 12, 31))
ON = date(2026, 3, 4)  # five working days after a term of five that began on 12 February
IN_TIME, LATE = "Matters answered in time", "Matters answered late, or overdue"
IN_HAND, WARNED = "Matters in hand, by light", "Matters that were warned of"
WAITING = "Referrals with the discipline organ"
OVER = "Referrals from which nothing followed"
NUMBERS = st.integers(0, 50)


@pytest.fixture
def city(app: Flask) -> Iterator[Referrals]:
    with time_machine.travel(NOW, tick=False):
        yield Referrals()


def figures(
    who: Staff | Section, on: date = ON, days: tuple[date, date] = DAYS
) -> dict[str, Achievement]:
    """Return the figures of a person or a section by name."""
    whose = Whose.PERSON if isinstance(who, Staff) else Whose.SECTION
    found = read_achievements(WorkAsked(whose, [who.id], *days, on))[who.id]
    return {row.name: row for row in found}


def amounts(who: Staff | Section, on: date = ON) -> dict[str, tuple[int, int | None]]:
    """Return name -> the figure, and what it is out of."""
    return {name: (row.figure, row.of) for name, row in figures(who, on).items()}


def parts(row: Achievement) -> dict[str, int]:
    """Return what a figure is made of, by the letter of the light or the text."""
    return {part.light or part.name.partition("\x04")[2]: part.figure for part in row.parts}


def test_a_person_and_the_section_have_what_the_register_says(city: Referrals) -> None:
    city.fed_back(reference="RX-301")
    for who in (city.member, city.section):
        found = figures(who)
        assert (found[IN_TIME].figure, found[IN_TIME].of) == (1, 2)
        assert (found[LATE].figure, found[LATE].of) == (1, 2)
        assert parts(found[IN_HAND]) == {Light.RED: 1}
        assert [found[name].bearing for name in (IN_TIME, LATE, IN_HAND)] == [
            Bearing.GOOD,
            Bearing.BAD,
            Bearing.NEUTRAL,
        ]
    assert figures(city.beside) == {}


def test_the_shares_are_those_of_the_register_on_every_day(city: Referrals) -> None:
    city.fed_back(reference="RX-301")
    paused = city.assigned(reference="RX-302")
    term = db.session.scalars(
        select(Deadline).filter_by(subject_id=paused.id, rule="hotline_wd")
    ).one()
    term.paused_on = NOW.date() + timedelta(days=1)
    other, beside = deputy(city), city.taken_in(reference="RX-303")
    city.take(city.office, beside, "accept")
    given = city.assignment(section="SP02", handler=other.number)
    city.take(city.office, beside, "assign", **given)
    again = city.fed_back(reference="RX-304")
    sent_back(city, again)
    refused = city.assigned(reference="RX-305")
    city.take(city.chief, refused, "refuse", reasons="不属于本科。")
    city.taken_in(reference="RX-306")
    for days in range(0, 40, 3):
        now = NOW + timedelta(days=days)
        here = {}
        for who in (city.section, city.beside, city.member, other):
            found = figures(who, local_day(now))
            if IN_TIME in found:
                in_time, late = found[IN_TIME], found[LATE]
                here[who.name] = (in_time.figure, in_time.of)
                assert in_time.figure + late.figure == in_time.of == late.of
        assert here == registered(city, now)


def deputy(city: Referrals) -> Staff:
    """Return a person of the section beside, who answers for a matter there."""
    return make_staff(city.beside, name="副手")


def sent_back(city: Referrals, case: Subject) -> None:
    """Let the office send an answered matter back."""
    asked: dict[str, Any] = {"asked_on": NOW.date().isoformat(), "answer": "dissatisfied"}
    asked["missing"] = "未答复。"
    city.take(city.office, case, "send_back", **asked)


def registered(city: Referrals, now: datetime) -> dict[str, tuple[int, int]]:
    """Return name -> (in time, matters) of the register, of sections and people."""
    request = CaseRequest(city.office, "matters", *DAYS, {}, "zh", now)
    rows = [row for sheet in kept_sheets(request) for row in sheet.rows]
    return {row.who: (row.in_time, row.matters) for row in rows}


def test_lights_in_hand_are_those_of_the_board(city: Referrals) -> None:
    lights = [
        next(iter(parts(figures(city.member, NOW.date() + timedelta(days=n))[IN_HAND])))
        for n in (0, 13, 14, 15)
    ]
    assert lights == [Light.GREEN, Light.YELLOW, Light.TODAY, Light.RED]


def test_a_matter_counts_at_its_highest_level_alone(city: Referrals) -> None:
    city.supervised()
    second = city.assigned(reference="RX-302")
    city.take(SYSTEM, second, "urge", demand="请抓紧。")
    warned = figures(city.member)[WARNED]
    assert parts(warned) == {"urged": 1, "supervision ticket": 1}
    assert (warned.figure, warned.bearing) == (2, Bearing.NEUTRAL)


def test_only_what_was_open_on_one_of_the_days_counts(city: Referrals) -> None:
    before = (date(2026, 1, 1), NOW.date() - timedelta(days=1))
    assert figures(city.member, days=before) == {}
    assert figures(city.member, days=(NOW.date(), NOW.date()))


def test_a_referral_is_with_the_organ_whether_a_clue_was_filed_or_not(city: Referrals) -> None:
    sent = city.sent()
    for move, entry in (("receive", {"receiver": "吴静"}), ("file_clue", REASONED)):
        for who in (city.member, city.section):
            assert amounts(who)[WAITING] == (1, None)
            assert figures(who)[WAITING].bearing is Bearing.NEUTRAL
        city.take(city.watch.actor, sent, move, **entry)
    assert amounts(city.member)[WAITING] == (1, None)


@pytest.mark.parametrize(
    ("move", "word"), [("return_it", "sent back"), ("open_none", "no case opened")]
)
def test_a_referral_without_a_case_says_so_and_speaks_against_nobody(
    city: Referrals, move: str, word: str
) -> None:
    city.answered(move)
    for who in (city.member, city.section):
        found = figures(who)
        assert WAITING not in found
        assert parts(found[OVER]) == {word: 1}
        assert found[OVER].bearing is Bearing.NEUTRAL


def test_a_draft_counts_nowhere_also_once_withdrawn(city: Referrals) -> None:
    draft = city.drafted()
    assert {WAITING, OVER} & set(figures(city.member)) == set()
    city.take(city.office, draft, "withdraw", reasons="已当面核查。")
    assert {WAITING, OVER} & set(figures(city.section)) == set()


def test_whoever_gets_the_matter_later_has_no_part_in_its_referral(city: Referrals) -> None:
    city.sent()
    city.take(city.chief, city.matter, "refuse", reasons="不属于本科。")
    later = deputy(city)
    entry = city.assignment(section="SP02", handler=later.number)
    city.take(city.office, city.matter, "assign_finally", now=NOW + timedelta(hours=1), **entry)
    assert WAITING in figures(city.member)
    assert WAITING in figures(city.section)
    assert WAITING not in figures(later)
    assert WAITING not in figures(city.beside)


def test_many_are_asked_in_one_statement(city: Referrals, statements: list[str]) -> None:
    people = [city.member.id, *(make_staff(city.section).id for _ in range(5))]
    asked = WorkAsked(Whose.PERSON, people, *DAYS, ON)
    statements.clear()
    found = read_achievements(asked)
    assert len(statements) == 1
    assert list(found) == people
    assert found[people[0]]
    assert found[people[1]] == []


def test_nobody_is_no_question(city: Referrals, statements: list[str]) -> None:
    statements.clear()
    assert read_achievements(WorkAsked(Whose.SECTION, [], *DAYS, ON)) == {}
    assert not statements


@given(st.dictionaries(st.sampled_from([matters.IN_TIME, matters.LATE, matters.OPEN]), NUMBERS))
def test_in_time_and_late_are_all_that_was_answered(counts: dict[str, int]) -> None:
    rows = {row.name: row for row in matters.tell(counts)}
    answered = counts.get(matters.IN_TIME, 0) + counts.get(matters.LATE, 0)
    assert set(rows) == ({IN_TIME, LATE} if answered else set())
    assert sum(row.figure for row in rows.values()) == answered
    assert all(row.of == answered for row in rows.values())


@given(st.dictionaries(st.sampled_from([*referrals.COUNTED, "drafted", "withdrawn"]), NUMBERS))
def test_no_referral_speaks_against_anybody(counts: dict[str, int]) -> None:
    rows = list(referrals.tell(counts))
    assert all(row.bearing is Bearing.NEUTRAL for row in rows)
    counted = sum(number for state, number in counts.items() if state in referrals.COUNTED)
    assert sum(row.figure for row in rows) == counted

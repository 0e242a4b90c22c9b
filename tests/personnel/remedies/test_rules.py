"""From when a term for a remedy runs, until when, and what it waits for."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.core.errors import DomainError
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.organisation.org.models import Employment
from evalsys.personnel.chiefs.letters.talks import admonition
from evalsys.personnel.remedies.limits import RECONSIDER
from evalsys.personnel.remedies.rules import (
    CIVIL_SERVANTS,
    INSTITUTION,
    REMEDY,
    Against,
    RemedyFacts,
    appeal_days,
    appeal_in_time,
    appeal_lapsed,
    awaits_receipt,
    may_appeal_directly,
    receipt_day,
    remedy_against,
    term_of,
    was_signed,
)
from tests.personnel.letters.sources import make_source

TOLD = date(2026, 11, 24)
# The long holidays of a year, with the weekends that are worked for them.
CALENDAR = WorkingDays(
    {
        **{date(2026, 2, day): False for day in range(15, 24)},
        date(2026, 2, 14): True,
        date(2026, 2, 28): True,
        **{date(2026, 10, day): False for day in range(1, 9)},
        date(2026, 9, 27): True,
        date(2026, 10, 10): True,
    },
    frozenset({2026, 2027}),
)
DAYS = st.dates(date(2026, 1, 1), date(2026, 10, 31))
LENGTHS = st.integers(15, 60)


def test_what_nobody_opened_or_signed_for_is_not_received() -> None:
    assert receipt_day(TOLD) is None


@given(DAYS, st.lists(DAYS, min_size=1))
def test_the_first_proof_counts_and_none_before_the_notice(told: date, proofs: list[date]) -> None:
    received = receipt_day(told, *proofs)
    assert received is not None
    assert received >= told
    assert all(received <= max(told, proof) for proof in proofs)
    assert received in {told, *proofs}


@given(DAYS, LENGTHS)
def test_a_term_is_never_shorter_than_its_days_and_ends_on_the_next_working_day_at_the_latest(
    received: date, length: int
) -> None:
    term = term_of(received, length, received, CALENDAR)
    plain = received + timedelta(length)
    assert term.ends_on >= plain
    assert CALENDAR.is_working(term.ends_on)
    between = [plain + timedelta(n) for n in range((term.ends_on - plain).days)]
    assert not any(CALENDAR.is_working(day) for day in between)


@given(DAYS, LENGTHS, st.integers(0, 200))
def test_what_is_received_ends_on_one_day_whenever_one_looks(
    received: date, length: int, later: int
) -> None:
    today = received + timedelta(later)
    term = term_of(received, length, today, CALENDAR)
    assert term == term_of(received, length, received, CALENDAR)
    assert term.is_over(today) == (today > term.ends_on)
    assert not term.is_over(received + timedelta(length))


@given(DAYS, LENGTHS)
def test_what_is_unread_lies_ahead_in_full_and_is_never_over(today: date, length: int) -> None:
    term = term_of(None, length, today, CALENDAR)
    assert (term.ends_on - today).days >= length
    assert not term.is_over(term.ends_on + timedelta(365))
    assert term.ends_on == term_of(today, length, today, CALENDAR).ends_on


@given(DAYS, DAYS, LENGTHS)
def test_who_opens_later_never_has_less_time(one: date, other: date, length: int) -> None:
    first, last = sorted((one, other))
    ends = [term_of(day, length, last, CALENDAR).ends_on for day in (first, last)]
    assert ends == sorted(ends)


@given(DAYS)
def test_the_letter_tells_the_same_day_as_the_countdown(on: date) -> None:
    source = make_source("chief", "admonish", on=on, calendar=CALENDAR)
    term = term_of(on, RECONSIDER.default, on, CALENDAR)
    told = f"至{term.ends_on.year}年{term.ends_on.month}月{term.ends_on.day}日止"
    assert told in admonition(source).remedy[0]


def test_before_the_receipt_an_appeal_is_in_time_and_cannot_lapse() -> None:
    facts = RemedyFacts(TOLD, None)
    assert appeal_in_time(facts).holds
    assert not appeal_lapsed(facts).holds
    assert awaits_receipt(facts)


@pytest.mark.parametrize(("today", "in_time"), [(TOLD, True), (TOLD + timedelta(1), False)])
def test_after_it_the_last_day_decides(today: date, in_time: bool) -> None:
    facts = RemedyFacts(today, TOLD)
    assert appeal_in_time(facts).holds is in_time
    assert appeal_lapsed(facts).holds is not in_time
    assert not awaits_receipt(facts)


def test_a_receipt_is_recorded_after_it_was_signed() -> None:
    was_signed({"received_on": "2026-11-24"}, RemedyFacts(TOLD, None))
    with pytest.raises(DomainError, match="The day on the receipt is still to come"):
        was_signed({"received_on": "2026-11-25"}, RemedyFacts(TOLD, None))


@given(st.integers(15, 60), st.sampled_from(Employment), st.booleans())
def test_an_appeal_is_never_shorter_than_the_policy_nor_than_the_law(
    length: int,
    footing: Employment,
    is_lawful: bool,
) -> None:
    days = appeal_days(length, footing, is_lawful=is_lawful)
    assert days >= length
    if is_lawful and footing is Employment.PUBLIC_INSTITUTION:
        assert days >= 30
    else:
        assert days == length


@pytest.mark.parametrize(
    ("footing", "is_lawful", "direct"),
    [
        (Employment.CIVIL_SERVANT, True, True),
        (Employment.MANAGED_AS_CIVIL_SERVANT, True, True),
        (Employment.PUBLIC_INSTITUTION, True, False),
        (Employment.CONTRACT, True, False),
        (Employment.PUBLIC_INSTITUTION, False, True),
    ],
)
def test_only_article_95_lets_one_appeal_without_a_reconsideration(
    footing: Employment, is_lawful: bool, direct: bool
) -> None:
    assert may_appeal_directly(footing, is_lawful=is_lawful) is direct
    facts = RemedyFacts(TOLD, None, direct)
    [line] = [move for move in REMEDY.moves if move.name == "appeal_directly"]
    assert line.applies(facts) is direct


def test_every_footing_is_one_that_staff_can_have() -> None:
    assert {*CIVIL_SERVANTS, INSTITUTION, "contract"} == {*Employment}


@pytest.mark.parametrize(
    ("kind", "move", "measure", "expected"),
    [
        ("pool", "measure", "demotion", Against.LAW),
        ("pool", "measure", "removal", Against.LAW),
        ("pool", "measure", "admonition", Against.INTERNAL),
        ("pool", "measure", "dismissal_advice", Against.INTERNAL),
        ("chief", "decide", "transfer", Against.INTERNAL),
        ("chief", "decide", "none", None),
        ("chief", "interview", None, Against.INTERNAL),
        ("chief", "verify", None, None),
    ],
)
def test_the_law_gives_a_remedy_against_what_it_names(
    kind: str, move: str, measure: str | None, expected: Against | None
) -> None:
    assert remedy_against(kind, move, {"measure": measure} if measure else {}) is expected

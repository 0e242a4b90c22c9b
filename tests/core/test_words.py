"""Formats of dates, numbers and times, in both languages."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import force_locale

from evalsys.core.city import say
from evalsys.core.errors import NP_
from evalsys.core.pages import (
    day_words,
    local_day,
    percent,
    score,
    short_day,
    thousands,
    time_words,
)
from evalsys.organisation.periods.words import period_short, period_words

MONDAY = date(2026, 11, 23)


@pytest.fixture(params=["zh", "en"])
def language(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    with app.test_request_context("/"), force_locale(request.param):
        yield request.param


def test_a_day_is_written_as_one_says_it(language: str) -> None:
    words = {"zh": "2026年11月23日（周一）", "en": "Mon 23 Nov 2026"}
    assert day_words(MONDAY) == words[language]
    words = {"zh": "2026年11月23日", "en": "23 Nov 2026"}
    assert day_words(MONDAY, weekday=False) == words[language]
    assert short_day(MONDAY) == {"zh": "11月23日", "en": "23 November"}[language]
    assert day_words(None) == "—"


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("2026-Q3", "2026年第三季度", "Q3 2026"),
        ("2026-H1", "2026年上半年", "first half of 2026"),
        ("2026", "2026年", "the year 2026"),
        ("2026-09", "2026年9月", "Sep 2026"),
    ],
)
def test_a_period_is_written_as_one_says_it(language: str, code: str, zh: str, en: str) -> None:
    assert period_words(code) == (zh if language == "zh" else en)
    assert "-" not in period_short(code)


def test_moments_are_shown_in_shanghai() -> None:
    evening = datetime(2026, 9, 30, 16, 0, tzinfo=UTC)
    assert time_words(evening) == "2026-10-01 00:00"
    assert local_day(evening) == date(2026, 10, 1)
    assert time_words(None) == "—"


def test_nothing_is_a_dash_and_never_zero() -> None:
    assert score(None) == percent(None) == thousands(None) == "—"
    assert score(Decimal("0.00")) == "0.00"
    assert score(Decimal("87.456"), 1) == "87.5"
    assert percent(0.308) == "30.8%"
    assert thousands(0) == "0"
    assert [ord(one) for one in thousands(3118) if not one.isdigit()]
    assert thousands(3118).replace(thousands(3118)[1], "") == "3118"


def test_a_message_that_no_catalogue_knows_stays_as_it_is_without_its_context(
    language: str,
) -> None:
    assert say(NP_("sheet", "Letters of thanks"), language) == "Letters of thanks"

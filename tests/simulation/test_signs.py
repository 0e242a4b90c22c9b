"""Forty honest years and the attacks of F14: false alarms, and what each sign finds."""

import pytest

from evalsys.scores.rules.anomalies import Feature
from tests.simulation.signs import detected, honest_years

FOUND_BY = {
    "burst": Feature.BURST,
    "stuffing": Feature.UNIFORM,
    "selective": Feature.ISSUE,
    "jump": Feature.JUMP,
    "one hand": Feature.ONE_HAND,
    "pressure": Feature.PRESSURE,
}


def test_a_hundred_honest_people_have_about_one_false_alarm_a_year() -> None:
    assert honest_years(40).total() <= 1.2 * 40


@pytest.mark.parametrize("attack", FOUND_BY)
def test_each_attack_is_found_by_its_sign(attack: str) -> None:
    assert detected(attack, 5)[FOUND_BY[attack]] >= 0.8

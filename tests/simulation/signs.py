"""What the features of F14 find of known attacks, and their false alarms among honest people.

An honest year has ten sections of ten people. Days are busier and quieter than chance alone, people
give tickets for about four services of five, and two of three come back; the quality of a person
differs from the others, and changes a little from one quarter to the next.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from evalsys.scores.rules.anomalies import (
    BEFORE,
    Feature,
    above_funnel,
    benjamini_hochberg,
    day_chances,
    excess,
    jump,
    jumps_beyond,
)
from evalsys.scores.rules.funnel import GroupStanding
from evalsys.scores.rules.rates import Rate, rate_funnel
from tests.simulation.city import BETWEEN, CUTS, SHARED, quality_of

SECTIONS, PEOPLE, QUARTERS = 10, 10, 4
QUARTER = timedelta(days=91)
FIRST = date(2026, 1, 1)
SERVICES = 6.0  # of a person on a working day, on average
ISSUED, RETURNED, PRESSURED = 0.8, 0.67, 0.01
BUSY = 12.0  # The larger, the less the days of a person differ beyond chance.
ONE_HAND = 0.7  # Share of tickets from the hand that issues most.
SLIPS = 0.02  # Services of a day that the business system does not have.
ATTACKS = ("burst", "stuffing", "selective", "jump", "one hand", "pressure")


@dataclass
class Quarter:
    """A quarter of the city: counts by day and person, and the ballots of each person."""

    tickets: dict[int, dict[date, int]] = field(default_factory=dict)
    services: dict[int, dict[date, int]] = field(default_factory=dict)
    one_hand: dict[int, Rate] = field(default_factory=dict)
    uniform: dict[int, Rate] = field(default_factory=dict)
    scores: dict[int, tuple[Decimal, float]] = field(default_factory=dict)  # of sections
    pressed: dict[int, Rate] = field(default_factory=dict)  # of sections


def section_of(person: int) -> int:
    """Return the section of a person."""
    return person // PEOPLE


def draw(
    start: date, qualities: np.ndarray, random: np.random.Generator, attack: str = ""
) -> Quarter:
    """Return a quarter from eight weeks before its start; the attack is of person or section 0."""
    quarter = Quarter()
    days = [start - BEFORE + timedelta(days=n) for n in range((QUARTER + BEFORE).days)]
    working = [day for day in days if day.weekday() < 5]
    for person, quality in enumerate(qualities):
        is_bad = attack and section_of(person) == 0
        rate = 0.35 if attack == "selective" and is_bad else ISSUED
        services = random.negative_binomial(BUSY, BUSY / (BUSY + SERVICES), len(working))
        tickets = random.binomial(services, rate)
        known = np.maximum(services - random.binomial(services, SLIPS), 0)
        if attack == "burst" and person == 0:
            tickets[-20] += 25
        own = dict(zip(working, map(int, tickets), strict=True))
        quarter.tickets[person] = {day: n for day, n in own.items() if n}
        quarter.services[person] = dict(zip(working, map(int, known), strict=True))
        issued = sum(n for day, n in own.items() if day >= start)
        share = 0.98 if attack == "one hand" and person == 0 else ONE_HAND
        quarter.one_hand[person] = Rate(int(random.binomial(issued, share)), issued)
        _rate(quarter, person, float(quality), random, attack)
    for section in range(SECTIONS):
        n = sum(
            quarter.uniform[person].n for person in range(section * PEOPLE, (section + 1) * PEOPLE)
        )
        share = 0.08 if attack == "pressure" and section == 0 else PRESSURED
        quarter.pressed[section] = Rate(int(random.binomial(n, share)), n)
    return quarter


def _rate(
    quarter: Quarter, person: int, quality: float, random: np.random.Generator, attack: str
) -> None:
    issued = quarter.one_hand[person].n
    n = max(int(random.binomial(issued, RETURNED)), 2)
    mood = random.normal(0, SHARED**0.5, (n, 1))
    answers = quality + mood + random.normal(0, (1 - SHARED) ** 0.5, (n, 4))
    levels = 1 + np.searchsorted(CUTS, answers)
    if attack == "stuffing" and person == 0:
        levels[: int(0.9 * n)] = 5
    same = int((levels == levels[:, :1]).all(axis=1).sum())
    quarter.uniform[person] = Rate(same, n)
    points = levels.mean(axis=1) * 20
    section, own = section_of(person), float(points.var(ddof=1)) / n
    mean, variance = quarter.scores.get(section, (Decimal(0), 0.0))
    part = Decimal(str(round(float(points.mean()), 4))) / PEOPLE
    quarter.scores[section] = (mean + part, variance + own / PEOPLE**2)


def find(quarter: Quarter, before: Quarter | None, start: date) -> Counter[tuple[Feature, int]]:
    """Return how often each feature was found of each section."""
    found = Counter[tuple[Feature, int]]()
    found.update((Feature.BURST, section_of(person)) for person in _bursts(quarter, start))
    found.update((Feature.EXCESS, section_of(person)) for person in _in_excess(quarter, start))
    pairs = ((Feature.UNIFORM, quarter.uniform), (Feature.ONE_HAND, quarter.one_hand))
    for feature, units in pairs:
        found.update((feature, section_of(person)) for person in above_funnel(units, least=30))
    pressed = above_funnel(quarter.pressed, least=10).items()
    found.update((Feature.PRESSURE, key) for key, (rate, _) in pressed if rate.hits >= 10)
    found.update((Feature.ISSUE, section) for section in _few_tickets(quarter, start))
    then = before.scores if before else {}
    changes = {key: jump(quarter.scores[key], then[key]) or Decimal(0) for key in then}
    found.update((Feature.JUMP, section) for section in jumps_beyond(changes))
    return found


def _bursts(quarter: Quarter, start: date) -> set[int]:
    tested = {}
    for person, tickets in quarter.tickets.items():
        services = quarter.services[person]
        explained = {day for day, n in tickets.items() if n <= services.get(day, -1)}
        for day, (_, chance) in day_chances(tickets, explained, start).items():
            tested[person, day] = chance
    return {person for person, _ in benjamini_hochberg(tested)}


def _in_excess(quarter: Quarter, start: date) -> list[int]:
    return [
        person
        for person, tickets in quarter.tickets.items()
        if excess(
            {day: (n, quarter.services[person][day]) for day, n in tickets.items() if day >= start}
        )
    ]


def _few_tickets(quarter: Quarter, start: date) -> list[int]:
    units: dict[int, Rate] = {}
    for person, tickets in quarter.tickets.items():
        section = section_of(person)
        services = {day: n for day, n in quarter.services[person].items() if day >= start}
        hits, n = units.get(section, Rate(0, 0))
        given = sum(number for day, number in tickets.items() if day in services)
        units[section] = Rate(hits + given, n + sum(services.values()))
    funnel = rate_funnel(list(units.values()))
    assert funnel is not None
    return [
        key for key, unit in units.items() if funnel.standing(unit) is GroupStanding.SURELY_BELOW
    ]


def honest_years(years: int, seed: int = 2026) -> Counter[Feature]:
    """Return the findings among a hundred honest people over some years, by feature."""
    random, alarms = np.random.default_rng(seed), Counter[Feature]()
    for _ in range(years):
        before, start = None, FIRST
        qualities = random.normal(0, BETWEEN, SECTIONS * PEOPLE)
        for _quarter in range(QUARTERS):
            quarter = draw(start, qualities, random)
            for (feature, _section), times in find(quarter, before, start).items():
                alarms[feature] += times
            before, start = quarter, start + QUARTER
            qualities = qualities + random.normal(0, BETWEEN / 10, len(qualities))
    return alarms


def detected(attack: str, times: int, seed: int = 2026) -> Mapping[Feature, float]:
    """Return the share of quarters in which each feature finds an attack in section 0."""
    random, hits = np.random.default_rng(seed), Counter[Feature]()
    for _ in range(times):
        qualities = random.normal(0, BETWEEN, SECTIONS * PEOPLE)
        before = draw(FIRST, qualities, random)
        if attack == "jump":
            qualities[:PEOPLE] = quality_of(80)
        quarter = draw(FIRST + QUARTER, qualities, random, attack)
        for (feature, section), number in find(quarter, before, FIRST + QUARTER).items():
            hits[feature] += section == 0 and number > 0
    return {feature: hits[feature] / times for feature in Feature if hits[feature]}

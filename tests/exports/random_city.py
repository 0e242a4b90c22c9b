"""Random cities for invariants: transfers, groups, weights, frozen members."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy import select

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.organisation.org.models import Posting, Section, SectionKind, Staff
from evalsys.organisation.policies.rules import DIMENSIONS, RATER_GROUPS, PolicyRules
from evalsys.ratings.ballots.models import ExclusionReason, RaterGroup, Rating
from evalsys.ratings.counting.exclusions import set_aside
from evalsys.results.closing.service import close_period
from evalsys.scores.frozen import keep_seat
from tests.factories import (
    make_chief,
    make_organ,
    make_period,
    make_policy,
    make_ratings,
    make_section,
    make_staff,
    save,
)

BEFORE, CODE = "2026-Q2", "2026-Q3"
NOW = datetime(2026, 10, 21, 2, tzinfo=UTC)
# Ballots of a member in a quarter, in a city and in an even one.
SIZES, EVEN_SIZES = (0, 4, 9, 10, 14, 30, 45, 45, 60), (24, 30, 90)


class Habit(NamedTuple):
    """How a section is rated: the mean level, and how many ballots a member may get."""

    quality: float
    sizes: tuple[int, ...]


def make_random_city(seed: int) -> None:
    """Create a random city with two closed quarters."""
    dice = Random(seed)  # noqa: S311
    policy = make_policy(random_rules(dice))
    for code in (BEFORE, CODE):
        make_period(code, policy)
    organs = [make_organ(), make_organ()]
    # Half of the cities are even: so alike that sum and adjusted score have the same intervals.
    is_even = seed % 2 == 0
    sizes = EVEN_SIZES if is_even else SIZES
    qualities = (3.3, 3.4, 3.5) if is_even else (1.6, 2.5, 3.4, 4.2, 4.6)
    kinds = [SectionKind.WINDOW, SectionKind.WINDOW, SectionKind.APPROVAL][: 1 if is_even else 3]
    sections = [make_section(dice.choice(organs), kind=dice.choice(kinds)) for _ in range(11)]
    habits = {each.id: Habit(dice.choice(qualities), sizes) for each in sections}
    for section in sections:
        people = [
            make_chief(section),
            *(make_staff(section) for _ in range(1 if is_even else dice.randint(0, 6))),
        ]
        for person in people:
            person.faces_recipients = dice.random() < 0.9
            _rate(dice, person, section, BEFORE, habits[section.id])
            _rate(dice, person, section, CODE, habits[section.id])
    moved = db.session.scalars(select(Staff).order_by(Staff.id)).all()[::5]
    for person in moved if not is_even else ():
        _move(dice, person, dice.choice(sections))
    db.session.commit()
    _close(BEFORE, date(2026, 7, 20))
    for person in db.session.scalars(select(Staff).order_by(Staff.id)).all()[3::9]:
        _return(dice, person)
    _close(CODE, date(2026, 10, 21))


def random_rules(dice: Random) -> PolicyRules:
    """Return random weights and lines."""
    weights = {name: dice.choice((0, 10, 25, 40)) for name in DIMENSIONS} | {"attitude": 25}
    groups = {name: dice.choice((0, 10, 60)) for name in RATER_GROUPS} | {"recipient": 60}
    return PolicyRules(
        dimension_weights=weights,
        group_weights=groups,
        min_group=dice.choice((3, 4)),
        min_coverage=dice.choice((20, 40)),
        chief_counts=dice.random() < 0.7,
    )


def _rate(dice: Random, person: Staff, section: Section, code: str, habit: Habit) -> None:
    for group in RaterGroup:
        share = 1 if group is RaterGroup.RECIPIENT else dice.choice((0, 0, 0.2))
        ballots = [
            _levels(dice, habit.quality) for _ in range(int(dice.choice(habit.sizes) * share))
        ]
        if ballots:
            ids = make_ratings(person, section, ballots, base_period=code, rater_group=group)
            _exclude(dice, person, ids)


def _exclude(dice: Random, person: Staff, ids: list[bytes]) -> None:
    """Set some of the ballots aside."""
    for ballot_id in dice.sample(ids, dice.choice((0, 0, 1, min(12, len(ids))))):
        reason = dice.choice((ExclusionReason.MISTAKEN, ExclusionReason.MALICIOUS))
        with unit_of_work(SYSTEM) as unit:
            key = person.id, ballot_id
            set_aside(unit, key, reason=reason, grounds="两人核实", on=date(2026, 7, 2))


def _levels(dice: Random, quality: float) -> tuple[int | None, ...]:
    levels = [min(5, max(1, round(dice.gauss(quality, 0.8)))) for _ in DIMENSIONS]
    return (levels[0], *(level if dice.random() < 0.9 else None for level in levels[1:]))


def _move(dice: Random, person: Staff, section: Section) -> None:
    """Transfer somebody in the middle of the second quarter, and rate there too."""
    posting = db.session.scalars(select(Posting).where(Posting.staff_id == person.id)).one()
    if posting.section_id == section.id:
        return
    day = date(2026, 7, 1) + timedelta(dice.randrange(80))
    posting.ended_on = day
    save(Posting(staff=person, section=section, started_on=day + timedelta(1)))
    _rate(dice, person, section, CODE, Habit(3.0, SIZES))


def _return(dice: Random, person: Staff) -> None:
    """Return somebody to the pool: the seat stays."""
    posting = db.session.scalars(
        select(Posting).where(Posting.staff_id == person.id).order_by(Posting.started_on).limit(1)
    ).one()
    day = dice.choice((date(2026, 5, 20), date(2026, 8, 20)))
    posting.ended_on = min(posting.ended_on or day, day)
    keep_seat(posting.section_id, person.id, posting.ended_on)
    db.session.commit()


def _close(code: str, on: date) -> None:
    close_period(SYSTEM, code, now=NOW, on=on)


def ratings_of(code: str) -> int:
    """Count the ratings of a quarter."""
    return len(db.session.scalars(select(Rating.ballot_id).filter_by(base_period=code)).all())

"""Ballots of the demo city, with the ceiling effect of real satisfaction. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from evalsys.demo.city import HARDNESS, OWN_SERVICES, SERVICE_TYPES, City, DemoPerson
from evalsys.ratings.ballots.rules import LEVELS, LOWEST_GOOD, REASONS

Levels = tuple[int | None, int | None, int | None, int | None]
QUARTER_DAYS = 91
NOT_KNOWN = 0.06  # Share of skipped dimensions.
FIRST_DIMENSION_MOOD = 0.72  # How often a dimension gets the ballot's overall level.
GROUPS = ("recipient",) * 17 + ("grassroots", "grassroots", "collaborator")
CHANNELS = ("slip",) * 6 + ("screen", "screen", "sms", "counter")
COMMENTS = (
    "材料清单和网上不一样，跑了两趟。",
    "工作人员很耐心，帮我把章程改好了。",
    "等了五十分钟，只开了两个窗口。",
    "说话有点冲，问第二遍就不耐烦。",
    "当天就拿到执照，好。",
    "一次就讲清楚了要带什么，省了不少事。",
    "系统老是卡，办事员也没办法。",
    "老人不会用手机，工作人员一步一步教的。",
    "承诺三天，实际等了一个星期。",
    "态度很好，就是排队时间长。",
)


@dataclass(frozen=True)
class DemoBallot:
    """A ballot: the four levels, 1-5 (None: don't know), and its service."""

    section: str
    number: str
    served_on: date
    group: str
    channel: str
    service_type: str
    levels: Levels
    reasons: int
    comment: str | None


def quarter_ballots(
    city: City, start: date, end: date, random: Random, *, levels: Mapping[str, float]
) -> Iterator[DemoBallot]:
    """Yield the ballots of the services from `start` to `end`, both included.

    `levels` maps the sections with a story in this quarter to the mean level (1-5) of their
    ratings.
    """
    for section in city.sections.values():
        spells = [
            (person, max(start, first), min(end, last or end))
            for person in city.people.values()
            for code, first, last in person.spells
            if code == section.code and first <= end and (last or end) >= start
        ]
        days = [(last - first).days + 1 for _, first, last in spells]
        weights = [n * random.uniform(0.5, 1.5) for n in days]
        visits = round(section.visits * ((end - start).days + 1) / QUARTER_DAYS)
        drawn = random.choices(range(len(spells)), weights, k=visits)
        kinds = OWN_SERVICES.get(section.code, SERVICE_TYPES[section.kind])
        level = levels.get(section.code)
        drift = random.gauss(0, 0.08) if level is None else level - section.quality
        for which in drawn:
            person, first, _ = spells[which]
            day = first + timedelta(days=random.randrange(days[which]))
            yield _ballot(random, (section.code, day, random.choice(kinds)), person, drift)


def _ballot(
    random: Random, service: tuple[str, date, str], person: DemoPerson, drift: float
) -> DemoBallot:
    code, day, kind = service
    quality = person.quality + drift + HARDNESS.get(kind, 0)
    mood = random.choices(LEVELS, _weights(quality))[0]
    levels: Levels = (
        mood,  # The first is always answered: a ballot needs one level.
        _level(random, mood),
        _level(random, mood),
        _level(random, mood),
    )
    is_low = any(level is not None and level < LOWEST_GOOD for level in levels)
    return DemoBallot(
        code,
        person.number,
        day,
        random.choice(GROUPS),
        random.choice(CHANNELS),
        kind,
        levels,
        1 << random.randrange(len(REASONS)) if is_low else 0,
        random.choice(COMMENTS) if random.random() < (0.3 if is_low else 0.01) else None,
    )


def _weights(quality: float) -> tuple[float, ...]:
    """Return weights of levels 5-1 with a mean of about `quality`."""
    return tuple(0.22 ** abs(level - quality) for level in LEVELS)


def _level(random: Random, mood: int) -> int | None:
    if random.random() < NOT_KNOWN:
        return None
    if random.random() < FIRST_DIMENSION_MOOD:
        return mood
    return max(1, min(5, mood + random.choice((-1, 1, 1))))

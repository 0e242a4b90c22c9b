"""Use cases of service matters: take one up, and enter a further version."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from evalsys.core.audit import Unit, lock_until_commit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.queries import visible_to
from evalsys.reform.reductions.models import MatterVersion, ServiceMatter, VersionStep
from evalsys.reform.reductions.queries import find_matter
from evalsys.reform.reductions.rules.measures import MatterFigures, Way, contradictions
from evalsys.reform.reductions.rules.steps import ProcessStep

# The days whose quarters, and those beside them, are periods.
EARLIEST, LATEST = date(2001, 1, 1), date(2098, 12, 31)
MATTERS_LOCK = 0x5EF0_1234  # Whoever enters a version; see `lock_until_commit`.


@dataclass(frozen=True)
class VersionEntry:
    """What a version is entered with: from when, who handles it, on what basis, and how."""

    starts_on: date
    section: str
    basis: str
    figures: MatterFigures
    steps: Sequence[ProcessStep]


class CodeTaken(DomainError):
    """A service matter has the code already."""

    message = N_("%(code)s is the code of “%(name)s” already.")


class VersionOvertaken(DomainError):
    """Somebody entered a version while this one was written."""

    message = N_("Version %(number)s was entered meanwhile. Look at it, then enter yours again.")


class BadVersion(DomainError):
    """A version that cannot be; `field` is where."""

    status = 422

    def __init__(self, field: str, message: str, **params: Any) -> None:
        super().__init__(message, **params)
        self.field = field


def take_up(
    unit: Unit, code: str, name: str, entry: VersionEntry, *, now: datetime
) -> ServiceMatter:
    """Take up a service matter with its first version. Raises CodeTaken, BadVersion."""
    lock_until_commit(MATTERS_LOCK)
    known = find_matter(code)
    if known is not None:
        raise CodeTaken(code=code, name=known.name)
    if entry.starts_on > local_day(now):
        raise BadVersion("starts_on", N_("The first version is how it is done today"))
    matter = ServiceMatter(code=code, name=name)
    db.session.add(matter)
    db.session.flush()
    _enter(unit, matter, 1, entry, now)
    return matter


def enter_version(
    unit: Unit, matter: ServiceMatter, seen: int, entry: VersionEntry, *, now: datetime
) -> MatterVersion:
    """Enter a further version; `seen` is the number of the last one that the author knew.

    Raises VersionOvertaken, BadVersion.
    """
    lock_until_commit(MATTERS_LOCK)
    query = select(func.max(MatterVersion.number), func.min(MatterVersion.starts_on))
    last, first = db.session.execute(query.filter_by(service_matter_id=matter.id)).one()
    if last != seen:
        raise VersionOvertaken(number=last)
    if entry.starts_on < first:
        raise BadVersion("starts_on", N_("Not before the first version: %(day)s"), day=first)
    return _enter(unit, matter, last + 1, entry, now)


def _enter(
    unit: Unit, matter: ServiceMatter, number: int, entry: VersionEntry, now: datetime
) -> MatterVersion:
    if not EARLIEST <= entry.starts_on <= LATEST:
        raise BadVersion("starts_on", N_("From %(min)s to %(max)s"), min=EARLIEST, max=LATEST)
    for wrong in contradictions(entry.figures):
        raise BadVersion(wrong.field, wrong.message)
    version = draft_version(entry, _section(unit, entry.section, local_day(now)))
    add_version(unit, matter, number, version, now=now)
    return version


def draft_version(entry: VersionEntry, section: Section) -> MatterVersion:
    """Return a version as it would be entered; it belongs to no session and no matter yet."""
    facts = asdict(entry.figures)
    facts.pop("steps")
    ways = facts.pop("ways")
    return MatterVersion(
        starts_on=entry.starts_on,
        section_id=section.id,
        section=section,
        basis=entry.basis,
        step_count=len(entry.steps),
        rows=[
            VersionStep(place=place, name=step.name, who=step.who, days=step.days)
            for place, step in enumerate(entry.steps, 1)
        ],
        **facts,
        **{way.value: way in ways for way in Way},
    )


def add_version(
    unit: Unit, matter: ServiceMatter, number: int, version: MatterVersion, *, now: datetime
) -> None:
    """Add a draft as the `number`-th version of a matter that has a key."""
    version.service_matter_id, version.number = matter.id, number
    version.entered_by, version.entered_at = unit.actor.user_id, now
    db.session.add(version)
    day = version.starts_on.isoformat()
    unit.record(Action.REDUCTION_ENTER, matter, version=number, starts_on=day, basis=version.basis)


def _section(unit: Unit, code: str, on: date) -> Section:
    """Return the section with a code that the actor may give a matter to. Raises BadVersion."""
    found = db.session.scalar(
        select(Section).where(Section.code == code, visible_to(unit.actor, on, on))
    )
    if found is None:
        words = N_("There is no section %(code)s that this can be given to.")
        raise BadVersion("section", words, code=code)
    return found

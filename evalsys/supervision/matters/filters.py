"""Which matters a page shows: their light, source, owner, stage, and a text that finds them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import CTE, ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from evalsys.cases.deadlines.rules import Light
from evalsys.cases.engine.models import Deadline, Party, Subject
from evalsys.cases.engine.parties import acts_for, is_owned_by, is_party
from evalsys.cases.engine.rules.duties import OWNER
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.core.reads import once
from evalsys.organisation.org.models import Organ, Section
from evalsys.supervision.duties import OFFICES
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.queries import is_named
from evalsys.supervision.matters.rules import KIND, MAIN, MATTER, SOURCES

# The lights that are shown together, in columns of the board.
GROUPS: Mapping[str, tuple[Light, ...]] = {
    "late": (Light.RED,),
    "near": (Light.TODAY, Light.YELLOW),
    "green": (Light.GREEN,),
    "apart": (Light.PAUSED, Light.REFERRED),
}
SINGLE = {"today": (Light.TODAY,), "referred": (Light.REFERRED,)}
LIGHTS = {**GROUPS, **SINGLE}  # by the value of the filter
LONGEST = 60  # characters of a filter
Q = TypeVar("Q", bound=Select[Any])
Key: TypeAlias = "InstrumentedAttribute[int]"


@dataclass(frozen=True)
class MatterFilter:
    """A filter of matters; "" takes all. `stage` is "" for the open ones."""

    source: str = ""
    organ: str = ""
    section: str = ""
    light: str = ""
    stage: str = ""
    text: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether it asks for closed matters, which have no light."""
        return self.stage in MATTER.finals


def read_filter(args: Mapping[str, str]) -> MatterFilter:
    """Return the filter of an address; values that nothing can have are left out."""
    given = {name: args.get(name, "").strip()[:LONGEST] for name in MatterFilter.__annotations__}
    known: dict[str, set[str]] = {
        "source": {*SOURCES},
        "light": {*LIGHTS},
        "stage": {*MATTER.states},
    }
    for name, values in known.items():
        given[name] = given[name] if given[name] in values else ""
    return MatterFilter(**given)


def is_lit(light: Light, on: date) -> ColumnElement[bool]:
    """Return the predicate on the main term of a matter that its light is this one on a day."""
    if light is Light.REFERRED:
        return _is_referred()
    if light is Light.PAUSED:
        return and_(Deadline.paused_on.is_not(None), ~_is_referred())
    when = {
        Light.RED: Deadline.due_on < on,
        Light.TODAY: Deadline.due_on == on,
        Light.YELLOW: and_(Deadline.due_on > on, Deadline.nears_on <= on),
        Light.GREEN: and_(Deadline.due_on > on, Deadline.nears_on > on),
    }[light]
    return and_(when, Deadline.paused_on.is_(None), ~_is_referred())


def _is_referred() -> ColumnElement[bool]:
    referred = select(Matter.subject_id).where(Matter.referred_on.is_not(None))
    return Deadline.subject_id.in_(referred)


def count_lights(actor: Actor, wanted: MatterFilter, on: date) -> dict[Light, int]:
    """Return how many open matters have each light, in one statement."""
    every = [light for group in GROUPS.values() for light in group]
    numbers = (func.coalesce(func.sum(case((is_lit(one, on), 1), else_=0)), 0) for one in every)
    row = db.session.execute(_of_open(select(*numbers), actor, wanted, on)).one()
    return dict(zip(every, map(int, row), strict=True))


def count_matters(actor: Actor, wanted: MatterFilter, on: date) -> Select[int]:
    """Return the query that counts what `select_matters` selects, from as few tables."""
    if wanted.is_closed:
        query = select(func.count()).select_from(Matter)
        return query.where(*_conditions(actor, wanted, on, Matter.subject_id))
    query = _of_open(select(func.count(Deadline.id)), actor, wanted, on)
    return query.where(*_lights(wanted, on))


def list_first(actor: Actor, wanted: MatterFilter, on: date, most: int) -> list[Deadline]:
    """Return the main terms that end first, at most `most` of each group of lights."""
    parts = []
    for lights in GROUPS.values():
        query = select(Deadline.id).where(or_(*(is_lit(light, on) for light in lights)))
        query = _of_open(query, actor, wanted, on).order_by(Deadline.due_on, Deadline.id)
        parts.append(select(query.limit(most).subquery().c.id))
    ids = parts[0].union_all(*parts[1:])
    return list_terms(Deadline.id.in_(db.session.scalars(ids).all()))


def list_terms(*which: ColumnElement[bool]) -> list[Deadline]:
    """Return terms with their matters and owners, those that end first before the others."""
    owner = joinedload(Deadline.subject).joinedload(Subject.owner)
    query = (
        select(Deadline)
        .where(*which)
        .options(owner.joinedload(Party.section), owner.joinedload(Party.organ))
        .order_by(Deadline.due_on, Deadline.id)
    )
    return list(db.session.scalars(query))


def select_matters(actor: Actor, wanted: MatterFilter, on: date) -> Select[Subject]:
    """Return the query for matters: open ones by the end of their term, else the latest first."""
    owner = joinedload(Subject.owner)
    query = select(Subject).options(owner.joinedload(Party.section), owner.joinedload(Party.organ))
    if wanted.is_closed:
        query = query.where(Subject.kind == KIND, *_conditions(actor, wanted, on, Subject.id))
        return query.order_by(Subject.closed_at.desc(), Subject.id.desc())
    query = query.join(Deadline, Deadline.subject_id == Subject.id)
    query = _of_open(query, actor, wanted, on)
    return query.where(*_lights(wanted, on)).order_by(Deadline.due_on, Deadline.id)


def _lights(wanted: MatterFilter, on: date) -> Iterator[ColumnElement[bool]]:
    if wanted.light:
        yield or_(*(is_lit(light, on) for light in LIGHTS[wanted.light]))


def _of_open(query: Q, actor: Actor, wanted: MatterFilter, on: date) -> Q:
    """Keep the main terms of the open matters that a filter takes."""
    return query.where(
        Deadline.closed_on.is_(None),
        Deadline.rule.in_(MAIN),
        *_conditions(actor, wanted, on, Deadline.subject_id),
    )


def _conditions(
    actor: Actor, wanted: MatterFilter, on: date, key: Key
) -> Iterator[ColumnElement[bool]]:
    """Yield the predicates of a filter within the scope of the actor; `key` is the subject's id."""
    yield from in_scope(actor, on, key)
    if wanted.source:
        yield key.in_(select(Matter.subject_id).where(Matter.source == wanted.source))
    owners = []
    if wanted.section:
        owners.append(is_owned_by(select(Section.id).where(Section.code == wanted.section)))
    elif wanted.organ:
        organ = select(Organ.id).where(Organ.code == wanted.organ)
        owners.append(is_owned_by(select(Section.id).where(Section.organ_id.in_(organ))))
        owners.append(is_party(OWNER, Party.organ_id.in_(organ)))
    if owners:
        yield key.in_(select(Subject.id).where(or_(*owners)))
    if wanted.stage:
        yield key.in_(select(Subject.id).filter_by(kind=KIND, state=wanted.stage))
    if wanted.text:
        yield _found(wanted.text, key)


def in_scope(actor: Actor, on: date, key: Key) -> Iterator[ColumnElement[bool]]:
    """Yield the predicates that a matter is in the scope of an actor; `key` is the subject's id."""
    if not sees_all(actor):
        yield key.in_(select(_own_matters(actor, on).c.subject_id))


@once
def _own_matters(actor: Actor, on: date) -> CTE:
    """Return the subjects in which the actor holds an office of matters, all of which watch them.

    For matters it is what `seen_by` lets the actor see, from the parties alone. One statement with
    several parts, as that of the board, gathers them once.
    """
    held = [(office.by, acts_for(office, actor, on)) for office in OFFICES]
    ways = [and_(Party.duty == duty, through) for duty, through in held if through is not None]
    return select(Party.subject_id).where(or_(false(), *ways)).cte()


def _found(text: str, key: Key) -> ColumnElement[bool]:
    """Return the predicate that a text is in the title, or the number here or at the source."""
    ways = [key.in_(select(Matter.subject_id).where(is_named(text)))]
    if number := re.fullmatch(r"(\d{4})-(\d{3,9})", text):
        year, serial = int(number[1]), int(number[2])
        ways.append(key.in_(select(Subject.id).filter_by(kind=KIND, year=year, serial=serial)))
    return or_(*ways)


def sees_all(actor: Actor) -> bool:
    """Return whether `seen_by` lets the actor see every matter: the office of the whole city.

    Every matter has an owner and is about nobody, so that it need not be asked of each.
    """
    is_office = actor.role is Role.SUPERVISOR and actor.organ_id is None
    return is_office or actor.role is Role.SYSTEM

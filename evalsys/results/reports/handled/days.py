"""Tickets and services handled of the same person and day, as queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Select,
    Subquery,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Organ, Section, Staff
from evalsys.organisation.org.queries import is_called, visible_to
from evalsys.ratings.services.models import ServicesHandled
from evalsys.ratings.tickets.models import IssuingTally

SHOWN = ("all", "more", "unknown")
ORDERS = ("day", "share")
SUMS = ("tickets", "own", "colleagues")


@dataclass(frozen=True)
class HandledFilter:
    """The filter: days (both included), section (a code), person (number or part of a name).

    `show` selects all rows, those with more tickets than services, or those without a number.
    """

    since: date
    until: date
    section: str = ""
    person: str = ""
    show: str = "all"
    sort: str = "day"

    @classmethod
    def read(cls, args: Mapping[str, str], span: tuple[date, date]) -> "HandledFilter":
        """Return the filter in query arguments; unknown values are ignored."""
        section, person = (args.get(name, "").strip()[:40] for name in ("section", "person"))
        show, sort = args.get("show", ""), args.get("sort", "")
        chosen = (show if show in SHOWN else "all", sort if sort in ORDERS else "day")
        return cls(*span, section, person, *chosen)


def select_rows(actor: Actor, wanted: HandledFilter) -> Select[Any]:
    """Return the query of (day, staff id, section id, sums, services) of a filter."""
    days = days_of(actor, wanted)
    query = (
        select(*days.c, ServicesHandled.entered_by, ServicesHandled.entered_on)
        .join(Section, Section.id == days.c.section_id)
        .join(Staff, Staff.id == days.c.staff_id)
        .outerjoin(
            ServicesHandled,
            (ServicesHandled.served_on == days.c.served_on)
            & (ServicesHandled.staff_id == days.c.staff_id),
        )
    )
    if wanted.show == "more":
        query = query.where(days.c.tickets > days.c.services)
    elif wanted.show == "unknown":
        query = query.where(days.c.services.is_(None))
    order: list[Any] = [days.c.served_on.desc(), Section.code, Staff.number]
    if wanted.sort == "share":
        is_known = case((days.c.services.is_(None), 1), else_=0)
        ratio = days.c.tickets * 1.0 / func.nullif(days.c.services, 0)
        is_none = case((days.c.services == 0, 0), else_=1)
        order = [is_known, is_none, ratio.desc(), *order]
    return query.order_by(*order)


def days_of(actor: Actor, wanted: HandledFilter) -> Subquery:
    """Return one row per person and day: sums over the issuers, and the services.

    Services are a row of their own in the union, so that issuers do not multiply them.
    """
    facts = _facts(actor, wanted).subquery()
    sums = [func.sum(facts.c[name]).label(name) for name in (*SUMS, "services")]
    section = func.max(facts.c.section_id).label("section_id")
    query = select(facts.c.served_on, facts.c.staff_id, section, *sums)
    return query.group_by(facts.c.served_on, facts.c.staff_id).subquery()


def _facts(actor: Actor, wanted: HandledFilter) -> CompoundSelect[Any]:
    tally, handled = IssuingTally, ServicesHandled
    own = case((User.staff_id == tally.staff_id, tally.tickets), else_=0)
    issued = (
        select(tally.served_on, tally.staff_id, tally.section_id, tally.tickets.label("tickets"))
        .add_columns(own.label("own"), tally.for_colleagues.label("colleagues"))
        .add_columns(cast(null(), Integer).label("services"))
        .outerjoin(User, User.id == tally.issuer_id)
        .where(tally.tickets > 0, *within(tally, actor, wanted))
    )
    zero = [literal(0).label(name) for name in SUMS]
    served = select(
        handled.served_on, handled.staff_id, handled.section_id, *zero, handled.services
    ).where(*within(handled, actor, wanted))
    return union_all(issued, served)


def within(
    model: type[IssuingTally | ServicesHandled], actor: Actor, wanted: HandledFilter
) -> Iterable[Any]:
    """Yield the predicates that a table's rows are in scope and match the filter."""
    sections = select(Section.id).where(visible_to(actor, wanted.since, wanted.until))
    if wanted.section:
        sections = sections.where(Section.code == wanted.section)
    yield model.served_on.between(wanted.since, wanted.until)
    yield model.section_id.in_(sections)
    if wanted.person:
        yield model.staff_id.in_(select(Staff.id).where(is_called(wanted.person)))


def list_sections(actor: Actor, on: date) -> list[tuple[str, str]]:
    """Return (code, name) of the sections in scope."""
    rows = db.session.execute(
        select(Section.code, Section.name, Organ.name.label("organ"))
        .join(Section.organ)
        .where(visible_to(actor, on, on))
        .order_by(Organ.code, Section.code)
    )
    return [(row.code, f"{row.organ} {row.name}") for row in rows]

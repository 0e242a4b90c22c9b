"""The board of the pool: open returns and stays by stage, the oldest first.

Each column shows its total and first cards; a single column is paginated. So the page has a bounded
size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Self

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import Deadline, Party, Subject
from evalsys.cases.engine.parties import is_owned_by
from evalsys.cases.engine.queries import seen_by
from evalsys.cases.inbox.waiting import overdue, waits_for
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Section

FIRST = 6  # cards of a column of the whole board
RETURN, STAY = "return", "pool"  # kinds of cases


class Stage(NamedTuple):
    """A column: its name in URLs, its msgid, and the states of a kind in it."""

    name: str
    label: str
    kind: str
    states: tuple[str, ...]


# From left to right; every open state of a return or stay is in one of them.
COLUMNS = (
    Stage("proposal", N_("Draft and proposal"), RETURN, ("draft", "proposed")),
    Stage("statement", N_("Notice and statement"), RETURN, ("notified", "stated", "waived")),
    Stage("talk", N_("Verification and talk"), RETURN, ("verified",)),
    Stage("decision", N_("Collective decision"), RETURN, ("talked",)),
    Stage(
        "training",
        N_("Handover and training"),
        STAY,
        ("handover", "in_training", "extended", "suspended"),
    ),
    Stage("assessment", N_("Assessment"), STAY, ("assessing", "failed", "failed_again")),
    Stage("reassignment", N_("Reassignment"), STAY, ("passed", "reassigned")),
)
BY_NAME = {column.name: column for column in COLUMNS}


@dataclass(frozen=True)
class BoardFilter:
    """The filter of the board: section by code or name, waiting for the actor, late."""

    section: str = ""
    which: str = ""  # "mine", "late", or all
    column: str = ""  # its name, or all

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Self:
        """Return the filter in query arguments; an unknown column is ignored."""
        column = values.get("column", "")
        return cls(
            values.get("section", "").strip(),
            values.get("which", ""),
            column if column in BY_NAME else "",
        )


@dataclass(frozen=True)
class StageCards:
    """A column as shown: its total and first cards."""

    column: Stage
    total: int
    cards: Sequence[Subject]


def read_board(actor: Actor, wanted: BoardFilter, *, on: date) -> list[StageCards]:
    """Return every column with the oldest matching cases that the actor sees."""
    column = case(*((_stands_in(each), each.name) for each in COLUMNS))
    place = func.row_number().over(partition_by=column, order_by=(Subject.opened_at, Subject.id))
    ranked = (
        select(
            Subject.id.label("id"),
            column.label("column"),
            place.label("place"),
            func.count().over(partition_by=column).label("total"),
        )
        .where(*_conditions(actor, wanted, on))
        .subquery()
    )
    rows = db.session.execute(
        select(Subject, ranked.c.column, ranked.c.total)
        .join(ranked, ranked.c.id == Subject.id)
        .where(ranked.c.place <= FIRST)
        .options(*_names())
        .order_by(ranked.c.place)
    ).all()
    totals = {name: total for _subject, name, total in rows}
    return [
        StageCards(
            each,
            totals.get(each.name, 0),
            [subject for subject, name, _total in rows if name == each.name],
        )
        for each in COLUMNS
    ]


def select_cards(actor: Actor, wanted: BoardFilter, *, on: date) -> Select[Any]:
    """Return the query for the cases of the wanted column, the oldest first."""
    return (
        select(Subject)
        .where(*_conditions(actor, wanted, on), _stands_in(BY_NAME[wanted.column]))
        .options(*_names())
        .order_by(Subject.opened_at, Subject.id)
    )


def _names() -> tuple[Any, ...]:
    """Return the loader options of a card: the names of person and section."""
    return (
        joinedload(Subject.owner).joinedload(Party.section),
        joinedload(Subject.person).joinedload(Party.staff),
    )


def _stands_in(column: Stage) -> ColumnElement[bool]:
    return (Subject.kind == column.kind) & Subject.state.in_(column.states)


def _conditions(actor: Actor, wanted: BoardFilter, on: date) -> list[ColumnElement[bool]]:
    """Return the predicates of the cards: open, visible, and matching the filter."""
    predicates = [seen_by(actor, on), Subject.kind.in_((RETURN, STAY)), Subject.closed_at.is_(None)]
    if wanted.section:
        named = or_(
            Section.code == wanted.section, Section.name.contains(wanted.section, autoescape=True)
        )
        predicates.append(is_owned_by(select(Section.id).where(named)))
    if wanted.which == "mine":
        predicates.append(waits_for(actor, on))
    elif wanted.which == "late":
        predicates.append(exists().where(Deadline.subject_id == Subject.id, overdue(on)))
    return predicates

"""What every kind of case shares: fields, and a machine that is one table of moves. Pure.

A case is a file (案卷) that people move from state to state. Nothing moves by itself, no state is
skipped: what is not in the table of its machine cannot happen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from evalsys.core.errors import N_, DomainError

BACK = "back"  # The target of a move that returns to where the case was suspended.
LONGEST = 4_000  # characters of a text in a step


class FieldKind(StrEnum):
    """How a field of a step is filled in."""

    LINE = "line"
    TEXT = "text"
    DAY = "day"
    NUMBER = "number"
    CHOICE = "choice"
    TICK = "tick"
    STAFF = "staff"  # one staff number
    SECTION = "section"  # one section code
    PERIODS = "periods"  # codes of periods, with spaces between; no form asks for them
    ANSWERS = "answers"  # one answer to each point that the facts name, numbered in one text


@dataclass(frozen=True)
class Field:
    """A field of a step. `choices` maps a value to its words; `low` and `high` bound a number."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    is_required: bool = True
    choices: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""
    low: int = 0
    high: int = 1_000
    is_outcome: bool = False  # It says what the step came to, as an archive tells it.


@dataclass(frozen=True)
class Condition:
    """What must hold before a move, in words, and whether it does."""

    words: str
    holds: bool
    params: Mapping[str, object] = field(default_factory=dict)


# Facts are what the rules of a feature need to know of a case; each feature has its own class.
Check = Callable[[Any], Condition]
# Whether a move exists for a case at all.
Applies = Callable[[Any], bool]
# Looks at a filled-in step before it is stored; raises a DomainError.
EntryCheck = Callable[[Mapping[str, Any], Any], None]


def always(_facts: Any) -> bool:
    """Say that a move exists for every case."""
    return True


@dataclass(frozen=True)
class Move:
    """One line of a table: who may take a case from where to where, and what it needs.

    `also` may take it beside `duty`. A move that does not apply to a case is not there for it.
    `starts` and `meets` name rules of the policy that are terms: the move begins their deadlines,
    or answers them. `pauses` stops the clock of every open deadline, `resumes` lets it run on.
    `after` names terms that somebody else may use to the end: the move is the next step after it.
    `asks` is what the start page asks for where the label names one of several outcomes.
    """

    name: str
    sources: tuple[str, ...]
    target: str
    duty: str
    label: str
    fields: tuple[Field, ...] = ()
    starts: tuple[str, ...] = ()
    meets: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    entry_checks: tuple[EntryCheck, ...] = ()
    pauses: bool = False
    resumes: bool = False
    is_way: bool = True  # Whether it lies on the usual way, or ends or bends it.
    also: tuple[str, ...] = ()
    applies: Applies = always
    after: tuple[str, ...] = ()
    asks: str = ""
    page: str = ""  # the endpoint of the page on which it is taken; else that of any step
    form: str = ""  # the name of the form that it shares with other outcomes of one decision

    @property
    def demand(self) -> str:
        """The msgid of what whoever has to take it is asked for."""
        return self.asks or self.label

    @property
    def duties(self) -> tuple[str, ...]:
        """Everybody who may take it, the one whose step it is first."""
        return (self.duty, *self.also)


class NoSuchMove(DomainError):
    """The table has no such line for the state of the case."""

    message = N_("This step is not possible now: %(number)s is at another stage.")


# Somebody else was faster: the case is at another stage since.
STEP_TAKEN = N_(
    "%(number)s was moved on at %(time)s by: %(who)s (%(step)s). Your step is not possible any "
    "more, and nothing of it was stored."
)


class NotReady(DomainError):
    """Something that the step needs is missing."""

    message = N_("This step still needs: %(missing)s")


class NotYourStep(DomainError):
    """Somebody else has to take the step."""

    message = N_("This step is for somebody else.")
    status = 403


@dataclass(frozen=True)
class Appointment:
    """Where and when the person has to be: fields of the move that called them there."""

    move: str
    label: str
    day: str
    hour: str = ""
    place: str = ""


class Machine:
    """The table of a kind of case, and what can be asked of it."""

    def __init__(  # noqa: PLR0913  # Each is a part of the table.
        self,
        first: str,
        moves: Sequence[Move],
        states: Mapping[str, str],
        owners: Mapping[str, str],
        *,
        opens: Sequence[str] = (),
        extensions: Mapping[str, str | None] = MappingProxyType({}),
        rights: Mapping[str, str] = MappingProxyType({}),
        spans: Mapping[str, str] = MappingProxyType({}),
        appointments: Mapping[str, Appointment] = MappingProxyType({}),
        forms: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`states` maps a state to its words; `owners` a term to who must keep it.

        `opens` names the terms that begin with the case. A term can be extended once, by as much
        as it is; where `extensions` names it, by that rule of the policy, or (None) not at all.
        A term is a duty, whose end may be missed, unless `rights` (somebody may act until then) or
        `spans` (it has to run) names it, with the words for that it is over. `appointments` maps a
        state in which the person is called somewhere to what called them. `forms` gives the words
        of each form on which several moves stand as equal choices.
        """
        self.first, self.moves, self.states, self.owners = first, tuple(moves), states, owners
        self.opens, self.extensions = tuple(opens), extensions
        self.rights, self.spans, self.appointments = rights, spans, appointments
        self.forms = forms
        used = {first} | {s for m in moves for s in (*m.sources, m.target)} - {BACK}
        if used != set(states):
            raise ValueError(f"states without words or use: {used ^ set(states)}")

    @property
    def soft(self) -> Mapping[str, str]:
        """The terms whose end nobody misses: rights and spans, with the words for that it came."""
        return {**self.rights, **self.spans}

    @property
    def terms(self) -> frozenset[str]:
        """Every term that the table names: each is a limit that some feature declares."""
        named = {*self.opens, *self.owners, *self.soft, *self.extensions}
        named |= {rule for rule in self.extensions.values() if rule is not None}
        for move in self.moves:
            named |= {*move.starts, *move.meets, *move.after}
        return frozenset(named)

    def before(self, move: Move) -> frozenset[str]:
        """Return the terms that run out before a move is the next step."""
        return frozenset(move.after) | (frozenset(move.meets) & frozenset(self.spans))

    def rights_of(self, move: Move) -> frozenset[str]:
        """Return the rights that a move makes use of; what is done after their end is none."""
        return frozenset(move.meets) & frozenset(self.rights) - frozenset(move.after)

    @property
    def finals(self) -> frozenset[str]:
        """The states that nothing leads out of."""
        return frozenset(self.states) - {source for move in self.moves for source in move.sources}

    def moves_from(self, state: str) -> tuple[Move, ...]:
        """Return the moves that are possible in a state."""
        return tuple(move for move in self.moves if state in move.sources)

    def choices(self, state: str, form: str) -> tuple[Move, ...]:
        """Return the moves that stand on a form as equal choices in a state."""
        return tuple(move for move in self.moves_from(state) if form and move.form == form)

    def shown(self, move: Move) -> Move:
        """Return a move as it is shown while it lies ahead: of a decision the form, no outcome."""
        if not move.form:
            return move
        return replace(move, name=move.form, label=self.forms[move.form], checks=())

    def move(self, state: str, name: str) -> Move | None:
        """Return the move of a name if it is possible in a state, else None."""
        return next((move for move in self.moves_from(state) if move.name == name), None)

    def way(self, state: str, facts: Any = None) -> list[Move]:
        """Return the usual moves that lie ahead of a state, to the end; None takes every move."""
        ahead: list[Move] = []
        seen = {state}
        while step := next(
            (m for m in self.moves_from(state) if m.is_way and (facts is None or m.applies(facts))),
            None,
        ):
            if step.target in seen:
                break
            ahead.append(self.shown(step))
            state = step.target
            seen.add(state)
        return ahead


def check_conditions(move: Move, facts: Any) -> list[Condition]:
    """Return every condition of a move, held or not, in the order of the table."""
    return [check(facts) for check in move.checks]


def ran_out(words: str, end: date | None, is_over: Callable[[date], bool]) -> Condition:
    """Say whether a term has run, with its last day; one whose clock stands (None) has not."""
    if end is None:
        return Condition(N_("The term has run (now its clock stands)"), holds=False)
    return Condition(words, is_over(end), {"day": end})


def day_of(entry: Mapping[str, Any], name: str) -> date:
    """Return a day that was filled in. Raises KeyError or ValueError for a bad entry."""
    return date.fromisoformat(entry[name])

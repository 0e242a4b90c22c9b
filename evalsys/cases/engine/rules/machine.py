"""Fields and state machines of cases; a machine is one table of moves. Pure.

A case (案卷) is moved from state to state by people. Nothing moves by itself, no state is skipped:
only moves of the table are possible.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from evalsys.core.errors import N_, DomainError, Filled

BACK = "back"  # The target of a move that returns to where the case was suspended.
STAY = "stay"  # The target of a move that leaves the case where it is.
LONGEST = 4_000  # characters of a text in a step


class FieldKind(StrEnum):
    """The input type of a field."""

    LINE = "line"
    TEXT = "text"
    DAY = "day"
    NUMBER = "number"
    CHOICE = "choice"
    TICK = "tick"
    STAFF = "staff"  # one staff number
    SECTION = "section"  # one section code
    SECTIONS = "sections"  # section codes, entered in one line, stored with single spaces between
    PERIODS = "periods"  # space-separated period codes; no form input
    ANSWERS = "answers"  # an answer to each point of the facts, as one numbered text


@dataclass(frozen=True)
class Field:
    """A field of a step. `choices` maps a value to its label; `low` and `high` bound a number."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    is_required: bool = True
    choices: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""
    low: int = 0
    high: int = 1_000
    is_outcome: bool = False  # the outcome of the step, which an archive shows


@dataclass(frozen=True)
class Condition:
    """A precondition of a move, as a text, and whether it holds."""

    words: str
    holds: bool
    params: Mapping[str, object] = field(default_factory=dict)


# Facts are the data on a case that a feature's rules need, of the feature's own class.
Check = Callable[[Any], Condition]
# Whether a move exists for a case.
Applies = Callable[[Any], bool]
# Validates an entry before it is stored; raises DomainError.
EntryCheck = Callable[[Mapping[str, Any], Any], None]


def always(_facts: Any) -> bool:
    """Return True: the move exists for every case."""
    return True


@dataclass(frozen=True)
class Move:
    """One row of a table: who may take a case from where to where, and what it requires.

    `also` may take it besides `duty`. A move that does not apply to a case does not exist for it.
    `starts` and `meets` are rules whose deadlines the move starts or closes. `pauses` stops the
    clock of every open deadline, `resumes` restarts it. `after` are terms that somebody else may
    use to the end: then the move is the next step. `asks` is what it is called beforehand, on start
    page and case, where the label names one of several outcomes: no outcome is put forward.
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
    is_way: bool = True  # Whether it is on the usual way, rather than an exit or detour.
    also: tuple[str, ...] = ()
    applies: Applies = always
    after: tuple[str, ...] = ()
    asks: str = ""
    page: str = ""  # the endpoint of its page, if not the generic one
    form: str = ""  # the form shared by the outcomes of a decision
    outcome: str = ""  # what it is called among equal choices, by default the stage that follows
    decides: bool = False  # a decision, though its duty handles cases: asks for the second factor
    is_automatic: bool = False  # taken by the system alone
    follows: bool = False  # taken by a step in another case alone, also if this one is over
    is_note: bool = False  # may be added to a case that is over, and leaves it so

    @property
    def demand(self) -> str:
        """The msgid for a move that nobody has taken yet."""
        return self.asks or self.label

    @property
    def duties(self) -> tuple[str, ...]:
        """The duties that may take it, `duty` first."""
        return (self.duty, *self.also)

    @property
    def asks_somebody(self) -> bool:
        """Whether whoever may take it is told that the case is there: not of a mere remark."""
        return self.is_way or (self.target != STAY and not self.follows)


class NoSuchMove(DomainError):
    """The move is not possible in the state of the case."""

    message = N_("This step is not possible now: %(number)s is at another stage.")


# Another user moved the case meanwhile.
STEP_TAKEN = N_(
    "%(number)s was moved on at %(time)s by: %(who)s (%(step)s). Your step is not possible any "
    "more, and nothing of it was stored."
)


class NotReady(DomainError):
    """A condition of the step does not hold."""

    message = N_("This step still needs: %(missing)s")


class NotYourStep(DomainError):
    """The step is another duty's."""

    message = N_("This step is for somebody else.")
    status = 403


@dataclass(frozen=True)
class Appointment:
    """When and where the person is summoned: fields of the move that summons them."""

    move: str
    label: str
    day: str
    hour: str = ""
    place: str = ""


class Machine:
    """The state machine of a kind of case."""

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
        used = {first} | {s for m in moves for s in (*m.sources, m.target)} - {BACK, STAY}
        if used != set(states):
            raise ValueError(f"states without words or use: {used ^ set(states)}")

    @property
    def soft(self) -> Mapping[str, str]:
        """Rights and spans, which cannot be missed, with the text for their end."""
        return {**self.rights, **self.spans}

    @property
    def terms(self) -> frozenset[str]:
        """All terms in the table, each a registered limit."""
        named = {*self.opens, *self.owners, *self.soft, *self.extensions}
        named |= {rule for rule in self.extensions.values() if rule is not None}
        for move in self.moves:
            named |= {*move.starts, *move.meets, *move.after}
        return frozenset(named)

    def before(self, move: Move) -> frozenset[str]:
        """Return the terms that must run out before a move is the next step."""
        return frozenset(move.after) | (frozenset(move.meets) & frozenset(self.spans))

    def rights_of(self, move: Move) -> frozenset[str]:
        """Return the rights that a move exercises, unless it follows their end."""
        return frozenset(move.meets) & frozenset(self.rights) - frozenset(move.after)

    @property
    def following(self) -> frozenset[str]:
        """The names of the moves that only a step in another case takes."""
        return frozenset(move.name for move in self.moves if move.follows)

    @property
    def finals(self) -> frozenset[str]:
        """The states without moves, but for notes and what follows from another case."""
        own = (move for move in self.moves if not (move.follows or move.is_note))
        return frozenset(self.states) - {source for move in own for source in move.sources}

    def moves_from(self, state: str) -> tuple[Move, ...]:
        """Return the moves of a state."""
        return tuple(move for move in self.moves if state in move.sources)

    def choices(self, state: str, form: str) -> tuple[Move, ...]:
        """Return the moves that are outcomes on a form in a state."""
        return tuple(move for move in self.moves_from(state) if form and move.form == form)

    def shown(self, move: Move) -> Move:
        """Return a move as listed beforehand: for a decision its form, not an outcome."""
        if not move.form:
            return move
        return replace(move, name=move.form, label=self.forms[move.form], checks=())

    def move(self, state: str, name: str) -> Move | None:
        """Return the move with a name in a state, or None."""
        return next((move for move in self.moves_from(state) if move.name == name), None)

    def way(self, state: str, facts: Any = None) -> list[Move]:
        """Return the usual moves ahead of a state; without facts all moves apply."""
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


def check_ready(move: Move, facts: Any) -> None:
    """Raise NotReady unless every condition of a move holds."""
    missing = [condition for condition in check_conditions(move, facts) if not condition.holds]
    if missing:
        raise NotReady(missing=tuple(Filled(each.words, each.params) for each in missing))


def ran_out(words: str, end: date | None, is_over: Callable[[date], bool]) -> Condition:
    """Return the condition that a term has run, with its last day; None is a stopped clock."""
    if end is None:
        return Condition(N_("The term has run (now its clock stands)"), holds=False)
    return Condition(words, is_over(end), {"day": end})


def day_of(entry: Mapping[str, Any], name: str) -> date:
    """Return a day of an entry. Raises KeyError or ValueError for a bad entry."""
    return date.fromisoformat(entry[name])

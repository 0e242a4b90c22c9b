"""The registry of demo scenes, which features add for their kinds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import Flask

from evalsys.cases.engine.kinds import Kind
from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.rules.machine import Move
from evalsys.cases.scenes.cast import Cast, Concerned, Quarter
from evalsys.cases.scenes.words import CaseWords
from evalsys.core.permissions import Role
from evalsys.foundation.registry import Registry

# A field of every step that asks for it, or the field of one move -> what is filled in; braces are
# for the words of the case (`words.CaseWords`). None leaves a field blank.
Entries = Mapping[str | tuple[str, str], Any]


@dataclass(frozen=True)
class Story:
    """A case proposed by a closing, and the state to which it is moved.

    `quarters` count back from the last closed one, 0; the earliest first. In them the members'
    ratings have a mean `level` (1-5).
    """

    state: str
    section: str
    quarters: tuple[int, ...]
    level: float


@dataclass(frozen=True)
class Filed:
    """A case with its steps; `done` maps moves to them."""

    case: Subject
    done: Mapping[str, CaseStep]
    companion: int | None  # the account of who accompanies the person, if they have one
    person: Concerned
    words: CaseWords
    now: datetime


def no_parties(_state: str, _moves: Sequence[Move], _cast: Cast) -> list[Party]:
    """Return no parties besides person and section."""
    return []


def no_grounds(
    _origin: Subject | None, _person: Concerned, _words: CaseWords | None
) -> dict[str, Any]:
    """Return no grounds."""
    return {}


def no_papers(_filed: Filed) -> None:
    """Insert no further rows."""


@dataclass(frozen=True)
class Scene:
    """How cases of a kind arise in the demo: one in every state, unless `stories` or `play` do it.

    `opener` is the duty that opens one, "" for none. States in `first` come before all others and
    are about account holders; kinds with a lower `place` come first. A case may come `after` a case
    of another kind in some state. `cast_for` returns the person concerned for the day of the
    opening, by default the weakest of a section.
    """

    kind: str
    entries: Entries = field(default_factory=dict)
    opener: str = ""
    first: tuple[str, ...] = ()
    place: int = 0
    after: tuple[str, str] | None = None
    companion: str = ""  # the duty of who accompanies the person
    cast_for: Callable[[date], Concerned | None] | None = None
    parties: Callable[[str, Sequence[Move], Cast], list[Party]] = no_parties
    # Of the case before it, the person, and the words of that case.
    grounds: Callable[[Subject | None, Concerned, CaseWords | None], dict[str, Any]] = no_grounds
    papers: Callable[[Filed], None] = no_papers
    roles: Mapping[str, Role] = field(default_factory=dict)  # of a duty without a role of its own
    seconded: frozenset[str] = frozenset()  # moves by which a second office agrees
    at_once: frozenset[str] = frozenset()  # moves that need not wait for the term they meet
    calls: frozenset[str] = frozenset()  # moves that summon somebody to the day of the next one
    waits: Mapping[str, int] = field(default_factory=dict)  # days before a move that needs its time
    stories: tuple[Story, ...] = ()
    play: Callable[[Cast], int] | None = None  # brings its own cases by the use cases, and counts
    # What people did in a quarter before it was closed, by the use cases.
    before_closing: Callable[[Quarter], None] | None = None
    # And on the day on which it was closed.
    after_closing: Callable[[Quarter, datetime], None] | None = None
    rests_on: Mapping[str, int] = field(default_factory=dict)  # move: which quarter is public first


SCENES = Registry[Scene]("scenes", "scenes")
all_scenes = SCENES.all


def add_scene(app: Flask, scene: Scene) -> None:
    """Register the scene of a kind, or of none. Raises ValueError if the name is taken."""
    SCENES.add(app, scene.kind, scene)


def scene_of(kind: Kind) -> Scene:
    """Return the scene of a kind, by default one filled in by field types."""
    return all_scenes().get(kind.name, Scene(kind.name))

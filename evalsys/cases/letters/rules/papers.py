"""Which step of a kind of case says something on paper: the table is a field of the kind. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from evalsys.cases.letters.rules.blocks import Written
from evalsys.cases.letters.rules.source import Source

Builder = Callable[[Source], Written]


@dataclass(frozen=True)
class Paper:
    """A letter that a step gives: what a link to it says, and who makes it.

    `only` names a field and the values with which the step gives this letter; `is_form` is what
    somebody fills in by hand at the step that follows.
    """

    label: str
    build: Builder
    only: Mapping[str, frozenset[str]] | None = None
    is_form: bool = False

    def fits(self, entry: Mapping[str, Any]) -> bool:
        """Say whether a step with this entry gives the letter."""
        return all(entry.get(name) in values for name, values in (self.only or {}).items())


Papers: TypeAlias = Mapping[str, tuple[Paper, ...]]  # move: its letters, the main one first

"""Which steps of a kind of case produce letters. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from evalsys.cases.letters.rules.blocks import Written
from evalsys.cases.letters.rules.source import Source

Builder = Callable[[Source], Written]


@dataclass(frozen=True)
class Paper:
    """A letter of a step: its link text and its builder.

    `only` restricts it to values of a field; `is_form` is a record filled in by hand at the next
    step.
    """

    label: str
    build: Builder
    only: Mapping[str, frozenset[str]] | None = None
    is_form: bool = False

    def fits(self, entry: Mapping[str, Any]) -> bool:
        """Return whether a step with this entry produces the letter."""
        return all(entry.get(name) in values for name, values in (self.only or {}).items())


Papers: TypeAlias = Mapping[str, tuple[Paper, ...]]  # move: its letters, the main one first

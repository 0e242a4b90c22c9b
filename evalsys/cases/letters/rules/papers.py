"""Which steps of a kind of case produce letters. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from evalsys.cases.letters.rules.blocks import Written
from evalsys.cases.letters.rules.source import Source

Builder = Callable[[Source], Written]


@dataclass(frozen=True)
class Paper:
    """A letter of a step: its link text and its builder.

    `is_form` is a record filled in by hand at the next step.
    """

    label: str
    build: Builder
    is_form: bool = False


Papers: TypeAlias = Mapping[str, tuple[Paper, ...]]  # move: its letters, the main one first

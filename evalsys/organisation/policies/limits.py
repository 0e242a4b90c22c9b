"""What a rule of the policy is: a number, a switch or weights, declared by its feature. Pure.

A feature keeps its limits in its own `limits.py` and lets its `init_app` register them by
`registry.add_limits`. The form, the page of a version, the preview of changes and the commands
draw what is registered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from evalsys.core.errors import N_, DomainError

T = TypeVar("T")

WORKING_DAYS = N_("working days")
DAYS = N_("days")
MONTHS = N_("months")
BALLOTS = N_("ballots")
POINTS = N_("points")
PERCENT = "%"
# A limit whose name ends so is the length of a term, and counts in this.
TERMS = {"wd": WORKING_DAYS, "d": DAYS, "months": MONTHS}


BAD_POLICY = N_("%(rule)s: %(value)s is not possible. It must be between %(low)s and %(high)s.")


@dataclass(frozen=True, eq=False)
class Rule(Generic[T]):
    """A rule of the policy: `name` is how versions store it, `label` a message id.

    `default` holds where a version does not know the rule; `basis` is the legal basis of the
    default, or why it was chosen.
    """

    name: str
    label: str
    default: T
    basis: str = field(default="", kw_only=True)

    def check(self, value: T) -> None:
        """Refuse a value that cannot be: any can. Raises DomainError."""


@dataclass(frozen=True, eq=False)
class Limit(Rule[int]):
    """A whole number in a range, both ends of which can be, counted in a `unit` (a message id)."""

    between: tuple[int, int]
    unit: str

    def check(self, value: int) -> None:
        """Refuse a value outside the range. Raises DomainError."""
        low, high = self.between
        if not low <= value <= high:
            raise DomainError(BAD_POLICY, rule=self.name, value=value, low=low, high=high)


@dataclass(frozen=True, eq=False)
class Switch(Rule[bool]):
    """Something that is done, or is not."""


@dataclass(frozen=True, eq=False)
class Weights(Rule[Mapping[str, int]]):
    """Whole numbers from 0 to 100, one for each key of the default; not all of them 0."""

    def check(self, value: Mapping[str, int]) -> None:
        """Refuse weights that cannot be. Raises DomainError."""
        for key, weight in value.items():
            if not 0 <= weight <= 100:  # noqa: PLR2004  # Percent.
                raise DomainError(
                    BAD_POLICY, rule=f"{self.name}.{key}", value=weight, low=0, high=100
                )
        if not any(value.values()):
            raise DomainError(N_("%(rule)s: at least one weight must be above 0."), rule=self.name)


AnyRule = Limit | Switch | Weights


@dataclass(frozen=True)
class Limits:
    """A section of the policy's form: its title (a message id), and its rules in their order."""

    title: str
    rules: tuple[AnyRule, ...]

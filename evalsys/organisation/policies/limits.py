"""Types of policy rules: a number, a switch or weights, declared by features. Pure.

A feature keeps its limits in its own `limits.py` and registers them in `init_app` by
`registry.add_limits`. The form, the page of a version, the preview and the commands show what is
registered.
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


BAD_POLICY = N_("%(rule)s: %(value)s is not possible. It must be between %(low)s and %(high)s.")


@dataclass(frozen=True, eq=False)
class Rule(Generic[T]):
    """A rule of the policy: `name` is its key in stored versions, `label` a message id.

    `default` applies to versions without the rule; `basis` is the legal basis or the reason
    of the default.
    """

    name: str
    label: str
    default: T
    basis: str = field(default="", kw_only=True)

    def check(self, value: T) -> None:
        """Raise DomainError for an invalid value. By default any is valid."""


@dataclass(frozen=True, eq=False)
class Limit(Rule[int]):
    """An integer in a range, both ends inclusive, in a `unit` (a message id)."""

    between: tuple[int, int]
    unit: str

    def check(self, value: int) -> None:
        """Raise DomainError for a value outside the range."""
        low, high = self.between
        if not low <= value <= high:
            raise DomainError(BAD_POLICY, rule=self.name, value=value, low=low, high=high)


@dataclass(frozen=True, eq=False)
class Switch(Rule[bool]):
    """A rule that is on or off."""


@dataclass(frozen=True, eq=False)
class Weights(Rule[Mapping[str, int]]):
    """Integers from 0 to 100, one for each key of the default; at least one above 0."""

    def check(self, value: Mapping[str, int]) -> None:
        """Raise DomainError for a weight outside 0-100, or if all are 0."""
        for key, weight in value.items():
            if not 0 <= weight <= 100:  # noqa: PLR2004  # Percent.
                raise DomainError(
                    BAD_POLICY, rule=f"{self.name}.{key}", value=weight, low=0, high=100
                )
        if not any(value.values()):
            raise DomainError(N_("%(rule)s: at least one weight must be above 0."), rule=self.name)


AnyRule = Limit | Switch | Weights


@dataclass(frozen=True)
class LimitSection:
    """A section of the policy form: its title (a message id) and its rules in order."""

    title: str
    rules: tuple[AnyRule, ...]

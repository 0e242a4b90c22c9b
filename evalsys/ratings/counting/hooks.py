"""Hooks of counting, registered by the `init_app` of other features.

Ratings do not import these features. Hooks after a batch run in its transaction.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from flask import Flask, current_app

from evalsys.core.audit import Unit


class LowBallot(NamedTuple):
    """What leaves the counting of a ballot with a level of 1 or 2.

    No level, no ticket, no day. `ballot_id` and `contact_id` (None without a callback number) may
    be kept in envelopes only.
    """

    ballot_id: bytes
    base_period: str
    section_id: int
    staff_id: int
    reasons: int
    contact_id: str | None


BeforeCounting = Callable[[date], None]
AskedContacts = Callable[[], Iterable[str]]
AfterLowBallots = Callable[[Unit, Sequence[LowBallot], date], None]


@dataclass
class Hooks:
    """The hooks of an application. `asked_contacts` yield the keys of contacts still needed."""

    before_counting: list[BeforeCounting] = field(default_factory=list)
    after_low_ballots: list[AfterLowBallots] = field(default_factory=list)
    asked_contacts: list[AskedContacts] = field(default_factory=list)


def init_app(app: Flask) -> None:
    """Create the empty hooks of an application."""
    app.extensions["evalsys.hooks"] = Hooks()


def hooks_of(app: Flask) -> Hooks:
    """Return the hooks of an application."""
    hooks: Hooks = app.extensions["evalsys.hooks"]
    return hooks


def add_before_counting(app: Flask, hook: BeforeCounting) -> None:
    """Register a hook that runs before a counting, in transactions of its own."""
    hooks_of(app).before_counting.append(hook)


def add_after_low_ballots(app: Flask, hook: AfterLowBallots) -> None:
    """Register a hook for the low ballots of a batch, run in its transaction."""
    hooks_of(app).after_low_ballots.append(hook)


def add_asked_contacts(app: Flask, hook: AskedContacts) -> None:
    """Register a hook that yields the keys of the contacts its feature still needs."""
    hooks_of(app).asked_contacts.append(hook)


def asked_contacts() -> set[str]:
    """Return the keys of the contacts that any feature still needs."""
    return {key for hook in hooks_of(current_app).asked_contacts for key in hook()}


def run_before_counting(on: date) -> None:
    """Run the hooks before a counting."""
    for hook in hooks_of(current_app).before_counting:
        hook(on)


def run_after_low_ballots(unit: Unit, lows: Sequence[LowBallot], on: date) -> None:
    """Run the hooks on the low ballots of a batch."""
    if lows:
        for hook in hooks_of(current_app).after_low_ballots:
            hook(unit, lows, on)

"""What other features do when ballots are counted: their `init_app` adds it here.

Ratings know nothing of them. What follows a batch happens in the transaction of the batch.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from flask import Flask, current_app

from evalsys.core.audit import Unit


class LowBallot(NamedTuple):
    """A ballot with a level of 1 or 2 that was just counted: what may leave the counting.

    No level, no ticket, no day. `ballot_id` and `contact_id`, the key of the number to call if the
    rater left one, are for envelopes only.
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
    """What an application does before a counting, and with the low ballots of a batch.

    `asked_contacts` say which numbers to call are still needed.
    """

    before_counting: list[BeforeCounting] = field(default_factory=list)
    after_low_ballots: list[AfterLowBallots] = field(default_factory=list)
    asked_contacts: list[AskedContacts] = field(default_factory=list)


def init_app(app: Flask) -> None:
    """Give the application its hooks, none yet."""
    app.extensions["evalsys.hooks"] = Hooks()


def hooks_of(app: Flask) -> Hooks:
    """Return the hooks of an application."""
    hooks: Hooks = app.extensions["evalsys.hooks"]
    return hooks


def add_before_counting(app: Flask, hook: BeforeCounting) -> None:
    """Let a feature do something before a counting begins, in units of its own."""
    hooks_of(app).before_counting.append(hook)


def add_after_low_ballots(app: Flask, hook: AfterLowBallots) -> None:
    """Let a feature take up the low ballots of a batch, on the day it is counted (a step)."""
    hooks_of(app).after_low_ballots.append(hook)


def add_asked_contacts(app: Flask, hook: AskedContacts) -> None:
    """Let a feature keep numbers to call: it yields the keys of those that it still asks for."""
    hooks_of(app).asked_contacts.append(hook)


def asked_contacts() -> set[str]:
    """Return the keys of the numbers to call that any feature still asks for."""
    return {key for hook in hooks_of(current_app).asked_contacts for key in hook()}


def run_before_counting(on: date) -> None:
    """Do what others want done before a counting."""
    for hook in hooks_of(current_app).before_counting:
        hook(on)


def run_after_low_ballots(unit: Unit, lows: Sequence[LowBallot], on: date) -> None:
    """Hand the low ballots of a batch on (a step)."""
    if lows:
        for hook in hooks_of(current_app).after_low_ballots:
            hook(unit, lows, on)

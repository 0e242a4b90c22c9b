"""Errors of the domain. Pure: raised by rules and services, shown by error_pages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


def N_(message: str) -> str:  # noqa: N802  # gettext's own name for it
    """Mark a message for extraction; it is translated where it is shown."""
    return message


def NP_(context: str, message: str) -> str:  # noqa: N802
    """Mark a short message that says something else elsewhere; translated like any other.

    The answer is the key under which gettext keeps a message with its context: `_` finds it.
    """
    return f"{context}\x04{message}"


class Words(NamedTuple):
    """A part of a message that is words itself: translated with it, where that is shown."""

    message: str
    params: Mapping[str, object] = MappingProxyType({})

    def __str__(self) -> str:
        return self.message % self.params


class DomainError(Exception):
    """A rule said no: `message` is shown to the user, with `params`; `status` is the HTTP status.

    A class of its own has only what somebody catches by name.
    """

    message = N_("This is not possible.")
    status = 409

    def __init__(
        self, message: str | None = None, /, *, status: int | None = None, **params: object
    ) -> None:
        self.message = message or self.message
        self.status = status or self.status
        told = {
            name: "; ".join(map(str, value)) if isinstance(value, tuple) else value
            for name, value in params.items()
        }
        super().__init__(self.message % told)
        self.params: Mapping[str, Any] = params


class Conflict(DomainError):
    """The database refused: somebody else was faster, or a constraint is broken."""

    message = N_("Somebody changed this at the same time. Please look again.")


class NotAllowed(DomainError):
    """The actor's role does not include the action. A page shows it as NotHere."""

    message = N_("You may not do this.")
    status = 403


class NotHere(DomainError):
    """What was asked for does not exist, or is outside the actor's scope: the same words."""

    message = N_("There is nothing here that you may see.")
    status = 404

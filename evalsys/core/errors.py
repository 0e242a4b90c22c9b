"""Messages and errors of the domain. Pure: `error_pages` shows them, `city` says them."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias


class Message(str):
    """A text of ours as the catalogues know it: translated where it is shown or written.

    Any other string is somebody's, a name or a number: it is written as it is.
    """

    __slots__ = ()

    def filled(self, **params: object) -> "Filled":
        """Return the message with what stands in its places: texts, names, numbers."""
        return Filled(self, params)


def N_(message: str) -> Message:  # noqa: N802  # gettext's own name for it
    """Mark a message for extraction; it is translated where it is shown."""
    return Message(message)


def NP_(context: str, message: str) -> Message:  # noqa: N802
    """Mark a short message that says something else elsewhere; translated like any other.

    The answer is the key under which gettext keeps a message with its context: `_` finds it.
    """
    return Message(f"{context}\x04{message}")


class Filled(NamedTuple):
    """A message with what stands in its places, which may be texts of ours again."""

    message: str
    params: Mapping[str, object] = MappingProxyType({})

    def __str__(self) -> str:
        return self.message % self.params


class Joined(NamedTuple):
    """Several texts with a mark between them, which every language has of its own."""

    parts: "Sequence[Text]"
    between: Message


class Within(NamedTuple):
    """A text that stands within a line, where English begins it with a small letter."""

    text: Message


class Dated(NamedTuple):
    """A day as a language writes it: the pattern is a message, in the letters of CLDR."""

    day: date
    pattern: Message


Text: TypeAlias = str | Filled | Joined | Within | Dated


class DomainError(Exception):
    """A rule said no: `message` is shown to the user, with `params`; `status` is the HTTP status.

    A class of its own has only what somebody catches by name.
    """

    message: str = N_("This is not possible.")
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
    """The actor's role does not include the action. A page shows it as NotFound."""

    message = N_("You may not do this.")
    status = 403


class NotFound(DomainError):
    """What was asked for does not exist, or is outside the actor's scope: the same words."""

    message = N_("There is nothing here that you may see.")
    status = 404

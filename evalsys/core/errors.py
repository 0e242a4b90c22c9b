"""Messages and errors of the domain. Pure: `error_pages` renders, `city` translates them."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

CONTEXT_ENDS = "\x04"  # stands between the context of a message and the message, as in gettext


class Message(str):
    """A msgid of the catalogues, translated where it is shown or written.

    Any other string is data, such as a name or a number, and is written as it is.
    """

    __slots__ = ()

    def filled(self, **params: object) -> "Filled":
        """Return the message with its parameters: texts, names, numbers."""
        return Filled(self, params)


def N_(message: str) -> Message:  # noqa: N802  # gettext's own name for it
    """Mark a message for extraction; it is translated where it is shown."""
    return Message(message)


def NP_(context: str, message: str) -> Message:  # noqa: N802
    """Mark a message with a context, for a short text that is ambiguous without one.

    Returns gettext's own key of a message with context, so that `_` finds it.
    """
    return Message(f"{context}{CONTEXT_ENDS}{message}")


class Filled(NamedTuple):
    """A message with its parameters, which may be texts again."""

    message: str
    params: Mapping[str, object] = MappingProxyType({})

    def __str__(self) -> str:
        return self.message % self.params


class Joined(NamedTuple):
    """Several texts with a separator, which each language has its own."""

    parts: "Sequence[Text]"
    between: Message


class Within(NamedTuple):
    """A text inside a sentence, where English starts it in lower case."""

    text: Message


class Dated(NamedTuple):
    """A day in a language's format: `pattern` is a message, a CLDR date pattern."""

    day: date
    pattern: Message


Text: TypeAlias = str | Filled | Joined | Within | Dated


class DomainError(Exception):
    """A broken rule: `message` is shown to the user with `params`; `status` is the HTTP status.

    Only an error that is caught by name has its own class.
    """

    message: str = N_("This is not possible.")
    status = 409

    def __init__(
        self, message: str | None = None, /, *, status: int | None = None, **params: object
    ) -> None:
        self.message = message or self.message
        self.status = status or self.status
        texts = {
            name: "; ".join(map(str, value)) if isinstance(value, tuple) else value
            for name, value in params.items()
        }
        super().__init__(self.message % texts)
        self.params: Mapping[str, Any] = params


class Conflict(DomainError):
    """An integrity error: somebody else was faster, or a constraint is violated."""

    message = N_("Somebody changed this at the same time. Please look again.")


class ChangedSince(DomainError):
    """What a form showed was changed by somebody else before it was sent."""

    message = N_(
        "Somebody changed this after your page was opened. Nothing of yours was stored: look at "
        "what it says now, then send it again."
    )


def mark_of(*values: object) -> str:
    """Return the mark of what a form shows: it travels with the form, and tells what was seen."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def check_seen(seen: str, mark: str) -> None:
    """Raise ChangedSince unless what was seen is what there is; the row is locked and read anew."""
    if seen != mark:
        raise ChangedSince


class NotAllowed(DomainError):
    """The actor's role does not include the action. A page shows it as NotFound."""

    message = N_("You may not do this.")
    status = 403


class NotFound(DomainError):
    """The object does not exist or is outside the actor's scope: the same message for both."""

    message = N_("There is nothing here that you may see.")
    status = 404

"""How numbers of other systems are written here, whoever types them. Pure.

One number is one matter at a time. Whoever opens a matter of a hotline ticket, or brings tickets
in, holds `NUMBERS_LOCK`: two at once would give one ticket two of them.
"""

from evalsys.core.errors import N_, DomainError
from evalsys.foundation.spreadsheets.characters import is_invisible, plain_code

NUMBERS_LOCK = 0x686F_746C_696E  # An arbitrary number, used by no other lock.


class AlreadyOnFile(DomainError):
    """The number of the source has a matter."""

    message = N_("%(reference)s is on file already, as matter %(number)s.")


class ClosedOnFile(AlreadyOnFile):
    """The number of the source has a closed matter, which a new one may follow."""

    message = N_("%(reference)s is on file as matter %(number)s, which is closed.")


class OfAnotherOrgan(DomainError):
    """The number is of another organ: its office is told neither of which nor of what."""

    message = N_("This number is on file with another organ: ask the office of the city")


def plain_number(text: str) -> str:
    """Return a number as it is stored: half width, capitals, plain hyphens, no blanks."""
    visible = (one for one in plain_code(text).lstrip("'") if not is_invisible(one))
    return "".join("".join(visible).split()).upper()


def typed_number(text: str | None) -> str | None:
    """Return a typed number as it is stored; None if it is empty. Use it as a field filter."""
    return plain_number(text or "") or None

"""Phone numbers in free text are hidden: a text is kept and read longer than they may be. Pure."""

import re

SHOWN_HEAD, SHOWN_TAIL = 3, 4  # digits of a masked number
# A mobile number, or a landline with its area code, in one or parted as people write them.
PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}[ -]?\d{7,8})(?!\d)", re.ASCII)


def mask_phone(number: str) -> str:
    """Hide the middle of a phone number: 138****5678."""
    return f"{number[:SHOWN_HEAD]}****{number[-SHOWN_TAIL:]}"


def without_phones(text: str) -> str:
    """Hide the middle of every phone number in a text."""
    return PHONE.sub(lambda found: mask_phone(found[0]), text)

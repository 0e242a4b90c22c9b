"""What a bad review can turn out to be, and whether its rating counts for the person. Pure."""

import re
from enum import StrEnum

from evalsys.core.errors import N_

SHOWN_HEAD, SHOWN_TAIL = 3, 4  # digits of a masked number
# A mobile number, or a landline with its area code, in one or parted as people write them.
PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}[ -]?\d{7,8})(?!\d)", re.ASCII)


class Category(StrEnum):
    """What a bad review turned out to be (GB/T 39734, 9.2)."""

    JUSTIFIED_SIMPLE = "justified_simple"
    JUSTIFIED_COMPLEX = "justified_complex"
    NO_LEGAL_BASIS = "no_legal_basis"
    MISTAKEN = "mistaken"
    MALICIOUS = "malicious"


class Attribution(StrEnum):
    """What it was due to. Only PERSON counts towards the score of the person."""

    PERSON = "person"
    PROCESS = "process"
    POLICY = "policy"
    ENVIRONMENT = "environment"


class Aside(StrEnum):
    """Why a rating does not count for the person."""

    MISTAKEN = "mistaken"
    MALICIOUS = "malicious"
    NOT_PERSON = "not_person"


class Result(StrEnum):
    """What the rater said when called back: the follow-up rating, kept beside the first."""

    SATISFIED = "satisfied"
    BASICALLY = "basically_satisfied"
    DISSATISFIED = "dissatisfied"


CATEGORIES: dict[str, str] = {
    Category.JUSTIFIED_SIMPLE: N_("Justified, simple"),
    Category.JUSTIFIED_COMPLEX: N_("Justified, complex"),
    Category.NO_LEGAL_BASIS: N_("Without legal basis"),
    Category.MISTAKEN: N_("Mistaken rating"),
    Category.MALICIOUS: N_("Malicious rating"),
}
COUNTING: dict[str, str] = {
    name: words
    for name, words in CATEGORIES.items()
    if name not in {Category.MISTAKEN, Category.MALICIOUS}
}
ATTRIBUTIONS: dict[str, str] = {
    Attribution.PERSON: N_("The person"),
    Attribution.PROCESS: N_("The process"),
    Attribution.POLICY: N_("The policy"),
    Attribution.ENVIRONMENT: N_("The environment"),
}
ASIDES: dict[str, str] = {
    Aside.MISTAKEN: N_("Mistaken rating"),
    Aside.MALICIOUS: N_("Malicious rating"),
    Aside.NOT_PERSON: N_("Not due to the person"),
}
RESULTS: dict[str, str] = {
    Result.SATISFIED: N_("Satisfied"),
    Result.BASICALLY: N_("Basically satisfied"),
    Result.DISSATISFIED: N_("Dissatisfied"),
}
REACHED = {"reached": N_("Reached"), "not_reached": N_("Not reached")}


def aside_of(category: str, attribution: str) -> Aside | None:
    """Return why a rating does not count for the person, or None if it does."""
    if category in {Category.MISTAKEN, Category.MALICIOUS}:
        return Aside(category)
    return None if attribution == Attribution.PERSON else Aside.NOT_PERSON


def mask_phone(number: str) -> str:
    """Hide the middle of a phone number: 138****5678."""
    return f"{number[:SHOWN_HEAD]}****{number[-SHOWN_TAIL:]}"


def without_phones(text: str) -> str:
    """Hide phone numbers in a text that stays longer than they may, as in an audit line."""
    return PHONE.sub(lambda found: mask_phone(found[0]), text)

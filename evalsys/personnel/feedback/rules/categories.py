"""Categories of bad reviews, and whether the rating counts for the person. Pure."""

from enum import StrEnum

from evalsys.core.errors import N_


class Category(StrEnum):
    """The category of a bad review (GB/T 39734, 9.2)."""

    JUSTIFIED_SIMPLE = "justified_simple"
    JUSTIFIED_COMPLEX = "justified_complex"
    NO_LEGAL_BASIS = "no_legal_basis"
    MISTAKEN = "mistaken"
    MALICIOUS = "malicious"


class Attribution(StrEnum):
    """The cause of a bad review. Only PERSON counts towards the person's score."""

    PERSON = "person"
    PROCESS = "process"
    POLICY = "policy"
    ENVIRONMENT = "environment"


class Aside(StrEnum):
    """Why a rating does not count for the person."""

    MISTAKEN = "mistaken"
    MALICIOUS = "malicious"
    NOT_PERSON = "not_person"


class FollowUpRating(StrEnum):
    """The follow-up rating when called back, stored besides the first."""

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
    FollowUpRating.SATISFIED: N_("Satisfied"),
    FollowUpRating.BASICALLY: N_("Basically satisfied"),
    FollowUpRating.DISSATISFIED: N_("Dissatisfied"),
}
REACHED = {"reached": N_("Reached"), "not_reached": N_("Not reached")}


def aside_of(category: str, attribution: str) -> Aside | None:
    """Return why a rating does not count for the person, or None if it does."""
    if category in {Category.MISTAKEN, Category.MALICIOUS}:
        return Aside(category)
    return None if attribution == Attribution.PERSON else Aside.NOT_PERSON

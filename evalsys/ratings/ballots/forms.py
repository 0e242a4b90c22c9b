"""The citizen's ballot, as it was sent."""

from werkzeug.datastructures import MultiDict

from evalsys.core.forms import strip
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.rules import LEVELS, RatingDraft, plain_phone, reason_bits

BALLOT_FIELDS = (*DIMENSIONS, "reasons", "comment", "contact", "pressured")
_LEVELS = {str(level): level for level in LEVELS}


def is_ballot(form: MultiDict[str, str]) -> bool:
    """Return whether a ballot was submitted rather than a code; browsers send empty fields too."""
    return any(name in form for name in BALLOT_FIELDS)


def read_ballot(form: MultiDict[str, str]) -> RatingDraft:
    """Return the ballot in a submitted form.

    Without WTForms, which takes a third of the time of this page, the busiest one. A missing or
    invalid level is None; `RatingDraft.problems` checks the rest.
    """
    return RatingDraft(
        {name: _LEVELS.get(form.get(name, "")) for name in DIMENSIONS},
        reasons=reason_bits(form.getlist("reasons")),
        comment=plain_words(form.get("comment", "")),
        contact=plain_phone(form.get("contact", "")),
        pressured=form.get("pressured") == "1",
    )


def plain_words(text: str) -> str | None:
    """Return a text with plain line breaks; None if empty."""
    return strip(text.replace("\r\n", "\n").replace("\r", "\n"))

"""Labels of the workbooks of results. Pure.

Workbooks are read by programs and kept for years: headings change only together with
`tests/exports/headings.txt`.
"""

from evalsys.core.errors import N_, NP_, Text, Within
from evalsys.foundation.spreadsheets.words import COMMA, join
from evalsys.organisation.org.words import KINDS
from evalsys.ratings.ballots.models import ExclusionReason
from evalsys.ratings.ballots.words import EXCLUSIONS, RATER_GROUP_WORDS
from evalsys.scores.rules.disclosure import Extent
from evalsys.scores.rules.formulas import SizeBand

TOO_FEW = N_("too few")
HIDDEN = NP_("sheet", "not shown")
EXTENTS = {
    Extent.FIGURES: N_(
        "levels, bad and set aside ballots are shown for the periods closed before this one only"
    ),
    Extent.WHOLE: N_("ballots differ from an earlier version: scores in whole points, no counts"),
    Extent.NONE: N_(
        "differs by fewer than ten ballots from what was shown before: not shown; not a low score"
    ),
}
NOT_RANKED = N_("not ranked")
# The comparison groups: kinds of section, or all.
GROUPS = {kind.value: words for kind, words in KINDS.items()} | {"all": NP_("sheet", "All kinds")}
# Cells name the unit, unlike pages, whose headings do.
BANDS = {
    SizeBand.UP_TO_5: NP_("sheet", "1–5 members"),
    SizeBand.UP_TO_15: NP_("sheet", "6–15 members"),
    SizeBand.UP_TO_30: NP_("sheet", "16–30 members"),
    SizeBand.OVER_30: NP_("sheet", "over 30 members"),
}
RATER_GROUPS = {group: Within(words) for group, words in RATER_GROUP_WORDS.items()}
ORDERS = {
    "rank": NP_("sheet", "rank"),
    "section": NP_("sheet", "section code"),
    "total": NP_("sheet", "sum"),
    "rate": NP_("sheet", "score rate"),
    "theta": NP_("sheet", "adjusted score"),
    "ballots": NP_("sheet", "ballots"),
    "coverage": NP_("sheet", "coverage"),
}


def counted(n: int | None, min_n: int) -> Text | int:
    """Return a count as printed in a cell: the number, or <10 below the minimum."""
    if n is None:
        return HIDDEN
    return f"<{min_n}" if n < min_n else n


def exclusion_words(stored: str | None) -> Text:
    """Return the labels of exclusion reasons stored as `default:3,mistaken:1`, without counts."""
    codes = [part.partition(":")[0] for part in (stored or "").split(",") if part]
    return join([EXCLUSIONS[ExclusionReason(code)] for code in codes], COMMA)

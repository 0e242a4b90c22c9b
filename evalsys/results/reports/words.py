"""Words for codes, as pages print them: periods, levels, kinds, bands, ranks. Never writes.

They are template globals and filters, so that every feature's pages use the same words.
"""

from collections.abc import Sequence
from decimal import Decimal

from flask import current_app, request, url_for
from flask_babel import gettext as _

from evalsys.core.errors import N_
from evalsys.core.pages import thousands
from evalsys.organisation.org.models import SectionKind
from evalsys.organisation.org.words import KINDS
from evalsys.organisation.periods.words import period_words
from evalsys.organisation.policies.words import DIMENSION_WORDS, GROUP_WORDS
from evalsys.ratings.ballots.models import ExclusionReason
from evalsys.ratings.ballots.words import EXCLUSIONS, LEVEL_WORDS
from evalsys.results.closing.models import ProposalKind
from evalsys.results.closing.words import PROPOSALS
from evalsys.scores.disclosure import Extent, about, display_n, is_small
from evalsys.scores.models import MemberScore, Result
from evalsys.scores.rules import MIN_N_DISPLAY, SizeBand

BANDS = {
    SizeBand.UP_TO_5: N_("1–5"),
    SizeBand.UP_TO_15: N_("6–15"),
    SizeBand.UP_TO_30: N_("16–30"),
    SizeBand.OVER_30: N_("over 30"),
}
EXTENTS = {
    Extent.FIGURES: N_(
        "How the ballots were spread over the levels, and which were bad or set aside, is shown "
        "for the periods within that were closed before. Shown once more for this one, the "
        "difference would tell what a few people rated."
    ),
    Extent.WHOLE: N_(
        "Ballots were set aside or added since an earlier version. Scores are shown in whole "
        "points and without counts, so that nobody can work out what was rated in them."
    ),
    Extent.NONE: N_(
        "Fewer than 10 ballots differ from what was shown for other periods. No figure is shown, "
        "so that nobody can work out what was rated in them. This is not a low score, and "
        "nothing follows from it."
    ),
}
SUM_PARTS = 6
STILL = Decimal("0.2")  # points: a smaller change prints as →


def level_words(level: int) -> str:
    """Name a level of satisfaction."""
    return str(_(LEVEL_WORDS[level]))


def dimension_words(name: str) -> str:
    """Name a dimension."""
    return str(_(DIMENSION_WORDS[name]))


def dimension_list() -> str:
    """Name all dimensions."""
    return str(_(", ")).join(dimension_words(name) for name in DIMENSION_WORDS)


def kind_words(kind: SectionKind | str) -> str:
    """Name a kind of section, or the comparison group "all" of F6."""
    return str(_("All kinds")) if kind == "all" else str(_(KINDS[SectionKind(kind)]))


def band_words(band: int) -> str:
    """Name a size band."""
    return str(_(BANDS[SizeBand(band)]))


def proposal_words(kind: ProposalKind) -> str:
    """Name a proposal: what is proposed, never what follows."""
    return str(_(PROPOSALS[kind]))


def excluded_words(reasons: str | None) -> str:
    """Name the reasons of excluded ratings, kept as `default:12,mistaken:1`: without counts.

    How many they are together is printed; of the parts one might follow from the others.
    """
    codes = [part.partition(":")[0] for part in (reasons or "").split(",") if part]
    return str(_(", ")).join(str(_(EXCLUSIONS[ExclusionReason(code)])) for code in codes)


def count_words(n: int | None, min_n: int = MIN_N_DISPLAY) -> str:
    """Write a count of ballots with thin groups, <10 below the display minimum; None is hidden."""
    if n is None:
        return str(_("not shown"))
    return display_n(n, min_n) if is_small(n, min_n) else thousands(n)


def about_words(n: int, min_n: int = MIN_N_DISPLAY) -> str:
    """Write a total that changes while people look on: full tens, as 3 110+."""
    return display_n(n, min_n) if is_small(n, min_n) else f"{thousands(about(n))}+"


def extent_words(extent: Extent) -> str:
    """Say why something of a result is not shown; nothing if all of it is."""
    return str(_(EXTENTS[extent])) if extent in EXTENTS else ""


def span_words(lo: Decimal | None, hi: Decimal | None, places: int = 2) -> str:
    """Write an interval as 84.98–89.72; — where there is none."""
    return "—" if lo is None or hi is None else f"{lo:.{places}f}–{hi:.{places}f}"


def change_words(change: Decimal | None) -> str:
    """Write a change since the period before: ↑ 1.7, ↓ 0.9, → 0.1; — for None."""
    if change is None:
        return "—"
    arrow = "→" if abs(change) < STILL else "↑" if change > 0 else "↓"
    return f"{arrow} {abs(change):.1f}"


def group_words(group: str) -> str:
    """Name a group of raters."""
    return str(_(GROUP_WORDS[group]))


def period_choices(results: Sequence[Result]) -> list[tuple[str, str]]:
    """Return the periods of some results as a drop-down wants them."""
    return [(result.period.code, period_words(result.period.code)) for result in results]


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds of section as a drop-down wants them."""
    return [("", str(_("all"))), *((kind.value, kind_words(kind)) for kind in KINDS)]


def band_choices() -> list[tuple[str, str]]:
    """Return the size bands as a drop-down wants them."""
    return [("", str(_("all"))), *((str(band.value), band_words(band)) for band in BANDS)]


def proposal_choices() -> list[tuple[str, str]]:
    """Return the proposals as a drop-down wants them."""
    return [("", str(_("all"))), *((kind.value, proposal_words(kind)) for kind in PROPOSALS)]


def sum_words(rows: Sequence[MemberScore]) -> str:
    """Write F4 with its numbers: share × score of every member, the middle left out if long."""
    parts = [
        f"{row.score}"
        if row.days == row.period_days
        else f"{row.days}÷{row.period_days}×{row.score}"
        for row in rows
    ]
    if len(parts) > SUM_PARTS:
        partial = [part for part in parts if "×" in part][:1]
        parts = [*parts[:3], "…", *(partial if partial != parts[-1:] else []), parts[-1]]
    return " + ".join(parts)


def here(**changes: object) -> str:
    """Return the address of this page with some of its query arguments changed; None drops one."""
    values = {**request.args.to_dict(), **(request.view_args or {}), **changes}
    kept = {name: value for name, value in values.items() if value not in (None, "")}
    return url_for(request.endpoint or "reports.today", **kept)


def has_page(endpoint: str) -> bool:
    """Say whether a page exists, before a template links to it."""
    return endpoint in current_app.view_functions

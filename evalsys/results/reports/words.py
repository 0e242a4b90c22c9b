"""Labels of codes on pages: periods, levels, kinds, bands, ranks. Read-only.

Template globals and filters, so that all features use the same labels.
"""

from collections.abc import Sequence
from decimal import Decimal

from flask import request, url_for
from flask_babel import gettext as _

from evalsys.core.errors import N_
from evalsys.core.pages import thousands
from evalsys.organisation.org.models import SectionKind
from evalsys.organisation.org.words import KINDS
from evalsys.organisation.periods.words import period_words
from evalsys.organisation.policies.words import DIMENSION_WORDS, GROUP_WORDS
from evalsys.ratings.ballots.models import ExclusionReason
from evalsys.ratings.ballots.words import EXCLUSIONS, LEVEL_WORDS
from evalsys.results.closing.models import Proposal, ProposalKind
from evalsys.results.closing.words import PROPOSALS
from evalsys.scores.models import MemberScore, Result
from evalsys.scores.rules.disclosure import Extent, about, display_n, is_small
from evalsys.scores.rules.formulas import MIN_N_DISPLAY, SizeBand
from evalsys.scores.rules.funnel import GroupStanding
from evalsys.scores.rules.rates import NotCompared
from evalsys.scores.rules.reliability import TOGETHER

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
STANDINGS = {
    GroupStanding.SURELY_ABOVE: N_("surely above the usual range"),
    GroupStanding.PROBABLY_ABOVE: N_("probably above the usual range"),
    GroupStanding.USUAL: N_("within the usual range"),
    GroupStanding.PROBABLY_BELOW: N_("probably below the usual range"),
    GroupStanding.SURELY_BELOW: N_("surely below the usual range"),
}
UNCOMPARED = {
    NotCompared.ISSUE: N_("too few tickets for its services, not compared"),
    NotCompared.UNSCORED: N_("too few tickets for members without a score, not compared"),
}
SUM_PARTS = 6
STILL = Decimal("0.2")  # points: a smaller change prints as →


def level_words(level: int) -> str:
    """Return the label of a level."""
    return str(_(LEVEL_WORDS[level]))


def dimension_words(name: str) -> str:
    """Return the label of a dimension."""
    return str(_(DIMENSION_WORDS[name]))


def dimension_list() -> str:
    """Return the labels of all dimensions."""
    return str(_(", ")).join(dimension_words(name) for name in DIMENSION_WORDS)


def kind_words(kind: SectionKind | str) -> str:
    """Return the label of a kind of section, or of the comparison group "all" (F6)."""
    return str(_("All kinds")) if kind == "all" else str(_(KINDS[SectionKind(kind)]))


def band_words(band: int) -> str:
    """Return the label of a size band."""
    return str(_(BANDS[SizeBand(band)]))


def moved_words(change: Decimal | None) -> str:
    """Return a change since the preceding period within a sentence."""
    if change is None:
        return str(_("nothing to compare with in the period before"))
    if abs(change) < STILL:
        return str(_("as in the period before"))
    by = f"{abs(change):.1f}"
    if change > 0:
        return str(_("higher by %(by)s than in the period before", by=by))
    return str(_("lower by %(by)s than in the period before", by=by))


def standing_words(standing: GroupStanding) -> str:
    """Return the label of a standing in the group (F11)."""
    return str(_(STANDINGS[standing]))


def uncompared_words(why: NotCompared | None) -> str:
    """Return why a section is not compared: by default, too few ballots."""
    return str(_(UNCOMPARED[why])) if why else str(_("too few, not compared"))


def proposed_words(proposals: Sequence[Proposal]) -> str:
    """Return the labels of proposals as a list within a sentence."""
    kinds = str(_(", ")).join(proposal_words(proposal.kind) for proposal in proposals)
    return str(_("%(proposals)s (by the conditions of the rules, not by place)", proposals=kinds))


def proposal_words(kind: ProposalKind) -> str:
    """Return the label of a proposal."""
    return str(_(PROPOSALS[kind]))


def excluded_words(reasons: str | None) -> str:
    """Return the labels of exclusion reasons stored as `default:12,mistaken:1`, without counts.

    Their total is printed; printed parts could be derived from each other.
    """
    codes = [part.partition(":")[0] for part in (reasons or "").split(",") if part]
    return str(_(", ")).join(str(_(EXCLUSIONS[ExclusionReason(code)])) for code in codes)


def count_words(n: int | None, min_n: int = MIN_N_DISPLAY) -> str:
    """Return a count of ballots, <10 below the display minimum; None is hidden."""
    if n is None:
        return str(_("not shown"))
    return display_n(n, min_n) if is_small(n, min_n) else thousands(n)


def about_words(n: int, min_n: int = MIN_N_DISPLAY) -> str:
    """Return a total that changes daily, in full tens: 3 110+."""
    return display_n(n, min_n) if is_small(n, min_n) else f"{thousands(about(n))}+"


def extent_words(extent: Extent) -> str:
    """Return why figures of a result are not printed; "" if all are."""
    return str(_(EXTENTS[extent])) if extent in EXTENTS else ""


def span_words(lo: Decimal | None, hi: Decimal | None, places: int = 2) -> str:
    """Return an interval as 84.98–89.72; — if there is none."""
    return "—" if lo is None or hi is None else f"{lo:.{places}f}–{hi:.{places}f}"


def change_words(change: Decimal | None) -> str:
    """Return a change since the preceding period: ↑ 1.7, ↓ 0.9, → 0.1; — for None."""
    if change is None:
        return "—"
    arrow = "→" if abs(change) < STILL else "↑" if change > 0 else "↓"
    return f"{arrow} {abs(change):.1f}"


def group_words(group: str) -> str:
    """Return the label of a rater group."""
    return str(_(GROUP_WORDS[group]))


def dimensions_words(alpha: Decimal) -> str:
    """Return what the reliability of the four dimensions in a comparison group means (F2e)."""
    if alpha >= TOGETHER:
        return str(
            _(
                "The four dimensions are answered alike (alpha %(alpha)s in the comparison group): "
                "four bars are not four findings.",
                alpha=alpha,
            )
        )
    return str(
        _(
            "The four dimensions are answered apart (alpha %(alpha)s in the comparison group): "
            "each tells something of its own.",
            alpha=alpha,
        )
    )


def period_choices(results: Sequence[Result]) -> list[tuple[str, str]]:
    """Return (code, label) of the periods of results."""
    return [(result.period.code, period_words(result.period.code)) for result in results]


def kind_choices() -> list[tuple[str, str]]:
    """Return (value, label) of the kinds of section."""
    return [("", str(_("all"))), *((kind.value, kind_words(kind)) for kind in KINDS)]


def group_choices(labels: Sequence[str]) -> list[tuple[str, str]]:
    """Return (value, label) of comparison groups."""
    return [(label, kind_words(label)) for label in labels]


def band_choices() -> list[tuple[str, str]]:
    """Return (value, label) of the size bands."""
    return [("", str(_("all"))), *((str(band.value), band_words(band)) for band in BANDS)]


def proposal_choices() -> list[tuple[str, str]]:
    """Return (value, label) of the kinds of proposals."""
    return [("", str(_("all"))), *((kind.value, proposal_words(kind)) for kind in PROPOSALS)]


def sum_words(rows: Sequence[MemberScore]) -> str:
    """Return F4 with its numbers: share × score of every member, shortened in the middle."""
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
    """Return the URL of this page with changed query arguments; None removes one."""
    values = {**request.args.to_dict(), **(request.view_args or {}), **changes}
    kept = {name: value for name, value in values.items() if value not in (None, "")}
    return url_for(request.endpoint or "reports.today", **kept)

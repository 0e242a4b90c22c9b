"""How pages say measures, their reductions, ways and changes."""

from collections.abc import Iterator
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import pgettext

from evalsys.core.errors import N_
from evalsys.core.pages import day_words, percent
from evalsys.reform.reductions.models import MatterVersion
from evalsys.reform.reductions.queries import WHICH
from evalsys.reform.reductions.rules.measures import (
    IN_DAYS,
    MEASURES,
    OUTCOMES,
    WAYS,
    Measure,
    Outcome,
    Reduction,
    Way,
)
from evalsys.reform.reductions.rules.picture import changes
from evalsys.reform.reductions.rules.steps import days_of, plain

# What a field of a version is called, on its form and in the history.
FIELDS = {
    "starts_on": N_("Holds from"),
    "section": N_("Section that handles it"),
    "items": N_("Items it has"),
    "documents": N_("Documents asked for"),
    "spared": N_("of these fetched by data sharing"),
    "certificates": N_("Certificates asked for"),
    "replaced": N_("of these replaced by a declaration"),
    "legal": N_("Legal limit (working days)"),
    "promised": N_("Promised time (working days)"),
    "actual": N_("Actual mean time (working days)"),
    "visits": N_("Visits of the applicant"),
    "ways": N_("It can be done"),
    "online_share": N_("Share done online, in percent"),
    "phone_share": N_("Share done by phone, in percent"),
    "terminal_share": N_("Share done at a terminal, in percent"),
    "bookable_share": N_("Share that was booked, in percent"),
    "once_share": N_("Share done with one visit at most, in percent"),
    "steps": N_("Steps: name, who, working days, one a line"),
    "basis": N_("Basis: document and number, or what was corrected"),
}
FILTERS = {
    "met": N_("both targets met"),
    "short": N_("a target missed"),
    "first": N_("not yet reduced"),
}
MINUS = "−"  # The sign that stands before a number.


def measure_words(measure: Measure) -> str:
    """Return the name of a measure."""
    return str(_(MEASURES[measure]))


def outcome_words(outcome: Outcome) -> str:
    """Return the words of what became of a measure."""
    return str(_(OUTCOMES[outcome]))


def way_words(way: Way) -> str:
    """Return the words of a way in which a matter can be done."""
    return str(_(WAYS[way]))


def way_choices() -> list[tuple[str, str]]:
    """Return (value, label) of each way."""
    return [(way.value, way_words(way)) for way in Way]


def ways_words(version: MatterVersion) -> str:
    """List the ways in which a version can be done; — without any."""
    return str(_(", ")).join(way_words(way) for way in Way if getattr(version, way)) or "—"


def done_words(version: MatterVersion) -> str:
    """List the ways in which a version can be done, each with the share that was; — without any."""
    figures = version.figures
    told = []
    for way in Way:
        if way in figures.ways:
            share = figures.share(way)
            words = way_words(way)
            told.append(words if share is None else f"{words} {_share(share)}")
    return str(_(", ")).join(told) or "—"


def way_done(version: MatterVersion, value: str) -> str:
    """Say whether a version can be done in a way, and the share that was."""
    figures, way = version.figures, Way(value)
    if way not in figures.ways:
        return str(pgettext("way", "not possible"))
    share = figures.share(way)
    return str(pgettext("way", "possible, share not known")) if share is None else _share(share)


def counter_done(version: MatterVersion) -> str:
    """Say which share was done at the counter; — if it is not known."""
    share = version.figures.counter_share
    return "—" if share is None else _share(share)


def _share(share: Decimal) -> str:
    return f"{plain(share)}%"


def filter_choices() -> list[tuple[str, str]]:
    """Return (value, label) of what the list can be narrowed to."""
    return [(name, str(_(FILTERS[name]))) for name in WHICH]


def figure(value: Decimal | int | None, measure: Measure | None = None) -> str:
    """Write a figure of a measure with its unit; — for one that is not known."""
    if value is None:
        return "—"
    return days_words(Decimal(value)) if measure in IN_DAYS else plain(Decimal(value))


def days_words(days: Decimal) -> str:
    """Write a number of working days."""
    return str(_("%(days)s working days", days=plain(days)))


def share_words(reduction: Reduction) -> str:
    """Write by how much a measure was reduced: −40.0%, +12.5%, or why there is no percentage."""
    if reduction.share is not None:
        sign = MINUS if reduction.share > 0 else "+" if reduction.share < 0 else ""
        return sign + percent(abs(reduction.share))
    if reduction.has_no_base:
        return str(_("base 0: no percentage"))
    return "—"


def short_days(days: Decimal) -> str:
    """Write a number of working days as short as it is in a picture."""
    return str(_("%(days)s days", days=plain(days)))


def picture_words(before: MatterVersion, after: MatterVersion) -> str:
    """Say in words what the picture of two processes shows."""
    dropped, new = changes(before.steps, after.steps)
    sides = [
        _(
            "%(side)s, from %(day)s: %(steps)s steps, %(days)s working days.",
            side=side,
            day=day_words(one.starts_on, weekday=False),
            steps=one.step_count,
            days=plain(days_of(one.steps)),
        )
        for side, one in (
            (pgettext("process", "Before"), before),
            (pgettext("process", "After"), after),
        )
    ]
    if dropped:
        sides.append(_("Dropped: %(names)s.", names=_(", ").join(dropped)))
    if new:
        sides.append(_("New: %(names)s.", names=_(", ").join(new)))
    return " ".join(map(str, sides))


def changed(before: MatterVersion | None, after: MatterVersion) -> Iterator[tuple[str, str, str]]:
    """Yield (field, before, after) of what a version says differently from the one before."""
    if before is None:
        return
    for name, words in FIELDS.items():
        if name == "basis":  # It stands beside each version.
            continue
        old, new = (_value(one, name) for one in (before, after))
        if old != new:
            shown = MEASURES[Measure.STEPS] if name == "steps" else words
            yield str(_(shown)), old, new


def _value(version: MatterVersion, name: str) -> str:
    match name:
        case "starts_on":
            return day_words(version.starts_on, weekday=False)
        case "section":
            return version.section.name
        case "ways":
            return ways_words(version)
        case "steps":
            told = (f"{step.name} {step.who} {plain(step.days)}" for step in version.steps)
            return str(_(", ")).join(told) or "—"
        case _:
            return figure(getattr(version, name))

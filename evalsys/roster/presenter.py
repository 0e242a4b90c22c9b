"""Findings and changes of an import in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from evalsys.core.errors import N_
from evalsys.core.pages import day_words
from evalsys.organisation.periods.words import period_words
from evalsys.roster.columns import PEOPLE, SECTIONS

KINDS = {"people": PEOPLE, "sections": SECTIONS}
SPECIAL = {"new": N_("New"), "left": N_("Left")}
FIRST = 10  # rows on the page of the dry run
PER_PAGE = 100


@dataclass(frozen=True)
class ShownFinding:
    """A finding as text."""

    sheet: str
    row: int
    column: str
    value: str
    problem: str
    advice: str
    is_error: bool

    @property
    def words(self) -> str:
        """The finding in one line, as in the last column of the marked file."""
        lead = "" if self.is_error else _("Remark: ")
        column = _("%(column)s: ", column=self.column) if self.column else ""
        advice = _(" (%(advice)s)", advice=self.advice) if self.advice else ""
        return f"{lead}{column}{self.problem}{advice}"


@dataclass(frozen=True)
class ShownChange:
    """A change as text."""

    code: str
    name: str
    what: str
    before: str
    after: str
    effect: str


def count_of(report: Mapping[str, Any], kind: str) -> int:
    """Return the total of findings or changes, of which a report lists the first KEPT_LINES."""
    total: int = report.get({"findings": "finding_count"}.get(kind, "change_count"), 0)
    return max(total, len(report[kind]))  # Older reports have no total.


def not_marked(report: Mapping[str, Any]) -> str:
    """Return a note that not all findings are marked, or an empty string."""
    kept, total = len(report["findings"]), count_of(report, "findings")
    if kept == total:
        return ""
    return str(
        _(
            "The first %(kept)s of %(total)s are marked. Correct them and send the file again: the "
            "rest is marked then.",
            kept=f"{kept:,}",
            total=f"{total:,}",
        )
    )


def heading(kind: str, column: str) -> str:
    """Return the heading of a column, in English on English pages."""
    if column in SPECIAL:
        return str(_(SPECIAL[column]))
    known = KINDS[kind].by_key.get(column)
    if known is None:
        return ""
    return known.en if str(get_locale()) == "en" else known.zh


def show_finding(report: Mapping[str, Any], finding: Mapping[str, Any]) -> ShownFinding:
    """Return a stored finding as text."""
    layout = report["layouts"].get(finding["sheet"])
    params = finding["params"]
    return ShownFinding(
        finding["sheet"] or "CSV",
        finding["row"],
        heading(layout["kind"], finding["column"]) if layout else "",
        finding["value"],
        _(finding["problem"], **params),
        _(finding["advice"], **params) if finding["advice"] else "",
        finding["is_error"],
    )


def show_change(change: Mapping[str, Any]) -> ShownChange:
    """Return a stored change as text."""
    effect = change["effect"]
    return ShownChange(
        change["code"],
        change["name"],
        heading(change["sheet"], change["column"]),
        change["before"],
        change["after"],
        _(effect, **_in_words(change["params"])) if effect else _("none"),
    )


def _in_words(params: Mapping[str, str]) -> dict[str, str]:
    """Format the day and the period of an effect."""
    write = {"day": lambda day: day_words(date.fromisoformat(day)), "period": period_words}
    return {name: write[name](value) for name, value in params.items()}


def show_notices(report: Mapping[str, Any]) -> list[str]:
    """Return the notices about the file as texts."""
    return [_(notice["message"], **notice["params"]) for notice in report["notices"]]

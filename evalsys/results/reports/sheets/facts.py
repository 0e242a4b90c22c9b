"""The cover of a workbook of a period."""

from collections.abc import Sequence
from typing import Any

from evalsys.core.errors import N_, NP_
from evalsys.foundation.spreadsheets.facts import Facts, export_facts
from evalsys.foundation.spreadsheets.model import Sheet
from evalsys.organisation.periods.sheets import period_words
from evalsys.organisation.periods.words import STATES
from evalsys.results.reports.sheets.request import ExportRequest


def result_facts(request: ExportRequest, sheets: Sequence[Sheet[Any]], persons: int) -> Facts:
    """Yield the entries of the cover of a workbook of a period, as (label, text)."""
    result, rules = request.result, request.rules
    period = result.period
    days = f"{period.starts_on:%Y-%m-%d} – {period.ends_on:%Y-%m-%d}"
    yield (
        NP_("sheet", "Period"),
        NP_("sheet", "%(period)s (%(days)s)").filled(period=period_words(period.code), days=days),
    )
    yield (
        NP_("sheet", "State and version"),
        NP_("sheet", "%(state)s, version %(version)s").filled(
            state=STATES[period.state], version=result.version
        ),
    )
    if result.reason:
        yield N_("Reason of the correction"), result.reason
    yield N_("Scope"), request.scope_words
    yield N_("Filter and order"), request.filter_words
    yield from export_facts(request.actor.name, request.at, sheets, persons)
    yield NP_("sheet", "Formula version"), f"F1–F12, v{result.formula_version}"
    yield NP_("sheet", "Rules"), f"v{result.policy.version}"
    yield (
        NP_("sheet", "Minimum numbers"),
        N_(
            "under %(shown)s ballots nothing is shown; under %(compared)s or %(coverage)s %% "
            "coverage nothing is compared"
        ).filled(
            shown=rules.min_n_display,
            compared=rules.min_n_consequence,
            coverage=rules.min_coverage,
        ),
    )
    yield N_("Digest of the result (SHA-256)"), result.digest

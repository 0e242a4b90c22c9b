"""What the cover of a workbook of a period says."""

from collections.abc import Sequence
from typing import Any

from evalsys.foundation.spreadsheets.facts import Facts, export_facts
from evalsys.foundation.spreadsheets.model import Sheet, Words
from evalsys.foundation.spreadsheets.words import same
from evalsys.organisation.periods.sheets import period_words
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.results.reports.sheets.words import STATES


def result_facts(request: ExportRequest, sheets: Sequence[Sheet[Any]], persons: int) -> Facts:
    """Yield what the cover of a workbook of a period says, as (label, words)."""
    result, rules = request.result, request.rules
    period = result.period
    days = f"{period.starts_on:%Y-%m-%d} – {period.ends_on:%Y-%m-%d}"
    yield (
        Words("评价周期", "Period"),
        Words(
            f"{period_words(period.code).zh}（{days}）", f"{period_words(period.code).en} ({days})"
        ),
    )
    state = STATES[period.state]
    yield (
        Words("状态与版本", "State and version"),
        Words(f"{state.zh}，第{result.version}版", f"{state.en}, version {result.version}"),
    )
    if result.reason:
        yield Words("更正原因", "Reason of the correction"), same(result.reason)
    yield Words("范围", "Scope"), request.scope_words
    yield Words("筛选与排序", "Filter and order"), request.filter_words
    yield from export_facts(request.actor.name, request.at, sheets, persons)
    yield Words("公式版本", "Formula version"), same(f"F1–F10, v{result.formula_version}")
    yield Words("评价规则", "Rules"), same(f"v{result.policy.version}")
    yield (
        Words("最低份数", "Minimum numbers"),
        Words(
            f"少于{rules.min_n_display}份不显示；少于{rules.min_n_consequence}份或覆盖率不到"
            f"{rules.min_coverage}%不比较",
            f"under {rules.min_n_display} ballots nothing is shown; under "
            f"{rules.min_n_consequence} or {rules.min_coverage} % coverage nothing is compared",
        ),
    )
    yield Words("结果校验码（SHA-256）", "Digest of the result (SHA-256)"), same(result.digest)

"""The background jobs of closing."""

from datetime import datetime
from typing import Any

from evalsys.core.errors import N_, DomainError
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.jobs.models import numbers_of
from evalsys.foundation.jobs.rules import to_json
from evalsys.foundation.jobs.statistics import gather_statistics
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.periods.queries import get_period
from evalsys.organisation.periods.rules import period_message
from evalsys.results.closing.queries import obstacles
from evalsys.results.closing.service import Seen, close_period, correct, preview_correction
from evalsys.scores.models import Result


def run(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Close a period. A restarted job continues where it stopped."""
    words = N_("%(code)s is closed: version %(version)s is frozen.")
    result = close_period(
        actor,
        params["period"],
        now=now,
        on=local_day(now),
        progress=progress,
        at_last=lambda result: progress.settle(_done(result, words), now),
    )
    gather_statistics()
    return _done(result, words)


def closed_already(params: dict[str, Any]) -> DomainError | None:
    """Return the refusal that a closing meets whose period was closed in another way."""
    period = get_period(params["period"])
    is_open = period.state in {PeriodState.OPEN, PeriodState.COUNTING}
    return None if is_open else obstacles(period, on=period.ends_on)[0]


def run_correction(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Freeze the next version of a closed period."""
    words = N_("%(code)s is corrected: version %(version)s is frozen.")
    seen = Seen(params["version"], params["digest"]) if "version" in params else None
    result = correct(
        actor,
        params["period"],
        params["reason"],
        now=now,
        progress=progress,
        previewed=seen,
        at_last=lambda result: progress.settle(_done(result, words), now),
    )
    return _done(result, words)


def run_preview(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Compute a correction for the page that asks whether to freeze it."""
    preview = preview_correction(actor, params["period"], progress=progress)
    job_id = numbers_of(progress.run_id)[0] if progress.run_id else 0
    return {
        "message": N_("The correction of %(code)s is computed. Nothing is frozen yet."),
        "params": {"code": to_json(period_message(params["period"]))},
        "url": f"/periods/{params['period']}/correct?preview={job_id}",
        "preview": preview,
    }


def _done(result: Result, message: str) -> dict[str, Any]:
    code = result.period.code
    return {
        "message": message,
        "params": {"code": to_json(period_message(code)), "version": result.version},
        "url": f"/periods/{code}",
    }

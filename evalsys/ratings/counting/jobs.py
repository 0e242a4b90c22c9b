"""The nightly counting job."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from evalsys.core.errors import N_
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.ratings.counting.service import count_due
from evalsys.ratings.history.chunks import ImportRunning, finish_imports


def run(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Finish imports and count what is due. A restarted job continues with what is left."""
    with suppress(ImportRunning):  # It finishes by itself.
        finish_imports()
    summary = count_due(actor, on=local_day(now), progress=progress)
    done = summary.counted
    return {
        "message": N_("%(ballots)s ballots were counted in %(batches)s batches."),
        "params": {"ballots": done.ballots, "batches": done.batches},
    }

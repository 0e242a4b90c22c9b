"""The nightly job that lets proposed commendations lapse."""

from datetime import datetime
from typing import Any

from evalsys.core.errors import N_
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.personnel.chiefs.commending import let_lapse


def run(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Let proposed commendations lapse. A restarted job continues with what is left."""
    return {
        "message": N_("%(lapsed)s proposed commendations lapsed."),
        "params": {"lapsed": let_lapse(now=now)},
    }

"""The nightly job that deletes contacts no longer needed."""

from datetime import datetime
from typing import Any

from evalsys.core.errors import N_
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.personnel.feedback.contacts import delete_contacts


def run(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Delete the contacts whose retention is over. A restarted job deletes what is left."""
    return {
        "message": N_("%(contacts)s contacts were deleted."),
        "params": {"contacts": delete_contacts(now=now)},
    }

"""The daily job that lets late matters escalate, before reminders are mailed."""

from datetime import datetime
from typing import Any

from evalsys.core.errors import N_
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.supervision.escalation.rules import Level
from evalsys.supervision.escalation.service import escalate


def run(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Act on every level reached. A restarted job does the rest."""
    acted = escalate(now=now)
    return {
        "message": N_(
            "Matters that come near: %(near)s; urged: %(urged)s; supervised: %(supervised)s; "
            "referred: %(referred)s."
        ),
        "params": {level.name.lower(): acted.get(level, 0) for level in Level},
    }

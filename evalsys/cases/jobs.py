"""The background work of cases: reminders, each working day."""

from datetime import datetime
from typing import Any

from evalsys.cases.notices import remind
from evalsys.core.errors import N_
from evalsys.core.permissions import Actor
from evalsys.jobs.handlers import Progress
from evalsys.jobs.service import handler


@handler("cases.remind", N_("Remind of deadlines"))
def run(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Remind whoever has to act. Started again, it sends nothing twice."""
    return {"message": N_("%(sent)s reminders were sent."), "params": {"sent": remind(now=now)}}

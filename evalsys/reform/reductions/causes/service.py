"""Use case: name the service matter whose process caused a bad review."""

from datetime import datetime

from evalsys.core.audit import Unit
from evalsys.core.extensions import db
from evalsys.core.permissions import Action
from evalsys.reform.reductions.causes.models import ReviewCause
from evalsys.reform.reductions.models import ServiceMatter
from evalsys.supervision.matters.models import Matter


def name_cause(unit: Unit, candidate: Matter, matter: ServiceMatter, *, now: datetime) -> None:
    """Name the service matter of a candidate; an earlier naming stays on file."""
    db.session.add(
        ReviewCause(
            subject_id=candidate.subject_id,
            service_matter_id=matter.id,
            named_by=unit.actor.user_id,
            named_at=now,
        )
    )
    unit.record(Action.REDUCTION_ENTER, matter, cause=candidate.subject.number)

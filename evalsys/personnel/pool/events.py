"""The events of training in the archive."""

from collections.abc import Iterator, Sequence
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.core.extensions import db
from evalsys.personnel.archive.rules import Event, Mark
from evalsys.personnel.pool.models import TrainingUnit
from evalsys.personnel.pool.service import POOL_KIND
from evalsys.personnel.pool.words import training_words


def training_events(cases: Sequence[Subject], on: date) -> Iterator[Event]:
    """Yield the training of stays: on its last day, or the first while it runs.

    It belongs to the stay: readers who may not see that see none of it.
    """
    stays = [case.id for case in cases if case.kind == POOL_KIND.name]
    if not stays:
        return
    begun = select(TrainingUnit).where(
        TrainingUnit.case_id.in_(stays), TrainingUnit.starts_on <= on
    )
    for unit in db.session.scalars(begun.order_by(TrainingUnit.id)):
        day = unit.ends_on if unit.ends_on <= on else unit.starts_on
        yield Event(day, Mark.BROUGHT, unit, "pool/event.html", _line)


def _line(unit: TrainingUnit) -> tuple[str, str, str]:
    what = f"{unit.title} {unit.place} {unit.hours}h"
    return str(_(training_words(unit.kind))), what, unit.result or ""

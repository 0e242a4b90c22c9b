"""The same step in many matters, each in a unit of work of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.service import take_step
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.supervision.matters.rules import MATTER


@dataclass
class BulkReport:
    """What came of a step in many matters: how many took it, and why each other one did not."""

    done: int = 0
    refused: dict[int, DomainError] = field(default_factory=dict)


def take_in_each(
    actor: Actor,
    cases: Sequence[Subject],
    moves: Sequence[str],
    entry: Mapping[str, Any],
    *,
    now: datetime,
) -> BulkReport:
    """Take in each matter the first of some moves that its state has; a refusal stops no other."""
    report = BulkReport()
    wanted = [
        (case.id, next((name for name in moves if MATTER.move(case.state, name)), moves[0]))
        for case in cases
    ]
    for case_id, name in wanted:
        try:
            take_step(actor, case_id, name, entry, now=now)
        except DomainError as error:
            db.session.rollback()
            report.refused[case_id] = error
        else:
            report.done += 1
    return report

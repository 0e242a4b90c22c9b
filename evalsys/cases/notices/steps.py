"""Who is told of an opening and of a step: whoever has to act, and the person concerned.

Nobody is told of what they did themselves.
"""

from collections.abc import Sequence
from datetime import datetime

from evalsys.cases.engine.kinds import Kind, kind_of
from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.rules.duties import PERSON
from evalsys.cases.engine.rules.machine import STAY
from evalsys.cases.notices.service import announce, announce_opened, case_key
from evalsys.core.pages import local_day


def notify_of_step(case: Subject, row: CaseStep, now: datetime) -> None:
    """Notify who has to act after a step, and the person unless the state is hidden."""
    kind = kind_of(case)
    move = kind.machine.move(row.source, row.name)
    stays = move is not None and move.target == STAY
    topic = f"done:{row.name}" if stays else f"moved:{case.state}"
    for duty in _addressees(kind, case.state, with_others=stays):
        key = case_key(case.id, row.id)
        announce(case, duty, topic, key, by=row.by, now=now, on=local_day(now))


def notify_of_opening(
    kind: Kind, cases: Sequence[Subject], now: datetime, *, by: int | None
) -> None:
    """Notify who has to act in new cases, and the people concerned."""
    for duty in _addressees(kind, kind.machine.first):
        topic = f"moved:{kind.machine.first}"
        announce_opened(cases, duty, topic, by=by, now=now, on=local_day(now))


def _addressees(kind: Kind, state: str, *, with_others: bool = False) -> list[str]:
    """Return who is told: who has to act, with those who may act instead, and the person."""
    asking = [move for move in kind.machine.moves_from(state) if move.asks_somebody]
    duties = {duty for move in asking for duty in (move.duties if with_others else [move.duty])}
    return sorted(duties if state in kind.unseen else duties | {PERSON})

"""Addresses of cases for the test of every page: one of each kind and state that a role sees."""

from collections.abc import Iterator

from evalsys.accounts.models import User
from evalsys.cases.kinds import kind_of
from evalsys.cases.models import CaseFile, DeadlineChange
from evalsys.cases.queries import duties_of, open_deadlines, select_cases
from evalsys.cases.rules import Duty
from evalsys.cases.service import PROVE
from evalsys.core import pages
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.remedies.service import contestable_steps
from tests.routes import Values

SHOWN = 6  # pages of an endpoint for a role: more of the same would only take longer


def case_values(endpoint: str, user: User) -> list[Values]:
    """Return parameters of pages that the user may open."""
    return list(_values(endpoint, user.actor))[:SHOWN]


def _values(endpoint: str, actor: Actor) -> Iterator[Values]:
    on = pages.today()
    if endpoint == "remedies.apply_for":
        yield from ({"step_id": row.step.id} for row in contestable_steps(actor, on=on))
        return
    for case in _one_of_each(actor):
        duties = duties_of(actor, case, on)
        kind = kind_of(case)
        match endpoint:
            case "cases.show":
                yield {"case_id": case.id}
            case "cases.step":
                for move in kind.machine.moves_from(case.state):
                    if move.duty in duties:
                        yield {"case_id": case.id, "name": move.name}
            case "cases.evidence" if case.state in kind.takes_evidence and duties & PROVE:
                yield {"case_id": case.id}
            case "cases.deadline" if Duty.PERSONNEL in duties:
                for deadline in open_deadlines([case.id]).get(case.id, []):
                    yield {"deadline_id": deadline.id}
            case "cases.change" if Duty.LEADER in duties:
                query = db.select(DeadlineChange).where(
                    DeadlineChange.deadline.has(case_id=case.id)
                )
                yield from ({"change_id": row.id} for row in db.session.scalars(query))


def _one_of_each(actor: Actor) -> list[CaseFile]:
    query = select_cases(actor, on=pages.today(), which="all")
    cases = {(case.kind, case.state): case for case in db.session.scalars(query)}
    return list(cases.values())

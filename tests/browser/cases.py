"""Addresses of cases for the test of every page: one of each kind and state that a role sees."""

from collections.abc import Iterator

from sqlalchemy import select

from evalsys.cases.deadlines.queries import open_deadlines
from evalsys.cases.engine.duties import having
from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import DeadlineChange, Subject
from evalsys.cases.engine.queries import duties_of, select_cases
from evalsys.cases.engine.rules.duties import Power
from evalsys.core import pages
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Posting, Staff
from evalsys.organisation.org.queries import select_visible
from evalsys.personnel.duties import Duty
from evalsys.personnel.pool.queries import list_units
from evalsys.personnel.remedies.service import contestable_steps
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
    if endpoint == "pool.propose":
        yield from ({"number": number} for number in _members(actor))
        return
    for case in _one_of_each(actor):
        yield from _of(case, endpoint, duties_of(actor, case, on))


def _of(case: Subject, endpoint: str, duties: frozenset[str]) -> Iterator[Values]:
    kind = kind_of(case)
    match endpoint:
        case "cases.show":
            yield {"case_id": case.id}
        case "cases.step":
            moves = kind.machine.moves_from(case.state)
            yield from ({"case_id": case.id, "name": m.name} for m in moves if m.duty in duties)
        case "cases.evidence" if case.state in kind.takes_evidence and duties & having(Power.PROVE):
            yield {"case_id": case.id}
        case "cases.deadline" if Duty.PERSONNEL in duties:
            rows = open_deadlines([case.id], pages.today()).get(case.id, [])
            yield from ({"deadline_id": row.id} for row in rows)
        case "pool.training" if case.kind == "pool" and not case.closed_at:
            yield from [{"case_id": case.id}] * (Duty.PERSONNEL in duties)
        case "pool.note" if case.kind == "pool" and "mentor" in duties and not case.closed_at:
            yield {"case_id": case.id}
        case "pool.result" if case.kind == "pool" and Duty.PERSONNEL in duties:
            yield from ({"unit_id": unit.id} for unit in list_units(case))
        case "cases.change" if Duty.LEADER in duties:
            query = select(DeadlineChange).where(DeadlineChange.deadline.has(subject_id=case.id))
            yield from ({"change_id": row.id} for row in db.session.scalars(query))


def _members(actor: Actor) -> list[str]:
    """Return the numbers of two people whom a chief could return."""
    query = select(Staff.number).join(Posting, Posting.staff_id == Staff.id)
    own = Posting.section_id.in_(select_visible(actor, pages.today(), pages.today()))
    rows = query.where(own, Posting.ended_on.is_(None), Staff.id != actor.staff_id)
    return list(db.session.scalars(rows.order_by(Staff.number).limit(2)))


def _one_of_each(actor: Actor) -> list[Subject]:
    query = select_cases(actor, on=pages.today(), which="all")
    cases = {(case.kind, case.state): case for case in db.session.scalars(query)}
    return list(cases.values())

"""Remedies: apply for one against a step that burdens, within the time of the law."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, tuple_

from evalsys.calendars.queries import working_days
from evalsys.cases.kinds import Kind, register
from evalsys.cases.models import CaseFile, CaseStep, Deadline
from evalsys.cases.rules import Duty
from evalsys.cases.service import open_case
from evalsys.cases.terms import due_on, unit_of
from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError, NotHere
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.policies.queries import rules_in_force
from evalsys.remedies.rules import CONTESTABLE, REMEDY, RemedyFacts

TERM = "reconsider_d"


class TooLate(DomainError):
    """The term for the application is over."""

    message = N_("The term for this application ended on %(day)s.")


class AppliedBefore(DomainError):
    """A step is contested once."""

    message = N_("You have applied for a reconsideration of this already.")


def remedy_facts(case: CaseFile, now: datetime) -> RemedyFacts:
    """Gather what the rules of a remedy look at."""
    ends = db.session.scalar(
        select(Deadline.due_on).where(
            Deadline.case_id == case.id, Deadline.rule == "appeal_d", Deadline.closed_on.is_(None)
        )
    )
    return RemedyFacts(local_day(now), ends)


REMEDY_KIND = register(
    Kind(
        "remedy",
        N_("Remedy"),
        REMEDY,
        watchers=frozenset({Duty.PERSONNEL, Duty.LEADER}),
        facts=remedy_facts,
        takes_evidence=frozenset({"filed", "appealed"}),
    )
)


@dataclass(frozen=True)
class Contestable:
    """A step against which somebody may still apply: until when, and by law or internally."""

    case: CaseFile
    step: CaseStep
    ends_on: date
    is_lawful: bool


def contestable_steps(actor: Actor, *, on: date) -> Sequence[Contestable]:
    """Return the steps in somebody's own cases that they may still contest, nearest end first."""
    if actor.staff_id is None:
        return []
    rows = db.session.execute(
        select(CaseFile, CaseStep)
        .join(CaseStep, CaseStep.case_id == CaseFile.id)
        .where(
            CaseFile.staff_id == actor.staff_id,
            tuple_(CaseFile.kind, CaseStep.name).in_(list(CONTESTABLE)),
        )
        .order_by(CaseStep.id)
    ).all()
    contested = _contested(actor)
    term, days = rules_in_force().reconsider_d, working_days()
    found = []
    for case, step in rows:
        ends = due_on(local_day(step.at), term, unit_of(TERM), days).on
        if ends >= on and step.id not in contested:
            found.append(Contestable(case, step, ends, CONTESTABLE[case.kind, step.name]))
    return sorted(found, key=lambda one: one.ends_on)


def _contested(actor: Actor) -> set[int]:
    rows = db.session.scalars(
        select(CaseFile).where(
            CaseFile.kind == REMEDY_KIND.name, CaseFile.staff_id == actor.staff_id
        )
    )
    return {row.grounds["step_id"] for row in rows}


def apply(actor: Actor, step_id: int, grounds: str, *, now: datetime) -> CaseFile:
    """Apply for the reconsideration of a step in one's own case.

    What it is against goes on meanwhile (article 95). Raises NotHere, AppliedBefore or TooLate.
    """
    on = local_day(now)
    step = db.session.get(CaseStep, step_id)
    origin = db.session.get(CaseFile, step.case_id) if step else None
    if step is None or origin is None or origin.staff_id != actor.staff_id:
        raise NotHere
    if (origin.kind, step.name) not in CONTESTABLE:
        raise NotHere
    ends = due_on(local_day(step.at), rules_in_force().reconsider_d, unit_of(TERM), working_days())
    if on > ends.on:
        raise TooLate(day=ends.on)
    with unit_of_work(actor) as unit:
        if step.id in _contested(actor):
            raise AppliedBefore
        facts = {
            "step_id": step.id,
            "against": step.name,
            "says": grounds,
            "is_lawful": CONTESTABLE[origin.kind, step.name],
        }
        return open_case(
            unit, REMEDY_KIND, origin.section, origin.staff, facts, now=now, origin=origin
        )

"""Remedies: applications against burdening steps, within the legal term."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select, tuple_

from evalsys.cases.deadlines import service as deadlines
from evalsys.cases.deadlines.queries import open_end
from evalsys.cases.engine.kinds import Kind
from evalsys.cases.engine.models import CaseStep, Deadline, Subject
from evalsys.cases.engine.parties import is_about
from evalsys.cases.engine.queries import find_step
from evalsys.cases.engine.rules.machine import day_of
from evalsys.cases.engine.service import open_case
from evalsys.cases.papers.receipts import Receipt, list_receipts
from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.errors import N_, DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.organisation.policies.queries import rules_at, rules_over_time
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.personnel.duties import OFFICES, Duty
from evalsys.personnel.remedies.letters import decisions
from evalsys.personnel.remedies.limits import APPEAL, RECONSIDER
from evalsys.personnel.remedies.rules import (
    CONTESTABLE,
    REMEDY,
    Against,
    RemedyFacts,
    Term,
    appeal_days,
    may_appeal_directly,
    receipt_day,
    remedy_against,
    term_of,
)


def remedy_facts(case: Subject, now: datetime) -> RemedyFacts:
    """Load the facts of a remedy."""
    ends = open_end(case, APPEAL.name)
    is_direct = may_appeal_directly(case.staff.employment.value, is_lawful=_is_lawful(case))
    return RemedyFacts(local_day(now), ends, is_direct)


def _is_lawful(case: Subject) -> bool:
    return bool(case.grounds.get("is_lawful"))


def begin_appeal(case: Subject, received_on: date) -> None:
    """Start the term for an appeal on the day of receipt; idempotent."""
    decided = find_step(case, "decide")
    begun = select(Deadline.id).where(Deadline.subject_id == case.id, Deadline.rule == APPEAL.name)
    if case.state != "decided" or decided is None or db.session.scalar(begun.limit(1)) is not None:
        return
    days, employment = rules_at(decided.at)[APPEAL], case.staff.employment.value
    length = appeal_days(days, employment, is_lawful=_is_lawful(case))
    deadlines.start(case, APPEAL.name, REMEDY.owners[APPEAL.name], received_on, length)


def _opened(case: Subject, now: datetime) -> None:
    begin_appeal(case, local_day(now))


def _signed(_unit: Unit, case: Subject, step: CaseStep, _now: datetime) -> None:
    decided = find_step(case, "decide")
    notified_on = local_day(decided.at if decided else step.at)
    begin_appeal(case, receipt_day(notified_on, day_of(step.entry, "received_on")) or notified_on)


REMEDY_KIND = Kind(
    "remedy",
    N_("Remedy"),
    REMEDY,
    papers=decisions.PAPERS,
    file_word="复核申诉",
    duties=OFFICES,
    opening="remedies/says.html",
    follows="remedies/against.html",
    watchers=frozenset({Duty.PERSONNEL, Duty.LEADER}),
    facts=remedy_facts,
    effects={"note_receipt": _signed},
    opened=_opened,
    takes_evidence=frozenset({"filed", "appealed"}),
)


@dataclass(frozen=True)
class Contestable:
    """A step that can still be contested: its term, and whether by law or internally."""

    case: Subject
    step: CaseStep
    term: Term
    is_lawful: bool


def select_burdening(actor: Actor) -> Select[Subject, CaseStep]:
    """Return the query for the contestable steps about the actor, whether in time or not."""
    return (
        select(Subject, CaseStep)
        .join(CaseStep, CaseStep.subject_id == Subject.id)
        .where(
            is_about(actor.staff_id),
            tuple_(Subject.kind, CaseStep.name).in_(list(CONTESTABLE)),
        )
    )


def contestable_steps(actor: Actor, *, on: date) -> Sequence[Contestable]:
    """Return the contestable steps in the actor's own cases, nearest end first."""
    if actor.staff_id is None:
        return []
    rows = db.session.execute(select_burdening(actor).order_by(CaseStep.id)).all()
    if not rows:
        return []
    contested = _contested(actor)
    receipts = list_receipts(actor.staff_id, {case.id for case, _step in rows})
    rules, days = rules_over_time(), working_days()
    steps = []
    for case, step in rows:
        term = _application_term(step, receipts.get(case.id, ()), rules(step.at), days, on)
        against = remedy_against(case.kind, step.name, step.entry)
        if against is not None and not term.is_over(on) and step.id not in contested:
            steps.append(Contestable(case, step, term, against is Against.LAW))
    return sorted(steps, key=lambda row: row.term.ends_on)


def _application_term(
    step: CaseStep, receipts: Iterable[Receipt], rules: PolicyRules, days: WorkingDays, on: date
) -> Term:
    """Return the term of an application, under the rules of the step's letter."""
    opened = (local_day(row.opened_at) for row in receipts if row.notified_at >= step.at)
    received_on = receipt_day(local_day(step.at), *opened)
    return term_of(received_on, rules[RECONSIDER], on, days)


def _contested(actor: Actor) -> set[int]:
    rows = db.session.scalars(
        select(Subject).where(Subject.kind == REMEDY_KIND.name, is_about(actor.staff_id))
    )
    return {row.grounds["step_id"] for row in rows}


def apply(actor: Actor, step_id: int, grounds: str, *, now: datetime) -> Subject:
    """Apply for the reconsideration of a step in one's own case.

    The contested act stays in effect (article 95). Raises NotFound or DomainError.
    """
    on = local_day(now)
    step = db.session.get(CaseStep, step_id)
    origin = db.session.get(Subject, step.subject_id) if step else None
    if step is None or origin is None or origin.staff.id != actor.staff_id:
        raise NotFound
    against = remedy_against(origin.kind, step.name, step.entry)
    if against is None:
        raise NotFound
    receipts = list_receipts(origin.staff.id, {origin.id}).get(origin.id, ())
    term = _application_term(step, receipts, rules_at(step.at), working_days(), on)
    if term.is_over(on):
        raise DomainError(N_("The term for this application ended on %(day)s."), day=term.ends_on)
    with unit_of_work(actor) as unit:
        if step.id in _contested(actor):
            raise DomainError(N_("You have applied for a reconsideration of this already."))
        facts = {
            "step_id": step.id,
            "against": step.name,
            "says": grounds,
            "is_lawful": against is Against.LAW,
        }
        return open_case(
            unit, REMEDY_KIND, origin.section, origin.staff, facts, now=now, origin=origin
        )

"""Use cases of objections: file one, and what its decision does to the matter."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from evalsys.cases.engine.kinds import Kind
from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.queries import duties_in, list_steps, lock_case
from evalsys.cases.engine.rules.phones import without_phones
from evalsys.cases.engine.service import open_case, step
from evalsys.cases.notices.service import announce, case_key
from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.errors import N_, DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.guards import current_actor
from evalsys.core.pages import local_day, today
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.policies.queries import rules_at
from evalsys.personnel.remedies.rules import Term, term_of
from evalsys.supervision.duties import OBJECTS, OFFICES, MatterDuty
from evalsys.supervision.matters import rules as matters
from evalsys.supervision.matters.conclusions.queries import conclusion_of, received_on
from evalsys.supervision.matters.facts import matter_told
from evalsys.supervision.matters.limits import OBJECT
from evalsys.supervision.objections.letters.papers import PAPERS
from evalsys.supervision.objections.queries import (
    TITLE,
    file_of,
    find_objection,
    objection_facts,
    objections_of,
    took_part,
)
from evalsys.supervision.objections.rules import KIND, OBJECTION

NOT_CONCLUDED = N_("%(number)s has no conclusion to which one can object now.")
IS_OVER = N_("The term for an objection to this conclusion ended on %(day)s.")
OBJECTED = N_("There is an objection to this conclusion: %(number)s.")
TOLD = (MatterDuty.HEAD, MatterDuty.HANDLER, MatterDuty.OBJECTOR)


class Right(NamedTuple):
    """The visitor's right to object to a conclusion: its term, whether it has run, was used."""

    term: Term
    is_over: bool
    is_used: bool


def right_to_object(matter: Subject) -> Right | None:
    """Return the visitor's right to object to the conclusion of a matter; None without one."""
    actor, on = current_actor(), today()
    if matter.kind != matters.KIND or not may_object(actor, matter, on):
        return None
    if (conclusion := conclusion_of(matter)) is None:
        return None
    term = term_to_object(matter, conclusion, on)
    is_used = any(
        one.state != "withdrawn" and one.grounds["step_id"] == conclusion.id
        for one in objections_of(matter)
    )
    return Right(term, term.is_over(on), is_used)


def may_object(actor: Actor, matter: Subject, on: date) -> bool:
    """Return whether somebody speaks for who was supervised: chief of the section, head of it."""
    held, recused = duties_in(actor, matter, on)  # They judge nothing by it.
    is_head = MatterDuty.IN_CHARGE in held | recused and actor.may(Action.COORDINATION_LEAD)
    return MatterDuty.HEAD in held or is_head


def term_to_object(matter: Subject, conclusion: CaseStep, on: date) -> Term:
    """Return the term of an objection as of a day, under the rules of the conclusion."""
    length = rules_at(conclusion.at)[OBJECT]
    return term_of(received_on(matter, conclusion), length, on, working_days())


def file_objection(actor: Actor, matter: Subject, says: str, *, now: datetime) -> Subject:
    """File an objection to the conclusion of a matter. Raises NotFound or DomainError.

    One follows on another only where that was taken back.
    """
    on = local_day(now)
    with unit_of_work(actor) as unit:
        case = lock_case(matter.id)
        if case.kind != matters.KIND or not may_object(actor, case, on):
            raise NotFound
        conclusion = conclusion_of(case)
        if conclusion is None:
            raise DomainError(NOT_CONCLUDED, number=case.number)
        if (known := find_objection(case, conclusion)) is not None:
            raise DomainError(OBJECTED, number=known.number)
        term = term_to_object(case, conclusion, on)
        if term.is_over(on):
            raise DomainError(IS_OVER, day=term.ends_on)
        grounds = {"step_id": conclusion.id, "says": without_phones(says)}
        filed = open_case(unit, OBJECTION_KIND, case.section, None, grounds, now=now, origin=case)
        if (handler := case.named(MatterDuty.HANDLER)) is not None:
            filed.parties.append(Party(duty=MatterDuty.HANDLER, staff=handler))
        unit.record(Action.MATTER_ANSWER, case, number=case.number, objection=filed.number)
    return filed


def _decided(_unit: Unit, case: Subject, row: CaseStep, now: datetime) -> None:
    """Tell who was supervised what was decided."""
    key, on = case_key(case.id, row.id), local_day(now)
    for duty in TOLD:
        announce(case, duty, f"moved:{case.state}", key, by=row.by, now=now, on=on)


def _changed(unit: Unit, case: Subject, row: CaseStep, now: datetime) -> None:
    """Let the conclusion of the matter say something else."""
    _follow(unit, case, row, "correct", now)


def _revoked(unit: Unit, case: Subject, row: CaseStep, now: datetime) -> None:
    """Bring the matter back to the check."""
    _follow(unit, case, row, "reopen", now)


def _follow(unit: Unit, case: Subject, row: CaseStep, name: str, now: datetime) -> None:
    names = ("conclusion", "excused")
    given: dict[str, Any] = {one: row.entry[one] for one in names if one in row.entry}
    assert case.origin_id is not None
    step(unit, lock_case(case.origin_id), name, {**given, "objection": case.number}, now=now)
    _decided(unit, case, row, now)


def _letter_facts(case: Subject, steps: Sequence[CaseStep], _on: date) -> Mapping[str, Any]:
    """Return what letters say of the matter and its conclusion, as they stood at the objection."""
    assert case.origin_id is not None
    matter = db.session.get_one(Subject, case.origin_id)
    before = [row for row in list_steps(matter) if row.at <= case.opened_at]
    contested = next((row for row in before if row.id == case.grounds["step_id"]), None)
    return {
        "matter": matter_told(matter, before, case.opened_at),
        "conclusion": str(contested.entry.get("conclusion", "")) if contested else "",
        "concluded_on": local_day(contested.at) if contested else None,
    }


OBJECTION_KIND = Kind(
    KIND,
    N_("Objection to a conclusion of supervision"),
    OBJECTION,
    file_word="督查异议",
    duties=(*OFFICES, OBJECTS),
    arises=N_("when a supervised section objects to a conclusion"),
    watchers=frozenset(
        {
            *(MatterDuty.OFFICE, MatterDuty.HEAD, MatterDuty.HANDLER),
            *(MatterDuty.IN_CHARGE, MatterDuty.OBJECTOR),
        }
    ),
    facts=objection_facts,
    effects={"uphold": _decided, "change": _changed, "revoke": _revoked},
    recuses_opener=True,
    recuses={MatterDuty.OFFICE: took_part},
    takes_evidence=frozenset({"filed"}),
    title=TITLE,
    opening="objections/says.html",
    panel="objections/conclusion.html",
    panel_facts=file_of,
    beside="objections/conclusion.html",
    beside_facts=file_of,
    papers=PAPERS,
    letter_facts=_letter_facts,
)

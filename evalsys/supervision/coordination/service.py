"""Use cases of coordinations: take a question up, and the effects of the head's steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from evalsys.cases.engine.kinds import Kind
from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.parties import list_named
from evalsys.cases.engine.rules.entries import BadEntry, codes_in
from evalsys.cases.engine.rules.phones import without_phones
from evalsys.cases.engine.service import Opening, open_cases, step
from evalsys.cases.notices.service import announce, case_key
from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.organisation.org.models import Organ, Section
from evalsys.organisation.org.queries import staff_by_number
from evalsys.supervision.coordination.letters.papers import PAPERS, CoordinationTold
from evalsys.supervision.coordination.models import Coordination
from evalsys.supervision.coordination.queries import (
    ALL_DONE,
    TITLE,
    coordination_facts,
    get_coordination,
    in_title,
    list_places,
    tasks_of,
)
from evalsys.supervision.coordination.rules import COORDINATION, KIND, all_done
from evalsys.supervision.duties import CALLED, FORCE, OFFICES, MatterDuty
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.matters.service import MatterEntry, open_matters

NOT_OVER = N_("A question cannot be raised on a day that is still to come.")
OF_NOBODY = N_("A coordination is opened by the head of an organ.")


@dataclass(frozen=True)
class Question:
    """What a coordination is opened with. `called` are the codes of sections, of any organ."""

    title: str
    says: str
    conveners: str
    raised_on: date
    called: str
    origin: Subject | None = None  # the case out of which it came up


def take_up(actor: Actor, question: Question, *, now: datetime) -> Subject:
    """Open a coordination as the head of an organ, and call the sections.

    Raises DomainError for who heads no organ, a day to come or an unknown section.
    """
    on = local_day(now)
    organ = db.session.get(Organ, actor.organ_id) if actor.organ_id else None
    if organ is None or not actor.may(Action.COORDINATION_LEAD):
        raise DomainError(OF_NOBODY)
    if question.raised_on > on:
        raise DomainError(NOT_OVER)
    called = _named(question.called, on)
    origin = question.origin
    with unit_of_work(actor) as unit:
        origin_id = origin.id if origin else None
        grounds = {"says": without_phones(question.says), "called": [one.code for one in called]}
        opening = Opening(organ, None, grounds, origin_id)
        [case] = open_cases(unit, COORDINATION_KIND, [opening], now=now, opened_by=actor.user_id)
        case.parties.append(Party(duty=MatterDuty.CONVENER, organ=organ))
        title = without_phones(question.title)
        db.session.add(
            Coordination(
                subject_id=case.id,
                title=title,
                conveners=question.conveners,
                raised_on=question.raised_on,
            )
        )
        _call(case, called, case_key(case.id, None), now, by=actor.user_id)
        unit.record(Action.COORDINATION_LEAD, case, number=case.number, called=len(called))
    return case


def _named(codes: str, on: date) -> list[Section]:
    """Return the sections of some codes. Raises DomainError for an unknown one."""
    found = list_named(codes, on)
    known = {one.code for one in found}
    for code in codes_in(codes):
        if code not in known:
            raise DomainError(N_("There is no section %(code)s today."), code=code)
    return list({one.id: one for one in found}.values())


def _call(
    case: Subject, called: Sequence[Section], key: str, now: datetime, *, by: int | None
) -> None:
    """Let the chiefs of sections take part, and tell them."""
    known = {party.section_id for party in case.parties if party.duty == MatterDuty.CALLED}
    case.parties += [
        Party(duty=MatterDuty.CALLED, section=one) for one in called if one.id not in known
    ]
    db.session.flush()
    topic, on = f"moved:{case.state}", local_day(now)
    announce(case, MatterDuty.CALLED, topic, key, by=by, now=now, on=on)


def _called(_unit: Unit, case: Subject, row: CaseStep, now: datetime) -> None:
    sections = _named(row.entry["called"], local_day(now))
    _call(case, sections, case_key(case.id, row.id), now, by=row.by)


def _decided(_unit: Unit, case: Subject, row: CaseStep, now: datetime) -> None:
    """Tell those who were called what was decided."""
    key, topic, on = case_key(case.id, row.id), f"moved:{case.state}", local_day(now)
    announce(case, MatterDuty.CALLED, topic, key, by=row.by, now=now, on=on)


def _gave_task(unit: Unit, case: Subject, row: CaseStep, now: datetime) -> None:
    """Open the matter of a task, assigned already, with a day of its own."""
    names = ("section", "handler", "co_owners", "demand", "until")
    given = {name: row.entry[name] for name in names if name in row.entry}
    step(unit, _open_task(unit, case, row, now), "task", given, now=now)


def _had_studied(unit: Unit, case: Subject, row: CaseStep, now: datetime) -> None:
    """Open the matter of a question to be studied, which gets an owner by a day."""
    given = {"until": row.entry["until"]}
    step(unit, _open_task(unit, case, row, now), "study", given, now=now)


def _open_task(unit: Unit, case: Subject, row: CaseStep, now: datetime) -> Subject:
    organ = next(party.organ for party in case.parties if party.duty == MatterDuty.CONVENER)
    assert organ is not None
    entry = MatterEntry(MatterSource.COORDINATION, organ, row.entry["title"], row.entry["demand"])
    by = unit.actor.user_id
    [matter] = open_matters(unit, [entry], now=now, opened_by=by, origin=case)
    matter.parties.append(Party(duty=MatterDuty.CONVENER, organ=organ))
    db.session.flush()
    return matter


def _formed(_unit: Unit, case: Subject, row: CaseStep, now: datetime) -> None:
    """Name the members of the task force, and tell them. Raises BadEntry for an unknown one."""
    numbers = list(dict.fromkeys(codes_in(row.entry["members"])))
    people = staff_by_number(numbers)
    for number in numbers:
        if number not in people:
            label = N_("Members (staff numbers)")
            problem = N_("Nobody has the staff number %(number)s.")
            raise BadEntry(field=label, problem=problem, number=number)
    for party in [one for one in case.parties if one.duty == MatterDuty.FORCE]:
        case.parties.remove(party)
    db.session.flush()
    case.parties += [Party(duty=MatterDuty.FORCE, staff=people[number]) for number in numbers]
    db.session.flush()
    key, on = case_key(case.id, row.id), local_day(now)
    announce(case, MatterDuty.FORCE, "done:form_force", key, by=row.by, now=now, on=on)


def _letter_facts(case: Subject, steps: Sequence[CaseStep], _on: date) -> Mapping[str, Any]:
    """Return what letters say of a coordination, with the sections called up to the steps."""
    row = get_coordination(case)
    codes = [code for step in steps for code in codes_in(step.entry.get("called", ""))]
    told = CoordinationTold(
        title=row.title,
        says=str(case.grounds.get("says", "")),
        conveners=row.conveners,
        raised_on=row.raised_on,
        called=list_places([*case.grounds.get("called", ()), *codes]),
    )
    return {"coordination": told}


COORDINATION_KIND = Kind(
    KIND,
    N_("Top-level coordination"),
    COORDINATION,
    file_word="顶格协调",
    duties=(*OFFICES, CALLED, FORCE),
    arises=N_("when the head of an organ takes a question up"),
    watchers=frozenset(
        {MatterDuty.CONVENER, MatterDuty.CALLED, MatterDuty.FORCE, MatterDuty.OFFICE}
    ),
    facts=coordination_facts,
    effects={
        "decide": _decided,
        "task": _gave_task,
        "study": _had_studied,
        "form_force": _formed,
        "call": _called,
    },
    when={all_done: ALL_DONE},
    takes_evidence=frozenset({"raised", "decided"}),
    title=TITLE,
    in_title=in_title,
    opening="coordination/question.html",
    panel="coordination/tasks.html",
    panel_facts=tasks_of,
    papers=PAPERS,
    letter_facts=_letter_facts,
)

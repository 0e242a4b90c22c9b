"""Use cases of returns and stays, and the effects of their moves."""

from datetime import date, datetime

from sqlalchemy import select

from evalsys.cases.engine.kinds import Kind
from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.parties import name_party
from evalsys.cases.engine.queries import duties_of, lock_case
from evalsys.cases.engine.rules.duties import Office
from evalsys.cases.engine.rules.machine import NotYourStep
from evalsys.cases.engine.service import open_case
from evalsys.cases.engine.twice import check_new, check_new_since
from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.errors import N_, DomainError, NotAllowed, NotFound
from evalsys.core.extensions import db, lock_row
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.org.queries import find_posting, is_chief, select_visible, staff_by_number
from evalsys.personnel.duties import OFFICES, Duty
from evalsys.personnel.pool.letters import returns, stays
from evalsys.personnel.pool.models import MentorNote, TrainingUnit
from evalsys.personnel.pool.moving import move_there
from evalsys.personnel.pool.queries import (
    is_busy,
    list_notes,
    list_units,
    recent_scores,
    return_facts,
    stay_facts,
)
from evalsys.personnel.pool.rules.returns import RETURN
from evalsys.personnel.pool.rules.stays import MENTOR, POOL, TrainingKind
from evalsys.personnel.pool.words import facts_for_letters
from evalsys.scores.frozen import keep_seat


class ReturnOpen(DomainError):
    """The person has an open return or is in the pool."""

    message = N_("There is an open return of this person, or they are in the pool.")


class ResultWritten(DomainError):
    """The result was written already."""

    message = N_("The result of this training is on file and stays as it is.")


class NotOverYet(DomainError):
    """The training is not over yet."""

    message = N_("This training ends on %(day)s. Its result is written then.")


def _move_directly(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Move the person, and keep the seat in the old section, as with the pool."""
    move_there(unit, case, step, now)
    keep_seat(case.section.id, case.staff.id, local_day(now))


def _admit(unit: Unit, case: Subject, _step: CaseStep, now: datetime) -> None:
    """Keep the seat in the old section, and open the stay in the pool."""
    keep_seat(case.section.id, case.staff.id, local_day(now))
    open_case(unit, POOL_KIND, case.section, case.staff, {}, now=now, origin=case)


def _name_mentor(_unit: Unit, case: Subject, step: CaseStep, _now: datetime) -> None:
    """Set the mentor. Raises DomainError."""
    number = step.entry["mentor"]
    mentor = staff_by_number([number]).get(number)
    proposer = db.session.get(Subject, case.origin_id) if case.origin_id else None
    maker = proposer.opened_by if proposer else None
    if mentor is None or mentor.id == case.staff.id or (maker and _is_user(mentor, maker)):
        raise DomainError(
            N_("%(number)s cannot be the mentor: unknown, the person, or the proposing chief."),
            number=number,
        )
    name_party(case, MENTOR, mentor)


def _is_user(staff: Staff, user_id: int) -> bool:
    return db.session.scalar(select(User.staff_id).where(User.id == user_id)) == staff.id


RETURN_KIND = Kind(
    "return",
    N_("Return"),
    RETURN,
    papers=returns.PAPERS,
    file_word="退人",
    duties=OFFICES,
    arises=N_("when a chief proposes a return"),
    watchers=frozenset({Duty.PERSONNEL, Duty.LEADER, Duty.CHIEF, Duty.PROPOSER}),
    facts=return_facts,
    effects={"admit": _admit, "move_directly": _move_directly},
    unseen=frozenset({"draft", "proposed", "discarded"}),
    takes_evidence=frozenset({"draft", "proposed", "notified", "stated", "waived"}),
    recuses_opener=True,
    proposal="propose",
    next="pool/return_next.html",
    above_steps={"propose": "pool/propose_above.html"},
    beside="pool/beside.html",
    beside_facts=lambda case: {"scores": recent_scores(case.staff.id)},
)
THE_MENTOR = Office(MENTOR, N_("the mentor"), Action.CASE_NOTE, by=MENTOR, heading=N_("Mentor"))
POOL_KIND = Kind(
    "pool",
    N_("Stay in the pool"),
    POOL,
    papers=stays.PAPERS,
    file_word="不胜任现职人员管理",
    letter_facts=facts_for_letters,
    watchers=frozenset({Duty.PERSONNEL, Duty.LEADER, MENTOR}),
    duties=(*OFFICES, THE_MENTOR),
    facts=stay_facts,
    effects={"plan": _name_mentor, "reassign": move_there},
    takes_evidence=frozenset({"in_training", "extended", "assessing"}),
    notices={"note_due": N_("%(kind)s %(number)s: the note of this week is due")},
    next="pool/stay_next.html",
    panel="pool/panel.html",
    panel_facts=lambda case: {"units": list_units(case), "notes": list_notes(case)},
)


def find_returnable(actor: Actor, number: str, *, on: date) -> tuple[Staff, Section]:
    """Return a member of a section that the actor leads, and the section.

    Raises NotFound for others, for the chief of the section, and for the actor.
    """
    staff = staff_by_number([number]).get(number)
    posting = find_posting(staff.id, on) if staff else None
    if staff is None or posting is None or staff.id == actor.staff_id:
        raise NotFound
    visible = Section.id.in_(select_visible(actor, on, on))
    section = db.session.scalar(select(Section).where(Section.id == posting.section_id, visible))
    if section is None or is_chief(staff.id, section.id, on):
        raise NotFound
    return staff, section


def can_return(actor: Actor, staff: Staff, on: date) -> bool:
    """Return whether the actor could propose the return of a person."""
    try:
        find_returnable(actor, staff.number, on=on)
    except NotFound:
        return False
    return True


def draft_return(actor: Actor, number: str, *, now: datetime) -> Subject:
    """Open the draft of a return of a member of the actor's section.

    Raises NotFound, NotAllowed or ReturnOpen.
    """
    if not actor.may(Action.CASE_PROPOSE):
        raise NotAllowed
    staff, section = find_returnable(actor, number, on=local_day(now))
    with unit_of_work(actor) as unit:
        lock_row(staff)  # Locked against concurrent drafts.
        if is_busy(staff.id):
            raise ReturnOpen
        return open_case(unit, RETURN_KIND, section, staff, {}, now=now)


def add_note(actor: Actor, case_id: int, body: str, *, now: datetime) -> MentorNote:
    """Add a note as the mentor. Raises NotYourStep or OnFile."""
    with unit_of_work(actor) as unit:
        case = lock_case(case_id)
        if MENTOR not in duties_of(actor, case, local_day(now)) or case.closed_at:
            raise NotYourStep
        values = {"case_id": case.id, "body": body, "by": actor.user_id}
        check_new_since(MentorNote, values, now)
        note = MentorNote(**values, at=now)
        db.session.add(note)
        unit.record(Action.CASE_NOTE, case, number=case.number)
    return note


def add_unit(  # noqa: PLR0913  # Each is a fact about the training.
    actor: Actor,
    case_id: int,
    *,
    kind: TrainingKind,
    title: str,
    place: str,
    span: tuple[date, date],
    hours: int,
    result: str | None,
    now: datetime,
) -> TrainingUnit:
    """Add a unit of training as the personnel office. Raises NotYourStep, NotOverYet or OnFile."""
    with unit_of_work(actor) as unit:
        case = _own(actor, case_id, now)
        if result:
            _check_over(span[1], now)
        values = {
            "case_id": case.id,
            "kind": kind,
            "title": title,
            "place": place,
            "starts_on": span[0],
            "ends_on": span[1],
            "hours": hours,
            "result": result,
        }
        check_new(TrainingUnit, values)
        row = TrainingUnit(**values)
        db.session.add(row)
        unit.record(Action.CASE_HANDLE, row, case=case.number, training=kind.value)
    return row


def finish_unit(actor: Actor, unit_id: int, result: str, *, now: datetime) -> TrainingUnit:
    """Write the result of a unit of training.

    Raises NoResultFound, NotYourStep, ResultWritten or NotOverYet.
    """
    row = db.session.get_one(TrainingUnit, unit_id)
    with unit_of_work(actor) as unit:
        case = _own(actor, row.case_id, now)
        if row.result is not None:
            raise ResultWritten
        _check_over(row.ends_on, now)
        row.result = result
        unit.record(Action.CASE_HANDLE, row, case=case.number, result=True)
    return row


def _check_over(ends_on: date, now: datetime) -> None:
    if ends_on > local_day(now):
        raise NotOverYet(day=ends_on)


def _own(actor: Actor, case_id: int, now: datetime) -> Subject:
    case = lock_case(case_id)
    is_open = case.kind == POOL_KIND.name and case.closed_at is None
    if not is_open or Duty.PERSONNEL not in duties_of(actor, case, local_day(now)):
        raise NotYourStep
    return case

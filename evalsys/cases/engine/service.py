"""Use cases of all cases: open, take a step, add evidence, record views."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, NewType

from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from evalsys.cases.deadlines import service as deadlines
from evalsys.cases.engine.duties import action_of, having
from evalsys.cases.engine.kinds import Kind, kind_of
from evalsys.cases.engine.models import CaseStep, Evidence, FileView, Looked, Subject
from evalsys.cases.engine.parties import check_sections, parties
from evalsys.cases.engine.queries import duties_of, lock_case, why_no_move
from evalsys.cases.engine.rules.duties import PERSON, Power
from evalsys.cases.engine.rules.entries import check_entry
from evalsys.cases.engine.rules.machine import (
    BACK,
    STAY,
    Move,
    NotYourStep,
    check_ready,
)
from evalsys.cases.engine.rules.phones import without_phones
from evalsys.cases.engine.twice import check_new_since
from evalsys.cases.notices.steps import notify_of_opening, notify_of_step
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.cases.papers.service import attach, received
from evalsys.core.audit import Unit, lock_until_commit, unaudited_unit, unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor, Role
from evalsys.organisation.org.models import Organ, Section, Staff

LONGEST_TITLE, LONGEST_BODY = 120, 4_000
NUMBERING_LOCK = 0x6E75_6D62_6572  # An arbitrary number, used by no other lock.
Page = NewType("Page", str)  # The page of a `FileView`, built by `page_of` only.


class Opening(NamedTuple):
    """What a subject is opened about: its owner and the person, if any; its grounds and origin."""

    owner: Section | Organ | None
    staff: Staff | None
    grounds: Mapping[str, Any]
    origin_id: int | None = None


def open_case(  # noqa: PLR0913  # Each is a fact about the case.
    unit: Unit,
    kind: Kind,
    section: Section | None,
    staff: Staff | None,
    grounds: Mapping[str, Any],
    *,
    now: datetime,
    origin: Subject | None = None,
    by_itself: bool = False,
) -> Subject:
    """Open a case, and notify who has to act: the actor too of what arises `by_itself`."""
    opening, by = Opening(section, staff, grounds, origin.id if origin else None), unit.actor
    return open_cases(unit, kind, [opening], now=now, opened_by=by.user_id, by_itself=by_itself)[0]


def open_cases(  # noqa: PLR0913  # Each is a part of the opening.
    unit: Unit,
    kind: Kind,
    openings: Sequence[Opening],
    *,
    now: datetime,
    opened_by: int | None,
    announces: bool = True,
    by_itself: bool = False,
) -> list[Subject]:
    """Open cases of a kind, numbered in their order, with a constant number of statements.

    `opened_by` is the proposing account, None for the system. Without `announces` nobody is told;
    who proposed them is told only of what arose `by_itself`.
    """
    on = local_day(now)
    lock_until_commit(NUMBERING_LOCK)  # Two at once would give the same number.
    of_year = {"kind": kind.name, "year": on.year}
    last = db.session.scalar(select(func.max(Subject.serial)).filter_by(**of_year)) or 0
    values = {**of_year, "opened_at": now, "opened_by": opened_by}
    cases = [
        Subject(
            **{**values, "serial": serial},
            origin_id=opening.origin_id,
            state=kind.machine.first,
            grounds=dict(opening.grounds),
            parties=parties(opening.owner, opening.staff),
        )
        for serial, opening in enumerate(openings, last + 1)
    ]
    db.session.add_all(cases)
    db.session.flush()
    for case in cases:
        unit.record(Action.CASE_OPEN, case, kind=kind.name, number=case.number)
    for rule in kind.machine.opens:
        deadlines.start_all(cases, rule, kind.machine.owners[rule], on)
    if announces:
        notify_of_opening(kind, cases, now, by=None if by_itself else opened_by)
    return cases


def take_step(  # noqa: PLR0913  # Each is a part of the step.
    actor: Actor,
    case_id: int,
    name: str,
    entry: Mapping[str, Any],
    *,
    now: datetime,
    files: Sequence[FileStorage] = (),
) -> Subject:
    """Take a step in a case, with its entry and files.

    Raises NoResultFound, or as `step` and `received`.
    """
    with received(files) as stored, unit_of_work(actor) as unit:
        case = lock_case(case_id)
        if name in kind_of(case).machine.following:
            raise NotYourStep  # A step in another case takes it.
        row = step(unit, case, name, entry, now=now)
        attach(unit, case, stored, row, now=now)
    return case


def step(
    unit: Unit, case: Subject, name: str, entry: Mapping[str, Any], *, now: datetime
) -> CaseStep:
    """Move a case within an open unit, with deadlines, effects and notices.

    Raises NoSuchMove, NotYourStep, NotReady, BadEntry, or what the move's checks raise.
    """
    kind = kind_of(case)
    move, duty, clean = _allowed(unit.actor, case, name, entry, now)
    row = _enter(unit, case, move, duty, entry=clean, now=now)
    _move_deadlines(case, kind, move, now)
    if name in kind.effects:
        kind.effects[name](unit, case, row, now)
    notify_of_step(case, row, now)
    return row


def remark(
    unit: Unit, cases: Sequence[Subject], name: str, entry: Mapping[str, Any], *, now: datetime
) -> list[CaseStep]:
    """Take a move that leaves its case as it is in many cases, in few statements.

    Nobody is told. Raises NoSuchMove.
    """
    rows = []
    for case in cases:
        move = kind_of(case).machine.move(case.state, name)
        if move is None or move.target != STAY:
            raise why_no_move(case)
        clean = check_entry(move.fields, entry)
        rows.append(_enter(unit, case, move, move.duty, entry=clean, now=now))
    db.session.flush()
    return rows


def add_evidence(  # noqa: PLR0913  # Each is a part of the piece.
    actor: Actor,
    case_id: int,
    kind: EvidenceKind,
    title: str,
    body: str,
    *,
    now: datetime,
    files: Sequence[FileStorage] = (),
) -> Evidence:
    """Add a piece of evidence.

    Raises DomainError, NotYourStep, OnFile, or as `received`.
    """
    with received(files) as stored, unit_of_work(actor) as unit:
        case = lock_case(case_id)
        duties = duties_of(actor, case, local_day(now)) & having(Power.PROVE)
        if case.state not in kind_of(case).takes_evidence:
            raise DomainError(
                N_("Evidence can be added before the case is judged. This one is beyond that.")
            )
        if not duties:
            raise NotYourStep
        title, body = without_phones(title)[:LONGEST_TITLE], without_phones(body)[:LONGEST_BODY]
        content = {"kind": kind, "title": title, "body": body}
        values = {"subject_id": case.id, "by": actor.user_id, **content}
        check_new_since(Evidence, values, now, [file.digest for file in stored])
        piece = Evidence(**values, at=now)
        db.session.add(piece)
        duty = PERSON if PERSON in duties else min(duties)
        attach(unit, case, stored, piece, now=now)
        about = {"evidence": kind.value, "number": case.number}
        unit.record(action_of(duty), case, **about, files=len(stored))
    return piece


def page_of(what: Looked, *of: str) -> Page:
    """Return the page of a view: its type, and which one of the type."""
    return Page(" ".join((what, *of)))


def page_of_case(case: Subject, what: Looked = Looked.CASE) -> Page:
    """Return the page of a view of a case, or of one of its letters."""
    return page_of(what, case.kind, case.number)


def record_look(actor: Actor, staff_id: int | None, page: Page, *, now: datetime) -> None:
    """Record a view of another person's file (None: nobody's), once per day."""
    if actor.user_id is None or staff_id is None or actor.staff_id == staff_id:
        return  # The system, nobody's file, their own.
    seen = {"staff_id": staff_id, "day": local_day(now), "user_id": actor.user_id, "page": page}
    if db.session.scalar(select(FileView.id).filter_by(**seen)) is None:
        with unaudited_unit():
            db.session.add(FileView(**seen, at=now))


def note_looks(unit: Unit, looks: Iterable[tuple[int, Page]], *, now: datetime) -> None:
    """Record views of several files, given as (staff id, page), within an open unit."""
    actor, day = unit.actor, local_day(now)
    if actor.user_id is None:
        return
    seen = {"day": day, "user_id": actor.user_id}
    query = select(FileView.staff_id, FileView.page).filter_by(**seen)
    noted = {tuple(row) for row in db.session.execute(query)}
    for staff_id, page in sorted(set(looks) - noted):
        if staff_id != actor.staff_id:
            db.session.add(FileView(staff_id=staff_id, page=page, **seen, at=now))


def _allowed(
    actor: Actor, case: Subject, name: str, entry: Mapping[str, Any], now: datetime
) -> tuple[Move, str, dict[str, Any]]:
    """Return the move, the duty that takes it, and the checked entry; or raise why not."""
    kind = kind_of(case)
    move = kind.machine.move(case.state, name)
    facts = kind.facts(case, now)
    if move is None or not move.applies(facts):
        raise why_no_move(case)
    held = duties_of(actor, case, local_day(now))
    duty = next((duty for duty in move.duties if duty in held), None)
    if duty is None or (move.is_automatic and actor.role is not Role.SYSTEM):
        raise NotYourStep
    check_ready(move, facts)
    clean = check_entry(move.fields, entry)
    check_sections(move.fields, clean, local_day(now))
    for check in move.entry_checks:
        check(clean, facts)
    return move, duty, clean


def _enter(  # noqa: PLR0913  # Each is a part of the step.
    unit: Unit, case: Subject, move: Move, duty: str, *, entry: dict[str, Any], now: datetime
) -> CaseStep:
    """Write a step with its audit line, and set the state of its case."""
    states = {"source": case.state, "target": _target(case, move)}
    who = {"by": unit.actor.user_id, "role": unit.actor.role}
    row = CaseStep(subject_id=case.id, name=move.name, at=now, entry=entry, **states, **who)
    db.session.add(row)
    case.state = row.target
    about = {"kind": case.kind, "number": case.number, "move": move.name}
    unit.record(action_of(duty), case, **about, **states)
    return row


def _target(case: Subject, move: Move) -> str:
    if move.target == BACK:
        return _before_suspension(case)
    return case.state if move.target == STAY else move.target


def _before_suspension(case: Subject) -> str:
    """Return the state of a suspended case before it was paused."""
    pausing = [move.name for move in kind_of(case).machine.moves if move.pauses]
    return db.session.scalars(
        select(CaseStep.source)
        .where(CaseStep.subject_id == case.id, CaseStep.name.in_(pausing))
        .order_by(CaseStep.id.desc())
        .limit(1)
    ).one()


def _move_deadlines(case: Subject, kind: Kind, move: Move, now: datetime) -> None:
    on = local_day(now)
    deadlines.close(case, on, met=move.meets)
    if move.pauses:
        deadlines.pause(case, on)
    if move.resumes:
        deadlines.resume(case, on)
    case.closed_at = (case.closed_at or now) if case.state in kind.machine.finals else None
    if case.closed_at:
        deadlines.close(case, on)
    for rule in move.starts:
        deadlines.start(case, rule, kind.machine.owners[rule], on)

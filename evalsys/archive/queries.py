"""Reads of an archive: everything that the system knows of one person, good and bad.

Who may open an archive is one question (`get_person`); which cases stand in it is the one that
every page of cases asks (`cases.queries.seen_by`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import joinedload

from evalsys.cases.models import CaseFile, CaseStep, Deadline, FileView
from evalsys.cases.queries import select_cases
from evalsys.core.errors import NotHere
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor, Role
from evalsys.org.models import Posting, Section, Staff, StaffStatus
from evalsys.org.queries import overlaps, select_visible
from evalsys.periods.models import Period
from evalsys.scores.models import MemberScore, Result

READERS = {Role.HR, Role.LEADER, Role.CHIEF}
LOOKS = 100  # the latest looks that are listed


def may_open(actor: Actor, on: date) -> ColumnElement[bool]:
    """Return the condition on `Staff` that the actor may open the archive on a day.

    The own one always; beyond it the people who belong to a section in the actor's scope that day.
    """
    own = Staff.id == actor.staff_id if actor.staff_id is not None else false()
    if actor.role not in READERS:
        return own
    here = select(Posting.staff_id).where(
        Posting.section_id.in_(select_visible(actor, on, on)), overlaps(Posting, on, on)
    )
    return or_(own, Staff.id.in_(here))


def get_person(actor: Actor, number: str, *, on: date) -> Staff:
    """Return whose archive the actor may open. Raises NotHere."""
    staff = db.session.scalar(select(Staff).where(Staff.number == number, may_open(actor, on)))
    if staff is None:
        raise NotHere
    return staff


def select_people(
    actor: Actor, *, on: date, search: str = "", with_cases: bool = False
) -> Select[Staff]:
    """Return the query for the people whose archive the actor may open, by number."""
    query = select(Staff).where(may_open(actor, on)).order_by(Staff.number)
    if search:
        query = query.where(
            or_(Staff.number == search, Staff.name.contains(search, autoescape=True))
        )
    if with_cases:
        cases = select_cases(actor, on=on, which="live").with_only_columns(CaseFile.staff_id)
        query = query.where(Staff.id.in_(cases.order_by(None)))
    return query


def sections_of(people: Sequence[Staff], on: date) -> dict[int, Section]:
    """Return staff id -> the section on a day."""
    rows = db.session.scalars(
        select(Posting)
        .where(Posting.staff_id.in_([one.id for one in people]), overlaps(Posting, on, on))
        .options(joinedload(Posting.section).joinedload(Section.organ))
    )
    return {row.staff_id: row.section for row in rows}


def open_cases_of(actor: Actor, people: Sequence[Staff], on: date) -> dict[int, int]:
    """Return staff id -> how many open cases the actor sees."""
    ids = [one.id for one in people]
    cases = select_cases(actor, on=on, which="live").with_only_columns(CaseFile.staff_id)
    seen = cases.order_by(None).where(CaseFile.staff_id.in_(ids)).subquery()
    rows = db.session.execute(select(seen.c.staff_id, func.count()).group_by(seen.c.staff_id))
    return {row[0]: row[1] for row in rows}


def list_scores(staff: Staff) -> Sequence[MemberScore]:
    """Return the frozen figures of somebody, the newest version of each period, the latest first.

    A seat without a score stands there too: too few ballots is told, never left out.
    """
    newest = (
        select(Result.period_id, func.max(Result.version).label("version"))
        .group_by(Result.period_id)
        .subquery()
    )
    return db.session.scalars(
        select(MemberScore)
        .join(Result, Result.id == MemberScore.result_id)
        .join(
            newest, (newest.c.period_id == Result.period_id) & (newest.c.version == Result.version)
        )
        .join(Period, Period.id == Result.period_id)
        .where(MemberScore.staff_id == staff.id)
        .options(
            joinedload(MemberScore.section),
            joinedload(MemberScore.result).joinedload(Result.period),
        )
        .order_by(Period.starts_on.desc(), Period.ends_on, MemberScore.section_id)
    ).all()


@dataclass(frozen=True)
class CaseRecord:
    """A case in an archive with what was done in it."""

    case: CaseFile
    steps: Sequence[CaseStep]


def list_records(actor: Actor, staff: Staff, *, on: date) -> list[CaseRecord]:
    """Return the cases about somebody that the actor may see, the latest first."""
    cases = db.session.scalars(
        select_cases(actor, on=on).where(CaseFile.staff_id == staff.id)
    ).all()
    steps: dict[int, list[CaseStep]] = {case.id: [] for case in cases}
    for step in db.session.scalars(
        select(CaseStep).where(CaseStep.case_id.in_(steps)).order_by(CaseStep.id)
    ):
        steps[step.case_id].append(step)
    return [CaseRecord(case, steps[case.id]) for case in cases]


def list_postings(staff: Staff) -> Sequence[Posting]:
    """Return where somebody belonged, the latest first."""
    return db.session.scalars(
        select(Posting)
        .where(Posting.staff_id == staff.id)
        .options(joinedload(Posting.section))
        .order_by(Posting.started_on.desc())
    ).all()


def list_statuses(staff: Staff) -> Sequence[StaffStatus]:
    """Return the statuses of somebody, the latest first."""
    return db.session.scalars(
        select(StaffStatus)
        .where(StaffStatus.staff_id == staff.id)
        .order_by(StaffStatus.started_on.desc())
    ).all()


def list_looks(staff: Staff) -> Sequence[FileView]:
    """Return who looked at somebody's file, the latest first."""
    return db.session.scalars(
        select(FileView)
        .where(FileView.staff_id == staff.id)
        .options(joinedload(FileView.user))
        .order_by(FileView.id.desc())
        .limit(LOOKS)
    ).all()


def own_deadlines(actor: Actor, *, on: date) -> Sequence[Deadline]:
    """Return the open deadlines that the person must keep, the nearest first."""
    own = select_cases(actor, on=on).where(CaseFile.staff_id == actor.staff_id)
    return db.session.scalars(
        select(Deadline)
        .where(
            Deadline.case_id.in_(own.with_only_columns(CaseFile.id).order_by(None)),
            Deadline.closed_on.is_(None),
            Deadline.duty == "person",
        )
        .options(joinedload(Deadline.case))
        .order_by(Deadline.due_on)
    ).all()


def may_search(actor: Actor) -> bool:
    """Say whether somebody may search across archives."""
    return actor.role in READERS and actor.may(Action.CASE_VIEW)

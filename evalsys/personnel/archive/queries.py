"""Queries of an archive: everything on record about one person.

`get_person` decides who may open an archive, `engine.queries.seen_by` which cases it shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from evalsys.cases.deadlines.rules import MONTHS, add_months
from evalsys.cases.engine.models import CaseStep, FileView, Looked, Subject
from evalsys.cases.engine.parties import is_about, is_about_any
from evalsys.cases.engine.queries import seen_by, select_cases, was_open
from evalsys.cases.engine.service import page_of_case
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor, Role
from evalsys.organisation.org.models import ChiefTerm, Posting, Section, Staff, StaffStatus
from evalsys.organisation.org.queries import (
    is_called,
    list_postings,
    list_statuses,
    overlaps,
    select_left,
    select_present,
    visible_to,
)
from evalsys.organisation.org.rules import covers
from evalsys.organisation.periods.models import Period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.personnel.archive.achievements import Whose, WorkAsked, read_achievements
from evalsys.personnel.archive.events import brought_events
from evalsys.personnel.archive.rules import Achievement, Event, Mark, in_order
from evalsys.scores.models import MemberScore, Result
from evalsys.scores.publication import printed
from evalsys.scores.queries import is_newest

READERS = {Role.HR, Role.LEADER, Role.CHIEF}
LOOKS = 100  # latest views listed on a person's own page


def may_open(actor: Actor, on: date) -> ColumnElement[bool]:
    """Return the predicate on `Staff` that the actor may open the archive on a day.

    Their own always; else of people in a section within the actor's scope that day. People in no
    section, as in the pool, stay with the personnel office of their last section.
    """
    if actor.role is Role.SYSTEM:
        return true()
    own = Staff.id == actor.staff_id if actor.staff_id is not None else false()
    if actor.role not in READERS:
        return own
    here = Staff.id.in_(select_present(actor, on))
    if actor.role is not Role.HR:
        return or_(own, here)
    return or_(own, here, Staff.id.in_(select_left(actor, on)))


def get_person(actor: Actor, number: str, *, on: date) -> Staff:
    """Return a person whose archive the actor may open. Raises NoResultFound."""
    query = select(Staff).where(Staff.number == number, may_open(actor, on))
    return db.session.scalars(query).one()


def select_people(
    actor: Actor, *, on: date, search: str = "", section: str = "", with_cases: bool = False
) -> Select[Staff]:
    """Return the query for the people whose archive the actor may open, by number.

    `section` is the code of their section that day.
    """
    query = select(Staff).where(may_open(actor, on)).order_by(Staff.number)
    if search:
        query = query.where(is_called(search))
    if section:
        here = select(Posting.staff_id).join(Posting.section).where(Section.code == section)
        query = query.where(Staff.id.in_(here.where(overlaps(Posting, on, on))))
    if with_cases:
        cases = select_cases(actor, on=on, which="live").with_only_columns(Subject.staff_id)
        query = query.where(Staff.id.in_(cases.order_by(None)))
    return query


def list_sections(actor: Actor, *, on: date) -> Sequence[Section]:
    """Return the sections whose members the actor may search."""
    query = select(Section).where(visible_to(actor, on, on)).options(joinedload(Section.organ))
    return db.session.scalars(query.order_by(Section.code)).all()


def sections_of(people: Sequence[Staff], on: date) -> dict[int, Section]:
    """Return staff id -> the section on a day."""
    rows = db.session.scalars(
        select(Posting)
        .where(Posting.staff_id.in_([person.id for person in people]), overlaps(Posting, on, on))
        .options(joinedload(Posting.section).joinedload(Section.organ))
    )
    return {row.staff_id: row.section for row in rows}


def open_cases_of(actor: Actor, people: Sequence[Staff], on: date) -> dict[int, int]:
    """Return staff id -> the number of open cases that the actor sees."""
    ids = [person.id for person in people]
    cases = select_cases(actor, on=on, which="live").with_only_columns(Subject.staff_id)
    seen = cases.order_by(None).where(is_about_any(ids)).subquery()
    rows = db.session.execute(select(seen.c.staff_id, func.count()).group_by(seen.c.staff_id))
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True)
class ScoreLine:
    """The frozen figures of a seat; `least` is the policy's minimum for printed counts."""

    row: MemberScore
    least: int


def list_scores(staff: Staff) -> list[ScoreLine]:
    """Return a person's frozen figures, newest version of each period, latest first.

    Seats without a score are included: "too few ballots" is shown, not hidden.
    """
    rows = db.session.scalars(
        select(MemberScore)
        .join(Result, Result.id == MemberScore.result_id)
        .join(Period, Period.id == Result.period_id)
        .where(MemberScore.staff_id == staff.id, is_newest())
        .options(
            joinedload(MemberScore.section),
            joinedload(MemberScore.result).joinedload(Result.period),
            joinedload(MemberScore.result).joinedload(Result.policy),
        )
        .order_by(Period.starts_on.desc(), Period.ends_on, MemberScore.section_id)
    )
    return [
        ScoreLine(printed(row), PolicyRules.from_json(row.result.policy.rules).min_n_display)
        for row in rows
    ]


def scores_within(lines: Sequence[ScoreLine], since: date, until: date) -> list[ScoreLine]:
    """Return the figures of the periods that have one of some days."""
    return [
        line
        for line in lines
        if (period := line.row.result.period).starts_on <= until and period.ends_on >= since
    ]


@dataclass(frozen=True)
class CaseRecord:
    """A case in an archive with its steps."""

    case: Subject
    steps: Sequence[CaseStep]

    @property
    def on(self) -> date:
        """The day of its last event."""
        return local_day(self.steps[-1].at if self.steps else self.case.opened_at)


def list_records(
    actor: Actor,
    staff: Staff,
    *,
    on: date,
    since: date | None = None,
    until: date | None = None,
) -> list[CaseRecord]:
    """Return the cases about a person that the actor may see, the latest first.

    Of some days those that were open on one of them.
    """
    query = select_cases(actor, on=on).where(is_about(staff.id))
    if since is not None and until is not None:
        query = query.where(was_open(since, until))
    cases = db.session.scalars(query).all()
    steps: dict[int, list[CaseStep]] = {case.id: [] for case in cases}
    for step in db.session.scalars(
        select(CaseStep).where(CaseStep.subject_id.in_(steps)).order_by(CaseStep.id)
    ):
        steps[step.subject_id].append(step)
    return [CaseRecord(case, steps[case.id]) for case in cases]


def read_timeline(staff: Staff, records: Sequence[CaseRecord], *, on: date) -> list[Event]:
    """Return everything on record besides the scores, the latest first.

    `records` are the cases that the reader may see; features' events belong to one of them.
    """
    led = select(ChiefTerm).filter_by(staff_id=staff.id).options(joinedload(ChiefTerm.section))
    return in_order(
        [
            *(Event(record.on, Mark.CASE, record) for record in records),
            *brought_events([record.case for record in records], on),
            *(Event(row.started_on, Mark.STATUS, row) for row in list_statuses(staff)),
            *(Event(row.started_on, Mark.LED, row) for row in db.session.scalars(led)),
            *(Event(row.started_on, Mark.POSTED, row) for row in list_postings(staff)),
        ]
    )


def first_day(on: date) -> date:
    """Return the first of the twelve months up to a day, of which an archive shows the work."""
    return add_months(on, -MONTHS) + timedelta(days=1)


def list_work(staff: Staff, since: date, until: date, *, on: date) -> list[Achievement]:
    """Return the figures of a person's work beside the scores."""
    return read_achievements(WorkAsked(Whose.PERSON, [staff.id], since, until, on))[staff.id]


def find_status(staff: Staff, on: date) -> StaffStatus | None:
    """Return a person's status on a day, or None: on duty."""
    return next((one for one in list_statuses(staff) if covers(one, on)), None)


def find_section(staff: Staff, on: date) -> Section | None:
    """Return a person's section on a day, or None."""
    return next((one.section for one in list_postings(staff) if covers(one, on)), None)


def list_looks(actor: Actor, staff: Staff, *, on: date) -> Sequence[FileView]:
    """Return the views of a person's file, the latest first, as the owner may see them.

    Views of a case hidden from the owner are left out until it is shown: they would reveal it.
    """
    hidden = select(Subject).where(is_about(staff.id), ~seen_by(actor, on))
    cases = db.session.scalars(hidden).all()
    pages = [page_of_case(case, what) for case in cases for what in (Looked.CASE, Looked.LETTER)]
    query = select_looks().where(FileView.staff_id == staff.id, FileView.page.not_in(pages))
    return db.session.scalars(query.limit(LOOKS)).all()


def select_looks(number: str = "") -> Select[FileView]:
    """Return the query for the views of all files, or of one, the latest first."""
    query = (
        select(FileView)
        .options(joinedload(FileView.user), joinedload(FileView.staff))
        .order_by(FileView.id.desc())
    )
    return query.join(FileView.staff).where(Staff.number == number) if number else query


def may_search(actor: Actor) -> bool:
    """Return whether the actor may search across archives."""
    return actor.role in READERS and actor.may(Action.PERSONNEL_VIEW)

"""Queries of returns and stays: protection, caps, facts, training and notes."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import joinedload

from evalsys.cases.deadlines.queries import running_end
from evalsys.cases.deadlines.rules import add_months
from evalsys.cases.engine.holders import holders
from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.parties import is_about, is_owned_by, is_party
from evalsys.cases.engine.queries import find_step, list_evidence
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI, local_day
from evalsys.core.permissions import Actor
from evalsys.core.reads import once, together
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.second_person import accounts_of
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.org.models import Posting, Staff, StaffStatus, StatusKind
from evalsys.organisation.org.queries import overlaps
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.personnel.duties import Duty
from evalsys.personnel.pool import limits
from evalsys.personnel.pool.models import MentorNote, TrainingUnit
from evalsys.personnel.pool.rules.returns import ReturnFacts, points_of
from evalsys.personnel.pool.rules.stays import MENTOR, StayFacts
from evalsys.scores.models import MemberScore, Result
from evalsys.scores.publication import is_exact
from evalsys.scores.queries import is_newest

PROTECTED = {
    StatusKind.MEDICAL: N_("Protected: medical treatment (article 89)"),
    StatusKind.MATERNITY: N_("Protected: pregnancy, maternity or nursing (article 89)"),
    StatusKind.SECONDED: N_("Protected: seconded"),
}
LOOK_BACK = 4  # periods shown with a decision
ARTICLE_89 = (StatusKind.MEDICAL, StatusKind.MATERNITY)
NEWCOMER = N_("Protected: new in the section")
# Complaints are known to the personnel office only.
APPLICANT = N_("Protected: the personnel office knows why")
NOT_CARRIED = ("unfounded", "rejected")
BEFORE_PROPOSAL = ("draft", "discarded")
YEAR = 12  # months
WEEK = timedelta(days=7)
ACCOMPANIED = ("in_training", "extended")  # the states in which the mentor writes each week
PERCENT = 100


def return_facts(case: Subject, now: datetime) -> ReturnFacts:
    """Load the facts of a return."""
    today = local_day(now)
    kinds = {piece.kind for piece in list_evidence(case)}
    stated = find_step(case, "state")
    standing = standing_of(case.staff.id, case.section.id, case.opened_by, today, besides=case.id)
    return ReturnFacts(
        today=today,
        kinds=len(kinds - {EvidenceKind.RANK}),
        **asdict(standing),
        leads=case.opened_by in {user.id for user in holders(case, Duty.CHIEF, today)},
        statement_ends=running_end(case, "statement_wd"),
        points=points_of(stated.entry["statement"]) if stated else (),
    )


def recent_scores(staff_id: int) -> list[tuple[str, Decimal | None]]:
    """Return (period, score) of a member's last published periods; None if not printed."""
    rows = db.session.execute(
        select(Period.code, MemberScore.score, is_exact(MemberScore))
        .join(Result, Result.id == MemberScore.result_id)
        .join(Period, Period.id == Result.period_id)
        .where(
            MemberScore.staff_id == staff_id,
            Period.state == PeriodState.PUBLISHED,
            is_newest(),
        )
        .order_by(Period.starts_on.desc(), Period.code)
        .limit(LOOK_BACK)
    )
    return [(code, score if is_shown else None) for code, score, is_shown in rows]


@dataclass(frozen=True)
class ReturnStanding:
    """The facts for and against returning a person from a section on a day.

    `status` and `shield` are the msgid of what protects the person, or nothing. `cap` is how many
    returns the section may propose in twelve months, `proposed` how many that person has. The
    section may not propose the same before `locked_until`. `proposer` is who proposed this one.
    """

    status: str
    shield: str
    locked_until: date | None
    cap: int
    proposed: int
    is_busy: bool
    proposer: str


def standing_of(
    staff_id: int, section_id: int, user_id: int | None, on: date, *, besides: int = 0
) -> ReturnStanding:
    """Load the standing of a return in one query; `besides` is its own case, if any."""
    rules, since = rules_in_force(), add_months(on, -YEAR)
    status, came, has_applied, closed, members, proposed, busy, proposer = together(
        _select_status(staff_id, on, tuple(PROTECTED)),
        select(func.max(Posting.started_on)).where(
            Posting.staff_id == staff_id, Posting.section_id == section_id
        ),
        select(_has_applied(staff_id, since)),
        select(func.max(Subject.closed_at)).where(
            Subject.kind == "return",
            is_about(staff_id),
            is_owned_by([section_id]),
            Subject.state.in_(NOT_CARRIED),
            Subject.id != besides,
        ),
        select(func.count()).where(Posting.section_id == section_id, overlaps(Posting, on, on)),
        _select_proposed(user_id, since, besides),
        _select_busy(staff_id, besides),
        _select_proposer(besides),
    )
    is_new = came is not None and came > add_months(on, -rules[limits.NEWCOMER])
    return ReturnStanding(
        status=PROTECTED[status] if status else "",
        shield=NEWCOMER if is_new else APPLICANT if has_applied else "",
        locked_until=add_months(local_day(closed), rules[limits.SAME_FACTS]) if closed else None,
        cap=max(1, members * rules[limits.RETURN_CAP] // PERCENT),
        proposed=proposed,
        is_busy=bool(busy),
        proposer=proposer or "",
    )


def _select_status(staff_id: int, on: date, kinds: Collection[StatusKind]) -> Select[StatusKind]:
    """Return the query for the status that protects a person on a day."""
    return (
        select(StaffStatus.kind)
        .where(
            StaffStatus.staff_id == staff_id,
            StaffStatus.kind.in_(kinds),
            overlaps(StaffStatus, on, on),
        )
        .order_by(StaffStatus.id)
        .limit(1)
    )


def _has_applied(staff_id: int, day: date) -> ColumnElement[bool]:
    """Return the condition that a person has an open remedy, or applied for one since a day."""
    since = datetime.combine(day, time(), SHANGHAI)
    return exists().where(
        Subject.kind == "remedy",
        is_about(staff_id),
        (Subject.closed_at.is_(None)) | (Subject.opened_at >= since),
    )


def _select_proposed(user_id: int | None, day: date, besides: int) -> Select[int]:
    """Return the query that counts a person's returns, open or proposed since a day.

    Withdrawn ones do not count.
    """
    since = datetime.combine(day, time(), SHANGHAI)
    lately = exists().where(
        CaseStep.subject_id == Subject.id, CaseStep.name == "propose", CaseStep.at >= since
    )
    return select(func.count()).where(
        Subject.kind == "return",
        Subject.opened_by.in_(accounts_of(user_id)),
        Subject.state.not_in((*BEFORE_PROPOSAL, "withdrawn")),
        Subject.closed_at.is_(None) | lately,
        Subject.id != besides,
    )


def is_busy(staff_id: int) -> bool:
    """Return whether a person is in an open return or in the pool."""
    return bool(db.session.scalar(_select_busy(staff_id, 0)))


def _select_busy(staff_id: int, besides: int) -> Select[bool]:
    busy = exists().where(
        Subject.kind.in_(("return", "pool")),
        is_about(staff_id),
        Subject.closed_at.is_(None),
        Subject.id != besides,
    )
    return select(busy)


def _select_proposer(case_id: int) -> Select[str]:
    """Return the query for the proposer's name: that of the person, not of the account."""
    return (
        select(func.coalesce(Staff.name, User.display_name))
        .select_from(CaseStep)
        .join(User, User.id == CaseStep.by)
        .outerjoin(Staff, Staff.id == User.staff_id)
        .where(CaseStep.subject_id == case_id, CaseStep.name == "propose")
        .order_by(CaseStep.id.desc())
        .limit(1)
    )


def stay_facts(case: Subject, now: datetime) -> StayFacts:
    """Load the facts of a stay; training and notes count since the extension."""
    today, rules = local_day(now), rules_in_force()
    extended, passed = find_step(case, "extend"), find_step(case, "pass")
    units = [unit for unit in list_units(case) if unit.result is not None]
    notes = list_notes(case)
    if extended:
        units = [unit for unit in units if unit.ends_on >= local_day(extended.at)]
        notes = [note for note in notes if note.at >= extended.at]
    ends = running_end(case, "pool_months", "extension_months")
    status, proposer = together(
        _select_status(case.staff.id, today, ARTICLE_89), _select_proposer(case.origin_id or 0)
    )
    return StayFacts(
        today=today,
        units_done=len(units),
        notes=len(notes),
        was_extended=extended is not None,
        ends=ends,
        left=working_days().between(today, ends) if ends else 0,
        lead=rules[limits.ASSESS],
        recheck_ends=running_end(case, "recheck_months"),
        passed_on=local_day(passed.at) if passed else None,
        status=PROTECTED[status] if status else "",
        proposer=proposer or "",
    )


@once
def list_units(case: Subject) -> Sequence[TrainingUnit]:
    """Return the training of a stay, the earliest first."""
    query = select(TrainingUnit).where(TrainingUnit.case_id == case.id)
    return db.session.scalars(query.order_by(TrainingUnit.starts_on, TrainingUnit.id)).all()


@once
def list_notes(case: Subject) -> Sequence[MentorNote]:
    """Return the notes of the mentor, the latest first."""
    query = select(MentorNote).where(MentorNote.case_id == case.id)
    return db.session.scalars(
        query.options(joinedload(MentorNote.user)).order_by(MentorNote.id.desc())
    ).all()


def accompanied_by(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on `Subject` for stays that the actor mentors."""
    is_mentor = is_party(MENTOR, Party.staff_id == (actor.staff_id or 0))
    return Subject.kind == "pool", Subject.state.in_(ACCOMPANIED), is_mentor


def list_accompanied(actor: Actor) -> list[tuple[Subject, datetime]]:
    """Return the stays that the actor mentors, with the last note or step."""
    noted = select(func.max(MentorNote.at)).where(MentorNote.case_id == Subject.id)
    moved = select(func.max(CaseStep.at)).where(CaseStep.subject_id == Subject.id)
    rows = db.session.execute(
        select(Subject, noted.scalar_subquery(), moved.scalar_subquery())
        .where(*accompanied_by(actor))
        .options(joinedload(Subject.person).joinedload(Party.staff))
        .order_by(Subject.id)
    )
    return [(row[0], max(filter(None, (row[0].opened_at, *row[1:])))) for row in rows]

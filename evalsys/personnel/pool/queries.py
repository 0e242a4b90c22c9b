"""Queries of returns and stays: protection, caps, facts, training and notes."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload

from evalsys.cases.deadlines.queries import running_end
from evalsys.cases.deadlines.rules import add_months
from evalsys.cases.engine.holders import holders
from evalsys.cases.engine.models import CaseStep, Evidence, Party, Subject
from evalsys.cases.engine.parties import is_about, is_owned_by, is_party
from evalsys.cases.engine.queries import find_step
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI, local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.accounts.second_person import accounts_of
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.org.models import Posting, Staff, StaffStatus, StatusKind
from evalsys.organisation.org.queries import overlaps
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.organisation.policies.rules import PolicyRules
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
    today, rules = local_day(now), rules_in_force()
    kinds = set(
        db.session.scalars(select(Evidence.kind).where(Evidence.subject_id == case.id).distinct())
    )
    stated = find_step(case, "state")
    return ReturnFacts(
        today=today,
        kinds=len(kinds - {EvidenceKind.RANK}),
        status=status_of(case.staff.id, today),
        shield=shield_of(case.staff.id, case.section.id, today, rules),
        locked_until=locked_until(case, rules),
        cap=cap_of(case.section.id, today, rules),
        proposed=proposed_by(case.opened_by, add_months(today, -YEAR), besides=case.id),
        is_busy=is_busy(case.staff.id, besides=case.id),
        leads=case.opened_by in {user.id for user in holders(case, Duty.CHIEF, today)},
        proposer=_proposer(case),
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


def status_of(staff_id: int, on: date, kinds: Collection[StatusKind] = tuple(PROTECTED)) -> str:
    """Return the msgid of the status that protects a person on a day, or ""."""
    kind = db.session.scalar(
        select(StaffStatus.kind).where(
            StaffStatus.staff_id == staff_id,
            StaffStatus.kind.in_(kinds),
            StaffStatus.started_on <= on,
            (StaffStatus.ended_on.is_(None)) | (StaffStatus.ended_on >= on),
        )
    )
    return "" if kind is None else PROTECTED[kind]


def shield_of(staff_id: int, section_id: int, on: date, rules: PolicyRules) -> str:
    """Return the msgid of what keeps a person from being proposed on a day, or ""."""
    came = db.session.scalar(
        select(func.max(Posting.started_on)).where(
            Posting.staff_id == staff_id, Posting.section_id == section_id
        )
    )
    if came is not None and came > add_months(on, -rules[limits.NEWCOMER]):
        return NEWCOMER
    since = datetime.combine(add_months(on, -YEAR), time(), SHANGHAI)
    applied = exists().where(
        Subject.kind == "remedy",
        is_about(staff_id),
        (Subject.closed_at.is_(None)) | (Subject.opened_at >= since),
    )
    return APPLICANT if db.session.scalar(select(applied)) else ""


def locked_until(case: Subject, rules: PolicyRules) -> date | None:
    """Return until when the section may not propose the person again, or None."""
    closed = db.session.scalar(
        select(func.max(Subject.closed_at)).where(
            Subject.kind == "return",
            is_about(case.staff.id),
            is_owned_by([case.section.id]),
            Subject.state.in_(NOT_CARRIED),
            Subject.id != case.id,
        )
    )
    return add_months(local_day(closed), rules[limits.SAME_FACTS]) if closed else None


def cap_of(section_id: int, on: date, rules: PolicyRules) -> int:
    """Return how many returns a section may propose in twelve months, at least one."""
    members = db.session.scalar(
        select(func.count()).where(Posting.section_id == section_id, overlaps(Posting, on, on))
    )
    return max(1, (members or 0) * rules[limits.RETURN_CAP] // PERCENT)


def proposed_by(user_id: int | None, day: date, *, besides: int = 0) -> int:
    """Count the returns of a person that are open or were proposed since a day.

    Withdrawn ones do not count.
    """
    since = datetime.combine(day, time(), SHANGHAI)
    lately = exists().where(
        CaseStep.subject_id == Subject.id, CaseStep.name == "propose", CaseStep.at >= since
    )
    query = select(func.count()).where(
        Subject.kind == "return",
        Subject.opened_by.in_(accounts_of(user_id)),
        Subject.state.not_in((*BEFORE_PROPOSAL, "withdrawn")),
        Subject.closed_at.is_(None) | lately,
        Subject.id != besides,
    )
    return db.session.scalar(query) or 0


def is_busy(staff_id: int, *, besides: int = 0) -> bool:
    """Return whether a person is in an open return or in the pool."""
    busy = exists().where(
        Subject.kind.in_(("return", "pool")),
        is_about(staff_id),
        Subject.closed_at.is_(None),
        Subject.id != besides,
    )
    return bool(db.session.scalar(select(busy)))


def stay_facts(case: Subject, now: datetime) -> StayFacts:
    """Load the facts of a stay; training and notes count since the extension."""
    today, rules = local_day(now), rules_in_force()
    extended, passed = find_step(case, "extend"), find_step(case, "pass")
    units = select(func.count()).where(
        TrainingUnit.case_id == case.id, TrainingUnit.result.is_not(None)
    )
    notes = select(func.count()).where(MentorNote.case_id == case.id)
    if extended:
        units = units.where(TrainingUnit.ends_on >= local_day(extended.at))
        notes = notes.where(MentorNote.at >= extended.at)
    ends = running_end(case, "pool_months", "extension_months")
    return StayFacts(
        today=today,
        units_done=db.session.scalar(units) or 0,
        notes=db.session.scalar(notes) or 0,
        was_extended=extended is not None,
        ends=ends,
        left=working_days().between(today, ends) if ends else 0,
        lead=rules[limits.ASSESS],
        recheck_ends=running_end(case, "recheck_months"),
        passed_on=local_day(passed.at) if passed else None,
        status=status_of(case.staff.id, today, ARTICLE_89),
        proposer=_proposer(db.session.get(Subject, case.origin_id)) if case.origin_id else "",
    )


def _proposer(case: Subject | None) -> str:
    """Return the name of the person, not the account, who proposed a return."""
    step = find_step(case, "propose") if case else None
    if step is None or step.user is None:
        return ""
    staff = db.session.get(Staff, step.user.staff_id) if step.user.staff_id else None
    return staff.name if staff else step.user.display_name


def list_units(case: Subject) -> Sequence[TrainingUnit]:
    """Return the training of a stay, the earliest first."""
    query = select(TrainingUnit).where(TrainingUnit.case_id == case.id)
    return db.session.scalars(query.order_by(TrainingUnit.starts_on, TrainingUnit.id)).all()


def list_notes(case: Subject) -> Sequence[MentorNote]:
    """Return the notes of the mentor, the latest first."""
    query = select(MentorNote).where(MentorNote.case_id == case.id)
    return db.session.scalars(
        query.options(joinedload(MentorNote.user)).order_by(MentorNote.id.desc())
    ).all()


def list_accompanied(actor: Actor) -> list[tuple[Subject, datetime]]:
    """Return the stays that the actor mentors, with the last note or step."""
    noted = select(func.max(MentorNote.at)).where(MentorNote.case_id == Subject.id)
    moved = select(func.max(CaseStep.at)).where(CaseStep.subject_id == Subject.id)
    rows = db.session.execute(
        select(Subject, noted.scalar_subquery(), moved.scalar_subquery())
        .where(
            Subject.kind == "pool",
            Subject.state.in_(ACCOMPANIED),
            is_party(MENTOR, Party.staff_id == actor.staff_id),
        )
        .options(joinedload(Subject.person).joinedload(Party.staff))
        .order_by(Subject.id)
    )
    return [(row[0], max(filter(None, (row[0].opened_at, *row[1:])))) for row in rows]

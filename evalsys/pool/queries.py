"""Reads of returns and stays: what protects somebody, how many were proposed, how the pool does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload

from evalsys.cases.models import CaseFile, CaseStep, Deadline, Evidence, EvidenceKind
from evalsys.cases.queries import find_step, seen_by
from evalsys.cases.terms import add_months
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI, local_day
from evalsys.core.permissions import Actor
from evalsys.org.models import Posting, StaffStatus, StatusKind
from evalsys.org.queries import overlaps
from evalsys.policies.queries import rules_in_force
from evalsys.policies.rules import PolicyRules
from evalsys.pool.models import MentorNote, TrainingUnit
from evalsys.pool.return_rules import ReturnFacts
from evalsys.pool.stay_rules import StayFacts

PROTECTED = {
    StatusKind.MEDICAL: N_("Protected: medical treatment (article 89)"),
    StatusKind.MATERNITY: N_("Protected: pregnancy, maternity or nursing (article 89)"),
    StatusKind.SECONDED: N_("Protected: seconded"),
}
NEWCOMER = N_("Protected: new in the section")
# Who complained is nobody's business but the personnel office's.
APPLICANT = N_("Protected: the personnel office knows why")
NOT_CARRIED = ("unfounded", "rejected")
BEFORE_PROPOSAL = ("draft", "discarded")
YEAR = 12  # months
PERCENT = 100


def return_facts(case: CaseFile, now: datetime) -> ReturnFacts:
    """Gather what the rules of a return look at."""
    today, rules = local_day(now), rules_in_force()
    kinds = set(
        db.session.scalars(select(Evidence.kind).where(Evidence.case_id == case.id).distinct())
    )
    return ReturnFacts(
        today=today,
        kinds=len(kinds - {EvidenceKind.RANK}),
        has_rank=EvidenceKind.RANK in kinds,
        protection=protection_of(case.staff_id, case.section_id, today, rules),
        locked_until=locked_until(case, rules),
        cap=cap_of(case.section_id, today, rules),
        proposed=proposed_since(case.section_id, add_months(today, -YEAR), besides=case.id),
        is_busy=is_busy(case.staff_id, besides=case.id),
        proposer=_proposer(case),
        statement_ends=_ends(case, "statement_wd"),
    )


def protection_of(staff_id: int, section_id: int, on: date, rules: PolicyRules) -> str:
    """Return the msgid of what protects somebody from a return on a day, or nothing."""
    kind = db.session.scalar(
        select(StaffStatus.kind).where(
            StaffStatus.staff_id == staff_id,
            StaffStatus.kind.in_(PROTECTED),
            StaffStatus.started_on <= on,
            (StaffStatus.ended_on.is_(None)) | (StaffStatus.ended_on >= on),
        )
    )
    if kind is not None:
        return PROTECTED[kind]
    came = db.session.scalar(
        select(func.max(Posting.started_on)).where(
            Posting.staff_id == staff_id, Posting.section_id == section_id
        )
    )
    if came is not None and came > add_months(on, -rules.newcomer_months):
        return NEWCOMER
    since = datetime.combine(add_months(on, -YEAR), time(), SHANGHAI)
    applied = exists().where(
        CaseFile.kind == "remedy",
        CaseFile.staff_id == staff_id,
        (CaseFile.closed_at.is_(None)) | (CaseFile.opened_at >= since),
    )
    return APPLICANT if db.session.scalar(select(applied)) else ""


def locked_until(case: CaseFile, rules: PolicyRules) -> date | None:
    """Return until when the section may not propose the person again, or None."""
    closed = db.session.scalar(
        select(func.max(CaseFile.closed_at)).where(
            CaseFile.kind == "return",
            CaseFile.staff_id == case.staff_id,
            CaseFile.section_id == case.section_id,
            CaseFile.state.in_(NOT_CARRIED),
            CaseFile.id != case.id,
        )
    )
    return add_months(local_day(closed), rules.same_facts_months) if closed else None


def cap_of(section_id: int, on: date, rules: PolicyRules) -> int:
    """Return how many returns a section may propose in twelve months: at least one."""
    members = db.session.scalar(
        select(func.count()).where(Posting.section_id == section_id, overlaps(Posting, on, on))
    )
    return max(1, (members or 0) * rules.return_cap // PERCENT)


def proposed_since(section_id: int, day: date, *, besides: int = 0) -> int:
    """Return how many returns a section has proposed since a day."""
    since = datetime.combine(day, time(), SHANGHAI)
    return (
        db.session.scalar(
            select(func.count()).where(
                CaseFile.kind == "return",
                CaseFile.section_id == section_id,
                CaseFile.state.not_in(BEFORE_PROPOSAL),
                CaseFile.opened_at >= since,
                CaseFile.id != besides,
            )
        )
        or 0
    )


def is_busy(staff_id: int, *, besides: int = 0) -> bool:
    """Say whether somebody is in an open return or in the pool."""
    busy = exists().where(
        CaseFile.kind.in_(("return", "pool")),
        CaseFile.staff_id == staff_id,
        CaseFile.closed_at.is_(None),
        CaseFile.id != besides,
    )
    return bool(db.session.scalar(select(busy)))


def stay_facts(case: CaseFile, now: datetime) -> StayFacts:
    """Gather what the rules of a stay look at."""
    units = select(func.count()).where(
        TrainingUnit.case_id == case.id, TrainingUnit.result.is_not(None)
    )
    notes = select(func.count()).where(MentorNote.case_id == case.id)
    return StayFacts(
        today=local_day(now),
        units_done=db.session.scalar(units) or 0,
        notes=db.session.scalar(notes) or 0,
        was_extended=find_step(case, "extend") is not None,
        recheck_ends=_ends(case, "recheck_months"),
    )


def _ends(case: CaseFile, rule: str) -> date | None:
    return db.session.scalar(
        select(Deadline.due_on).where(
            Deadline.case_id == case.id, Deadline.rule == rule, Deadline.closed_on.is_(None)
        )
    )


def _proposer(case: CaseFile) -> str:
    step = find_step(case, "propose")
    return step.user.display_name if step and step.user else ""


def list_units(case: CaseFile) -> Sequence[TrainingUnit]:
    """Return the training of a stay, the earliest first."""
    query = select(TrainingUnit).where(TrainingUnit.case_id == case.id)
    return db.session.scalars(query.order_by(TrainingUnit.starts_on, TrainingUnit.id)).all()


def list_notes(case: CaseFile) -> Sequence[MentorNote]:
    """Return the notes of the mentor, the latest first."""
    query = select(MentorNote).where(MentorNote.case_id == case.id)
    return db.session.scalars(
        query.options(joinedload(MentorNote.user)).order_by(MentorNote.id.desc())
    ).all()


def board(actor: Actor, *, on: date) -> Sequence[CaseFile]:
    """Return the open returns and stays that the actor may see, the oldest first."""
    return db.session.scalars(
        select(CaseFile)
        .where(
            seen_by(actor, on),
            CaseFile.kind.in_(("return", "pool")),
            CaseFile.closed_at.is_(None),
        )
        .options(joinedload(CaseFile.section), joinedload(CaseFile.staff))
        .order_by(CaseFile.opened_at, CaseFile.id)
    ).all()


@dataclass(frozen=True)
class PoolStatistics:
    """How the pool does. `days` is the mean number of days from admission to reassignment."""

    admitted: int
    inside: int
    reassigned: int
    measured: int
    again: int
    days: float | None

    @property
    def success(self) -> float | None:
        """The share of ended stays that led to other work."""
        ended = self.reassigned + self.measured
        return self.reassigned / ended if ended else None


def statistics(actor: Actor, *, on: date) -> PoolStatistics:
    """Return the figures of the stays that the actor may see."""
    stays = db.session.execute(
        select(CaseFile.id, CaseFile.staff_id, CaseFile.state, CaseFile.opened_at).where(
            seen_by(actor, on), CaseFile.kind == "pool"
        )
    ).all()
    moved = dict(
        db.session.execute(
            select(CaseStep.case_id, func.max(CaseStep.at)).where(
                CaseStep.name == "reassign", CaseStep.case_id.in_([stay.id for stay in stays])
            ).group_by(CaseStep.case_id)
        ).all()
    )  # fmt: skip
    waits = [(moved[s.id] - s.opened_at) / timedelta(days=1) for s in stays if s.id in moved]
    people = [stay.staff_id for stay in stays]
    return PoolStatistics(
        admitted=len(stays),
        inside=sum(s.state not in {"reassigned", "settled", "measured"} for s in stays),
        reassigned=len(moved),
        measured=sum(stay.state == "measured" for stay in stays),
        again=len(people) - len(set(people)),
        days=sum(waits) / len(waits) if waits else None,
    )

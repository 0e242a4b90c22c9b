"""Loading the source of a letter: the case as of one step."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import CaseStep, Deadline, Subject
from evalsys.cases.engine.queries import get_case, list_evidence, list_steps
from evalsys.cases.engine.titles import organ_of
from evalsys.cases.letters.rules.source import EvidencePiece, Source
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.city import in_chinese, section_word
from evalsys.core.errors import N_, NP_, NotFound
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.accounts.models import User
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.org.models import Section
from evalsys.organisation.policies.queries import rules_at

# As official documents name them.
EVIDENCE = {
    EvidenceKind.SCORE: NP_("letter", "Ratings (adjusted score)"),
    EvidenceKind.DUTY_RECORD: NP_("letter", "Duty record"),
    EvidenceKind.COMPLAINT: NP_("letter", "Verified complaint"),
    EvidenceKind.WORK_RESULT: N_("Result of work"),
    EvidenceKind.COACHING: NP_("letter", "Record of coaching"),
    EvidenceKind.ATTENDANCE: NP_("letter", "Attendance"),
    EvidenceKind.RANK: NP_("letter", "Place in a ranking (never counts)"),
}


def get_step(actor: Actor, case_id: int, step_id: int, *, on: date) -> tuple[Subject, CaseStep]:
    """Return a step of a case that the actor may see. Raises NotFound or NoResultFound."""
    case = get_case(actor, case_id, on=on)
    step = db.session.get(CaseStep, step_id)
    if step is None or step.subject_id != case.id:
        raise NotFound
    return case, step


def source_of(case: Subject, step: CaseStep) -> Source:
    """Return a case as of a step: without later steps or newer rules."""
    steps = [row for row in list_steps(case) if row.id <= step.id]
    origin = db.session.get(Subject, case.origin_id) if case.origin_id else None
    return _source(case, steps, step.at, step.name, before=_whole(origin) if origin else None)


def _whole(case: Subject) -> Source:
    """Return the current state of a case that another one follows."""
    steps = list_steps(case)
    return _source(case, steps, steps[-1].at if steps else case.opened_at, "")


def _source(
    case: Subject, steps: Sequence[CaseStep], at: datetime, name: str, before: Source | None = None
) -> Source:
    staff, section, kind = case.concerned, case.home, kind_of(case)
    organ = organ_of(case)
    return Source(
        kind=case.kind,
        number=case.number,
        organ=organ.name if organ else "",
        section=section.name if section else "",
        person=staff.name if staff else "",
        post=(staff.post or "") if staff else "",
        staff_number=staff.number if staff else "",
        employment=staff.employment.value if staff else "",
        step=name,
        on=local_day(at),
        entries={step.name: step.entry for step in steps},
        days={step.name: local_day(step.at) for step in steps},
        rules=rules_at(at),
        calendar=working_days(),
        opened_on=local_day(case.opened_at),
        words=in_chinese,
        grounds=case.grounds,
        section_word=section_word(),
        evidence=[
            EvidencePiece(in_chinese(EVIDENCE[piece.kind]), piece.title)
            for piece in list_evidence(case)
            if piece.at <= at
        ],
        amounts=_amounts(case, at),
        before=before,
        opener=_opener(case),
        receiver=_receiver(steps),
        file_word=kind.file_word,
        more=kind.letter_facts(case, steps, local_day(at)),
    )


def _opener(case: Subject) -> str:
    """Return the name of a case's opener; "" for the system."""
    user = db.session.get(User, case.opened_by) if case.opened_by else None
    return user.display_name if user else ""


def _receiver(steps: Sequence[CaseStep]) -> str:
    """Return organ and section to which the latest step moves the person, or ""."""
    code = steps[-1].entry.get("section") if steps else None
    section = db.session.scalar(select(Section).where(Section.code == code)) if code else None
    return f"{section.organ.name}{section.name}" if section else ""


def _amounts(case: Subject, at: datetime) -> dict[str, int]:
    """Return the length of each term of a case when it last began, up to a moment."""
    query = (
        select(Deadline.rule, Deadline.amount)
        .where(Deadline.subject_id == case.id, Deadline.started_on <= local_day(at))
        .order_by(Deadline.id)
    )
    return {row.rule: row.amount for row in db.session.execute(query)}

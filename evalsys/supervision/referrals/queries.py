"""Reads of referrals: the open one of a matter, and the whole file of the matter."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.queries import list_evidence, list_steps
from evalsys.cases.engine.titles import title_of
from evalsys.cases.papers.service import list_attachments
from evalsys.core.extensions import db
from evalsys.core.reads import know
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.queries import get_matter, list_following
from evalsys.supervision.referrals.rules import KIND, ReferralFacts

# What pages call a referral by: the title of its matter, as a value of a query on `Subject`.
TITLE = select(Matter.title).where(Matter.subject_id == Subject.origin_id).scalar_subquery()


def open_referrals(matter_ids: Iterable[int]) -> dict[int | None, Subject]:
    """Return matter id -> its referral that is not answered or withdrawn."""
    open_ones = (Subject.kind == KIND, Subject.closed_at.is_(None))
    rows = db.session.scalars(
        select(Subject).where(Subject.origin_id.in_(list(matter_ids)), *open_ones)
    )
    return {row.origin_id: row for row in rows}


def steps_among(matter_ids: Iterable[int], names: Collection[str]) -> set[tuple[int, str]]:
    """Return (matter id, name) of the steps with some names that were taken."""
    query = select(CaseStep.subject_id, CaseStep.name)
    query = query.where(CaseStep.subject_id.in_(list(matter_ids)), CaseStep.name.in_(names))
    return {(case_id, name) for case_id, name in db.session.execute(query.distinct())}


def referrals_of(matter: Subject) -> list[Subject]:
    """Return the referrals of a matter that the visitor may see, the earliest first."""
    return [case for case in list_following(matter) if case.kind == KIND]


def referral_facts(case: Subject, _now: datetime) -> ReferralFacts:
    """Load the facts of a referral: how its matter stands."""
    matter = case.origin
    assert matter is not None
    return ReferralFacts(
        is_open=matter.closed_at is None,
        is_theirs=matter.closed_at is not None or matter.section_id == case.section_id,
    )


def file_of(case: Subject) -> Mapping[str, Any]:
    """Return the matter of a referral with all that is on file about it."""
    matter = case.origin
    assert matter is not None
    row = get_matter(matter)
    know(title_of, row.title, case)
    return {
        "matter_case": matter,
        "matter": row,
        "matter_steps": list_steps(matter),
        "matter_evidence": list_evidence(matter),
        "matter_files": list_attachments(matter),
    }

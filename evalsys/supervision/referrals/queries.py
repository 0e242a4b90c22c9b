"""Reads of referrals: the open one of a matter, and the whole file of the matter."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import list_evidence, list_steps, select_cases
from evalsys.cases.engine.titles import title_of
from evalsys.cases.papers.service import list_attachments
from evalsys.core.extensions import db
from evalsys.core.guards import current_actor
from evalsys.core.pages import today
from evalsys.core.reads import know
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.queries import get_matter
from evalsys.supervision.referrals.rules import KIND

# What pages call a referral by: the title of its matter, as a value of a query on `Subject`.
TITLE = select(Matter.title).where(Matter.subject_id == Subject.origin_id).scalar_subquery()


def find_open_referral(matter: Subject) -> Subject | None:
    """Return the referral of a matter that is not answered or withdrawn, or None."""
    open_ones = (Subject.kind == KIND, Subject.closed_at.is_(None))
    return db.session.scalar(select(Subject).where(Subject.origin_id == matter.id, *open_ones))


def referrals_of(matter: Subject) -> list[Subject]:
    """Return the referrals of a matter that the visitor may see, the earliest first."""
    query = select_cases(current_actor(), on=today(), kind=KIND)
    query = query.where(Subject.origin_id == matter.id).order_by(None).order_by(Subject.id)
    return list(db.session.scalars(query))


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

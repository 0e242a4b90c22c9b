"""Queries of bad reviews: the register, its rates, the facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, null, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from evalsys.cases.deadlines.queries import open_end
from evalsys.cases.engine.models import CaseStep, Deadline, Evidence, Party, Subject
from evalsys.cases.engine.parties import is_owned_by
from evalsys.cases.engine.queries import find_step, seen_by
from evalsys.cases.engine.rules.duties import OWNER
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.core.reads import once
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.personnel.feedback.calls.called import called_before
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.rules.categories import Category
from evalsys.personnel.feedback.rules.review import ReviewFacts

KIND = "review"
# `left_contact` and `may_object` as SQL predicates, without the term for an objection, which
# callers check.
HAS_CONTACT = exists().where(Review.case_id == Subject.id, Review.has_contact)
# Calls before counting are sealed: only raters not reached have the term.
CALL_TO_COME = and_(
    HAS_CONTACT,
    exists().where(
        Deadline.subject_id == Subject.id,
        Deadline.rule == "contact_wd",
        Deadline.closed_on.is_(None),
    ),
)
HAS_OBJECTED = exists().where(CaseStep.subject_id == Subject.id, CaseStep.name == "object")


@dataclass(frozen=True)
class RegisterFilter:
    """The filter of the register; "" matches everything."""

    section: str = ""
    state: str = ""
    category: str = ""


@dataclass(frozen=True)
class RegisterCounts:
    """The figures above the register. The rate is of closed cases with a contact."""

    cases: int = 0
    live: int = 0
    due_call_back: int = 0
    called_back: int = 0
    set_aside: int = 0

    @property
    def call_back_rate(self) -> float | None:
        """The share of raters with a contact called back, 0-1; None without any."""
        return self.called_back / self.due_call_back if self.due_call_back else None


@once
def get_review(case: Subject) -> Review:
    """Return the review of a case."""
    return db.session.get_one(Review, case.id)


def with_parties() -> tuple[ORMOption, ORMOption]:
    """Return the options with which a review brings its case, section, organ and person."""
    case = joinedload(Review.case)
    owner = case.joinedload(Subject.owner).joinedload(Party.section).joinedload(Section.organ)
    return owner, joinedload(Review.case).joinedload(Subject.person).joinedload(Party.staff)


def select_register(actor: Actor, wanted: RegisterFilter, *, on: date) -> Select[Review]:
    """Return the query for the bad reviews that the actor may see, the newest first."""
    return (
        select(Review)
        .join(Review.case)
        .where(*_shown(actor, wanted, on))
        .options(*with_parties())
        .order_by(Subject.opened_at.desc(), Subject.id.desc())
    )


def count_register(actor: Actor, wanted: RegisterFilter, *, on: date) -> RegisterCounts:
    """Return the figures above the register, in the same scope and filter."""
    is_due = and_(Review.has_contact, Subject.closed_at.is_not(None))
    row = db.session.execute(
        select(
            func.count(),
            func.count().filter(Subject.closed_at.is_(None)),
            func.count().filter(is_due),
            func.count().filter(is_due, Review.called_back_on.is_not(None)),
            func.count().filter(Review.aside.is_not(None)),
        )
        .select_from(Review)
        .join(Review.case)
        .where(*_shown(actor, wanted, on))
    ).one()
    return RegisterCounts(*row)


def list_sections(actor: Actor, *, on: date) -> list[tuple[str, str]]:
    """Return (code, name) of the sections whose bad reviews the actor may see."""
    ids = (
        select(Party.section_id)
        .join(Subject, Subject.id == Party.subject_id)
        .where(Party.duty == OWNER, Subject.kind == KIND, seen_by(actor, on))
    )
    query = select(Section.code, Section.name).where(Section.id.in_(ids)).order_by(Section.code)
    return [(row.code, row.name) for row in db.session.execute(query)]


def _shown(actor: Actor, wanted: RegisterFilter, on: date) -> list[ColumnElement[bool]]:
    where = [Subject.kind == KIND, seen_by(actor, on)]
    if wanted.section:
        code = select(Section.id).where(Section.code == wanted.section)
        where.append(is_owned_by(code))
    if wanted.state:
        where.append(Subject.state == wanted.state)
    if wanted.category:
        where.append(Review.category == wanted.category)
    return where


def review_facts(case: Subject, now: datetime) -> ReviewFacts:
    """Load the facts of a bad review."""
    proofs = db.session.scalar(
        select(func.count())
        .select_from(Evidence)
        .join(User, User.id == Evidence.by)
        .where(Evidence.subject_id == case.id, User.staff_id == case.staff.id)
    )
    review = get_review(case)
    return ReviewFacts(
        today=local_day(now),
        has_contact=review.has_contact,
        is_contacted=review.contacted_on is not None,
        is_called_before=called_before(review) is not None,
        has_objected=find_step(case, "object") is not None,
        objection_ends=open_end(case, "objection_wd"),
        proofs=proofs or 0,
    )


class Rectified(NamedTuple):
    """Bad reviews of a section rectified or explained, of those that require it."""

    done: int
    all: int


def count_rectified(codes: Sequence[str]) -> dict[int, Rectified]:
    """Return section id -> rectified bad reviews of some base periods.

    Mistaken and malicious ones require nothing.
    """
    calls_for_it = or_(
        Review.category.is_(None), Review.category.not_in([Category.MISTAKEN, Category.MALICIOUS])
    )
    rows = db.session.execute(
        select(Section.id, func.count(Review.rectified_on), func.count())
        .select_from(Review)
        .join(Review.case)
        .join(Subject.owner)
        .join(Party.section)
        .where(Subject.kind == KIND, Subject.grounds["period"].as_string().in_(codes))
        .where(calls_for_it)
        .group_by(Section.id)
    )
    return {section_id: Rectified(done, every) for section_id, done, every in rows}


def select_undone() -> Select[tuple[str, date | None]]:
    """Return the query for the exclusions due at the next counting: base period, no day."""
    return (
        select(Subject.grounds["period"].as_string(), null().label("decided_on"))
        .select_from(Review)
        .join(Review.case)
        .where(Review.aside.is_not(None), Review.sealed_ballot.is_not(None))
    )

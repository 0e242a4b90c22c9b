"""Reads of supervised matters: their data, the facts of their steps."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased, joinedload

from evalsys.cases.engine.models import CaseStep, Deadline, Subject
from evalsys.cases.engine.parties import is_party
from evalsys.cases.engine.queries import find_step, select_cases
from evalsys.core.extensions import db
from evalsys.core.guards import current_actor
from evalsys.core.pages import local_day, today
from evalsys.core.reads import once
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.conclusions.queries import conclusion_of, received_on
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.rules import HANDLING, KIND, MatterFacts, MatterSource
from evalsys.supervision.numbers import plain_number

# What pages call a matter by, as a value of a query on `Subject`.
TITLE = select(Matter.title).where(Matter.subject_id == Subject.id).scalar_subquery()
ANSWERED = ("feed_back", "send_back")  # The latest of them says whether an answer stands.
# SQL predicates of the `applies` of the machine's moves.
WAITS_FOR_CO_OWNERS = is_party(MatterDuty.CO_OWNER)
IS_TASK = is_party(MatterDuty.CONVENER)
NEVER_REFUSED = ~or_(
    exists().where(CaseStep.subject_id == Subject.id, CaseStep.name == "refuse"), IS_TASK
)

# SQL predicate on `Deadline`: a term of handling, unless a refusal dropped it.
IS_TERM_OF_HANDLING = and_(
    Deadline.rule.in_(HANDLING), or_(Deadline.closed_on.is_(None), Deadline.is_met)
)


_later = aliased(Matter)
# SQL predicate on `Matter` that no other matter of its number follows it.
IS_LATEST = ~exists().where(
    _later.source == Matter.source,
    _later.reference == Matter.reference,
    _later.turn > Matter.turn,
)


def was_missed(on: date) -> ColumnElement[bool]:
    """Return the predicate on `Deadline` that it was met late, or is overdue; not if excused."""
    late = func.coalesce(Deadline.closed_on, Deadline.paused_on, on) > Deadline.due_on
    return and_(late, ~_is_excused())


def _is_excused() -> ColumnElement[bool]:
    """Return the predicate on `Deadline` that an objection excused it: not what began later."""
    return exists().where(
        Matter.subject_id == Deadline.subject_id, Matter.excused_on >= Deadline.started_on
    )


@once
def get_matter(case: Subject) -> Matter:
    """Return the data of a matter."""
    return db.session.get_one(Matter, case.id)


@once
def list_following(case: Subject) -> Sequence[Subject]:
    """Return the cases that came up from a matter and the visitor may see, the earliest first."""
    query = select_cases(current_actor(), on=today()).where(Subject.origin_id == case.id)
    return db.session.scalars(query.order_by(None).order_by(Subject.id)).all()


def matters_among(case_ids: Iterable[int]) -> dict[int, Matter]:
    """Return case id -> its matter."""
    rows = db.session.scalars(select(Matter).where(Matter.subject_id.in_(list(case_ids))))
    return {row.subject_id: row for row in rows}


def is_named(text: str) -> ColumnElement[bool]:
    """Return the predicate on `Matter` that a text is in its title or its number there."""
    has_number = Matter.reference == plain_number(text)
    return or_(Matter.title.contains(text, autoescape=True), has_number)


def in_title(text: str) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that a text names its matter, as `is_named`."""
    return Subject.id.in_(select(Matter.subject_id).where(is_named(text)))


def find_matters(numbers: Iterable[tuple[MatterSource, str]]) -> Sequence[Matter]:
    """Return the matters with some numbers of their sources: of each number the latest."""
    wanted = tuple_(Matter.source, Matter.reference).in_(list(numbers))
    query = select(Matter).where(wanted, IS_LATEST).options(joinedload(Matter.subject))
    return db.session.scalars(query).all()


@once
def list_followers(case: Subject) -> Sequence[Subject]:
    """Return the matters that follow a closed one, as far as the visitor may see them."""
    return [one for one in list_following(case) if one.kind == KIND]


def find_answer(case: Subject) -> CaseStep | None:
    """Return the answer of a matter that stands; None if there is none, or it was sent back."""
    step = find_step(case, *ANSWERED)
    return step if step is not None and step.name == "feed_back" else None


def select_answers(case_ids: Select[int]) -> Select[CaseStep]:
    """Return the query for the answers of some matters that stand, as `find_answer`."""
    latest = (
        select(func.max(CaseStep.id))
        .where(CaseStep.subject_id.in_(case_ids), CaseStep.name.in_(ANSWERED))
        .group_by(CaseStep.subject_id)
    )
    return select(CaseStep).where(CaseStep.id.in_(latest), CaseStep.name == "feed_back")


def matter_facts(case: Subject, now: datetime) -> MatterFacts:
    """Load the facts of a matter's steps."""
    conclusion = conclusion_of(case)
    return MatterFacts(
        local_day(now),
        was_refused=find_step(case, "refuse") is not None,
        waits_for=sum(party.duty == MatterDuty.CO_OWNER for party in case.parties),
        is_task=any(party.duty == MatterDuty.CONVENER for party in case.parties),
        concluded_on=local_day(conclusion.at) if conclusion else None,
        is_received=conclusion is not None and received_on(case, conclusion) is not None,
    )

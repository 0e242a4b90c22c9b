"""Figures of referrals in the archive: what is with the discipline organ, and what came of it.

A draft counts nowhere, also one that was taken back. That a clue was filed is told by the
discipline organ alone: here it stays with what is not decided.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.queries import was_open
from evalsys.cases.engine.rules.duties import OWNER
from evalsys.core.database import Query
from evalsys.core.errors import N_, NP_
from evalsys.organisation.org.models import Staff
from evalsys.personnel.archive.achievements import Achievements, Whose, WorkAsked
from evalsys.personnel.archive.rules import Achievement, Part, parts_of
from evalsys.supervision.matters.rules import ASSIGNING
from evalsys.supervision.referrals.rules import KIND
from evalsys.supervision.referrals.sheets import REFERRALS

WITH_THE_ORGAN = ("sent", "received", "clue_filed")
WITHOUT_A_CASE = (
    ("sent_back", Part(NP_("decision on a referral", "sent back"), 0)),
    ("no_case", Part(NP_("decision on a referral", "no case opened"), 0)),
)
COUNTED = (*WITH_THE_ORGAN, *(state for state, _part in WITHOUT_A_CASE))


def count(asked: WorkAsked) -> Iterator[Query]:
    """Yield the query for the referrals of people or sections, by state."""
    query = _of_sections(asked) if asked.whose is Whose.SECTION else _of_people(asked)
    yield query.where(
        Subject.kind == KIND,
        Subject.state.in_(COUNTED),
        was_open(asked.since, asked.until),
    )


def _of_sections(asked: WorkAsked) -> Query:
    query = select(Party.section_id, Subject.state, func.count()).join_from(Party, Subject)
    return query.where(*asked.holds(OWNER)).group_by(Party.section_id, Subject.state)


def _of_people(asked: WorkAsked) -> Query:
    """Count the referrals of who was responsible when it was drafted, whoever is so today."""
    given, later = aliased(CaseStep), aliased(CaseStep)
    given_anew = exists().where(
        later.subject_id == given.subject_id,
        later.name.in_(ASSIGNING),
        later.id > given.id,
        later.at <= Subject.opened_at,
    )
    return (
        select(Staff.id, Subject.state, func.count())
        .join_from(Subject, given, given.subject_id == Subject.origin_id)
        .join(Staff, Staff.number == given.entry["handler"].as_string())
        .where(
            Staff.id.in_(asked.ids),
            given.name.in_(ASSIGNING),
            given.at <= Subject.opened_at,
            ~given_anew,
        )
        .group_by(Staff.id, Subject.state)
    )


def tell(counts: Mapping[str, int]) -> Iterator[Achievement]:
    """Yield the figures: a referral is no conclusion, so that none speaks against anybody."""
    if waiting := sum(counts.get(state, 0) for state in WITH_THE_ORGAN):
        yield Achievement(N_("Referrals with the discipline organ"), waiting, REFERRALS)
    if parts := parts_of(WITHOUT_A_CASE, counts):
        total = sum(part.figure for part in parts)
        yield Achievement(
            N_("Referrals from which nothing followed"), total, REFERRALS, parts=parts
        )


ACHIEVED = Achievements(KIND, count, tell)

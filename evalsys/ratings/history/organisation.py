"""Sections and staff created from a file of past ratings, for a start without a roster.

They are named by codes and numbers; the roster imported later gives names, kinds and chiefs.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import select

from evalsys.core.audit import Unit
from evalsys.core.extensions import db
from evalsys.core.permissions import Action
from evalsys.foundation.rows import add_rows
from evalsys.organisation.org.models import Employment, Organ, Posting, Section, SectionKind, Staff
from evalsys.ratings.history.plan import PlannedPosting, Unknown

NO_ORGAN = "IMPORT"  # The organ of sections for which the file names none.


def create_organisation(
    unit: Unit,
    sections: Mapping[str, Unknown],
    postings: Mapping[str, Iterable[PlannedPosting]],
    since: date,
) -> None:
    """Create unknown sections with their organs, and staff with their postings.

    `since` is the first day of the file's first base period.
    """
    organs = _create_organs({unknown.organ or NO_ORGAN for unknown in sections.values()})
    rows = [
        {
            "organ_id": organs[unknown.organ or NO_ORGAN],
            "code": code,
            "name": code,
            "kind": SectionKind.GENERAL,
            "started_on": since,
        }
        for code, unknown in sorted(sections.items())
    ]
    add_rows(Section, rows)
    people = [
        {"number": number, "name": number, "employment": Employment.CIVIL_SERVANT}
        for number in sorted(postings)
    ]
    add_rows(Staff, people)
    seats = _create_postings(postings)
    unit.record(
        Action.ORG_CHANGE,
        "import",
        sections=len(rows),
        staff=len(people),
        postings=seats,
    )


def section_ids() -> dict[str, tuple[int, str]]:
    """Return code -> (id, code of the organ) of every section."""
    query = select(Section.code, Section.id, Organ.code).join(Section.organ)
    return {code: (key, organ) for code, key, organ in db.session.execute(query)}


def staff_ids() -> dict[str, int]:
    """Return number -> id of every staff member."""
    rows = db.session.execute(select(Staff.number, Staff.id))
    return {row.number: row.id for row in rows}


def _create_organs(codes: set[str]) -> dict[str, int]:
    new = sorted(codes - _organ_ids().keys())
    add_rows(Organ, [{"code": code, "name": code} for code in new])
    return _organ_ids()


def _organ_ids() -> dict[str, int]:
    rows = db.session.execute(select(Organ.code, Organ.id))
    return {row.code: row.id for row in rows}


def _create_postings(postings: Mapping[str, Iterable[PlannedPosting]]) -> int:
    sections, staff = section_ids(), staff_ids()
    rows = [
        {
            "staff_id": staff[number],
            "section_id": sections[piece.section][0],
            "started_on": piece.started_on,
            "ended_on": piece.ended_on,
        }
        for number, pieces in sorted(postings.items())
        for piece in pieces
    ]
    add_rows(Posting, rows)
    return len(rows)

"""Check that no later rows depend on an import before it is undone."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select

from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db, metadata
from evalsys.organisation.org.service import Image
from evalsys.organisation.periods.queries import base_period_of
from evalsys.ratings.ballots.models import Tally
from evalsys.ratings.counting.spending import issued

ADDED = ("organ", "section", "staff")


ALREADY_RATED = N_(
    "This cannot be undone any more: since then %(count)s tickets or ratings were made for "
    "people or sections of this import. Put it right with a new file instead."
)


HAS_ACCOUNTS = N_(
    "This cannot be undone any more: %(count)s accounts belong to people or sections of this "
    "import. Put it right with a new file instead."
)


BUILT_UPON = N_(
    "This cannot be undone any more: %(count)s later entries belong to people or sections of "
    "this import. Undo the later import first, or put it right with a new file."
)


def refuse_if_built_upon(images: Sequence[Image]) -> None:
    """Raise DomainError if later rows depend on the import."""
    new = {
        table: {i["id"] for i in images if i["table"] == table and i["before"] is None}
        for table in metadata.tables
    }
    rated = _ratings_in_new_sections(images)
    if rated:
        raise DomainError(ALREADY_RATED, count=rated)
    for table in ADDED:
        if new[table]:
            _refuse_references(table, new)


def _refuse_references(target: str, new: dict[str, set[int]]) -> None:
    """Raise DomainError if a foreign key outside the import's own rows points to its new rows."""
    for table in metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name != target:
                continue
            condition: ColumnElement[bool] = key.parent.in_(new[target])
            if new[table.name]:
                condition &= table.c.id.not_in(new[table.name])
            count = db.session.scalar(select(func.count()).select_from(table).where(condition))
            if count:
                raise DomainError(_why(table.name), count=count)


def _why(table: str) -> str:
    if table == "user":
        return HAS_ACCOUNTS
    org = {"section", "staff_status", "posting", "chief_term", "leader_term", "roster_batch"}
    return BUILT_UPON if table in org else ALREADY_RATED


def _ratings_in_new_sections(images: Iterable[Image]) -> int:
    """Count the people with tickets or ratings in a section to which the import moved them."""
    began: dict[tuple[int, int], date] = {}
    for image in images:
        if image["table"] == "posting" and image["before"] is None:
            values: dict[str, Any] = image["after"]
            began[values["staff_id"], values["section_id"]] = date.fromisoformat(
                values["started_on"]
            )
    if not began:
        return 0
    staff = {staff_id for staff_id, _ in began}
    asked = issued().c
    tickets = db.session.execute(
        select(asked.staff_id, asked.section_id, func.max(asked.served_on))
        .where(asked.staff_id.in_(staff))
        .group_by(asked.staff_id, asked.section_id)
    )
    rated = {
        (staff_id, section_id)
        for staff_id, section_id, served_on in tickets
        if (staff_id, section_id) in began and served_on >= began[staff_id, section_id]
    }
    ratings = db.session.execute(
        select(Tally.staff_id, Tally.section_id, func.max(Tally.base_period))
        .where(Tally.staff_id.in_(staff))
        .group_by(Tally.staff_id, Tally.section_id)
    )
    rated |= {
        (staff_id, section_id)
        for staff_id, section_id, period in ratings
        if (staff_id, section_id) in began and period >= base_period_of(began[staff_id, section_id])
    }
    return len(rated)

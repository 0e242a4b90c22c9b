"""Queries of the roster: the snapshot to compare a file with, and the imports."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import joinedload, load_only

from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import (
    ChiefTerm,
    LeaderTerm,
    Organ,
    Posting,
    Section,
    Staff,
    StaffStatus,
)
from evalsys.organisation.org.rules import Assignment
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.periods.queries import base_kind, list_periods
from evalsys.roster.models import BatchState, RosterBatch
from evalsys.roster.parsing import Roster
from evalsys.roster.plan.changes import State

WRITTEN = (BatchState.APPLIED, BatchState.UNDONE)


def load_state(actor: Actor, roster: Roster, on: date) -> State:
    """Return the snapshot of the database for a file of a day and an actor's organ."""
    organs = {row["code"]: row for row in _rows(select(Organ.__table__))}
    organ_code = Organ.code.label("organ_code")
    everywhere = _rows(select(Section.__table__, organ_code).join(Section.organ))
    inside = [row for row in everywhere if actor.organ_id in (None, row["organ_id"])]
    sections = {row["code"]: row for row in inside}
    staff = _staff(roster, sections.values())
    ids = [row["id"] for row in staff]
    section_ids = [row["id"] for row in inside]
    postings = _spans(Posting, Posting.section_id, Posting.staff_id, ids)
    own = next((row["code"] for row in organs.values() if row["id"] == actor.organ_id), None)
    outside = {
        staff_id
        for staff_id, spans in postings.items()
        if any(span.lasts_on(on) and span.holder not in section_ids for span in spans)
    }
    return State(
        organs={code: row for code, row in organs.items() if own in (None, code)},
        sections=sections,
        staff={row["number"]: row for row in staff},
        taken=frozenset(row["code"] for row in everywhere) - sections.keys(),
        numbers=frozenset(db.session.scalars(select(Staff.number))),
        elsewhere=frozenset(row["number"] for row in staff if row["id"] in outside),
        names=_names(roster),
        postings=postings,
        statuses=_spans(StaffStatus, StaffStatus.kind, StaffStatus.staff_id, ids),
        chiefs=_spans(ChiefTerm, ChiefTerm.staff_id, ChiefTerm.section_id, section_ids),
        leaders=_spans(LeaderTerm, LeaderTerm.staff_id, LeaderTerm.section_id, section_ids),
        own_organ=own,
        base_kind=base_kind(),
        sealed=[
            (period.starts_on, period.ends_on, period.code)
            for period in list_periods(PeriodState.CLOSED, PeriodState.PUBLISHED)
        ],
    )


def _rows(query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in db.session.execute(query).mappings()]


def _staff(roster: Roster, sections: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the staff in the file, in its sections, and their chiefs and leaders."""
    entries = [entry.values for entry in (*roster.people, *roster.sections)]
    columns = ("number", "chief_number", "leader_number")
    numbers = {
        values[column]
        for values in entries
        for column in columns
        if isinstance(values.get(column), str)
    }
    codes = {values.get("section_code") for values in entries}
    ids = [row["id"] for row in sections]
    covered = [row["id"] for row in sections if row["code"] in codes]
    present = select(Posting.staff_id).where(
        Posting.section_id.in_(covered), Posting.ended_on.is_(None)
    )
    chiefs = select(ChiefTerm.staff_id).where(ChiefTerm.section_id.in_(ids))
    leaders = select(LeaderTerm.staff_id).where(LeaderTerm.section_id.in_(ids))
    wanted = or_(
        Staff.number.in_(numbers),
        Staff.id.in_(present),
        Staff.id.in_(chiefs),
        Staff.id.in_(leaders),
    )
    return _rows(select(Staff.__table__).where(wanted))


def _names(roster: Roster) -> dict[str, list[str]]:
    """Map the names in the file to the staff numbers of all namesakes."""
    wanted = {entry.values.get("name") for entry in roster.people} - {None}
    numbers: dict[str, list[str]] = {}
    query = select(Staff.name, Staff.number).where(Staff.name.in_(wanted)).order_by(Staff.number)
    for name, number in db.session.execute(query):
        numbers.setdefault(name, []).append(number)
    return numbers


def _spans(
    model: type[Posting | ChiefTerm | LeaderTerm | StaffStatus],
    holder: Any,
    owner: Any,
    owners: Sequence[int],
) -> dict[int, list[Assignment]]:
    """Map owner ids to their dated rows, oldest first."""
    query = (
        select(owner, model.id, holder, model.started_on, model.ended_on)
        .where(owner.in_(owners))
        .order_by(model.started_on)
    )
    spans: dict[int, list[Assignment]] = {}
    for owner_id, *span in db.session.execute(query):
        spans.setdefault(owner_id, []).append(Assignment(*span))
    return spans


def may_see(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `RosterBatch` for the scope of the actor: imports of their organ."""
    return true() if actor.organ_id is None else RosterBatch.organ_id == actor.organ_id


def get_batch(actor: Actor, batch_id: int) -> RosterBatch:
    """Return an import in the actor's scope. Raises NotFound."""
    query = select(RosterBatch).where(RosterBatch.id == batch_id, may_see(actor))
    batch = db.session.scalar(query)
    if batch is None:
        raise NotFound
    return batch


def select_written(actor: Actor) -> Select[RosterBatch]:
    """Return the query of the written imports, latest first, without the large columns."""
    light = load_only(
        RosterBatch.file_name, RosterBatch.state, RosterBatch.applied_at, RosterBatch.counts
    )
    return (
        select(RosterBatch)
        .options(light, joinedload(RosterBatch.user))
        .where(RosterBatch.state.in_(WRITTEN), may_see(actor))
        .order_by(RosterBatch.id.desc())
    )

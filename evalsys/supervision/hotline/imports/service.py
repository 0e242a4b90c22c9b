"""Writing a checked list of tickets, chunk by chunk, each with the matters that it opens.

A chunk is one transaction. A run that broke off is started again and finds what it wrote: a number
that is known as it stands changes nothing, so that nothing comes twice.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from evalsys.core.audit import Unit, lock_until_commit, unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db, lock_row
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.rows import add_rows, table_of
from evalsys.foundation.uploads.lists import Hidden
from evalsys.organisation.org.models import Organ
from evalsys.supervision.hotline.imports.check import (
    BEYOND,
    check_waiting,
    without_samples,
)
from evalsys.supervision.hotline.imports.files import read_rows
from evalsys.supervision.hotline.imports.models import HotlineImport, ImportStage
from evalsys.supervision.hotline.imports.plan import (
    ChangedTicket,
    ChunkPlan,
    ReadChunk,
    plan_chunk,
    read_chunks,
)
from evalsys.supervision.hotline.imports.queries import (
    ATTRIBUTES,
    content_of,
    get_import,
    told_fields,
)
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.hotline.rules import TicketEntry
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.matters.service import MatterEntry, open_matters
from evalsys.supervision.numbers import NUMBERS_LOCK

JOB = "hotline.write"
WRITTEN = N_("Written: %(new)s new tickets, %(changed)s changed; %(matters)s matters opened.")
WITH_FOLLOWING = N_(
    "Written: %(new)s new tickets, %(changed)s changed; %(matters)s matters opened, of which "
    "%(following)s follow closed ones."
)
KEPT = N_(
    "On file of this list so far: %(new)s new and %(changed)s changed tickets, %(matters)s matters "
    "opened."
)
COUNTED = ("new", "changed", "matters", "following")


def begin_writing(actor: Actor, row: HotlineImport, *, now: datetime) -> None:
    """Confirm a checked list: from now on its columns stay. Raises DomainError."""
    with unit_of_work(actor) as unit:
        lock_row(row)
        if row.stage is ImportStage.WRITING:
            unit.nothing_to_do()
            return
        check_waiting(row, now)
        if row.stage is not ImportStage.CHECKED:
            raise DomainError(N_("The list has to be checked first."))
        if not row.report["new"] + row.report["changed"]:
            raise DomainError(N_("Everything is on file as in this list."))
        row.stage, row.written = ImportStage.WRITING, dict.fromkeys(COUNTED, 0)
        unit.record(Action.HOTLINE_IMPORT, row, step="confirm", sha256=row.sha256)


def write_list(
    progress: Progress, actor: Actor, row: HotlineImport, *, now: datetime
) -> HotlineImport:
    """Write a confirmed list to its end; rows with errors are left out. Idempotent.

    Raises DomainError or Cancelled; what was written until then stays.
    """
    if row.stage is ImportStage.WRITTEN:  # A retry after a crash may find it so.
        return row
    if row.stage is not ImportStage.WRITING:
        raise DomainError(BEYOND)
    key, columns = row.id, row.columns
    progress.begin(row.report["rows"], N_("Writing tickets"))
    rows = read_rows(row.file_name, content_of(row), columns, Hidden(row.head["hidden"]))
    for chunk in read_chunks(actor, rows, local_day(now)):
        _write_chunk(actor, key, chunk, tuple(columns), now)
        progress.advance(chunk.rows)
    with unit_of_work(actor) as unit:
        row = db.session.get_one(HotlineImport, key)
        lock_row(row)
        if row.stage is ImportStage.WRITTEN:
            unit.nothing_to_do()
            return row
        row.stage, row.written_at = ImportStage.WRITTEN, now
        row.content, row.head = b"", without_samples(row.head)
        unit.record(Action.HOTLINE_IMPORT, row, step="written", **row.written)
    return row


def write_in_job(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Write a confirmed list as a job. Idempotent."""
    row = write_list(progress, actor, get_import(actor, params["import"]), now=now)
    return _told(WITH_FOLLOWING if row.written.get("following") else WRITTEN, row)


def kept_of(params: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a run that broke off has written of its list, for the page of the job."""
    row = db.session.get(HotlineImport, params["import"])
    if row is None or row.stage is not ImportStage.WRITING:
        return None
    return _told(KEPT, row)


def _told(message: str, row: HotlineImport) -> dict[str, Any]:
    """Return what was written of a list as the result of a job."""
    counts = {name: row.written.get(name, 0) for name in COUNTED}
    return {"message": message, "params": counts, "url": f"/hotline/imports/{row.id}"}


def _write_chunk(
    actor: Actor, key: int, chunk: ReadChunk, fields: Sequence[str], now: datetime
) -> None:
    """Write some rows in one transaction, with a constant number of statements."""
    with unit_of_work(actor) as unit:
        lock_until_commit(NUMBERS_LOCK)  # Two lists with the same numbers come one after the other.
        plan = plan_chunk(actor, chunk, fields)
        _note_list(plan.same_ids, key)
        if not (plan.new or plan.changed):
            unit.nothing_to_do()
            return
        row = db.session.get_one(HotlineImport, key)
        lock_row(row)
        matters = _open_matters(unit, plan, now)
        _add_tickets(plan.new, matters, key, now)
        _change_tickets(plan.changed, fields, matters, key, now)
        counts = (len(plan.new), len(plan.changed), len(plan.to_open), len(plan.following))
        done = dict(zip(COUNTED, counts, strict=True))
        row.written = {name: row.written.get(name, 0) + count for name, count in done.items()}
        unit.record(Action.HOTLINE_IMPORT, row, step="write", **done)


def _note_list(ticket_ids: Sequence[int], key: int) -> None:
    """Note which list named known tickets last: their replies go back in its columns."""
    if ticket_ids:
        named = update(HotlineTicket).where(HotlineTicket.id.in_(ticket_ids))
        db.session.execute(named.values(import_id=key))


def _open_matters(unit: Unit, plan: ChunkPlan, now: datetime) -> dict[str, int]:
    """Return ticket number -> the matter that it gets: a new one, or the one taken in by hand."""
    if not plan.to_open:
        return plan.taken
    organs = {organ.id: organ for organ in db.session.scalars(select(Organ))}
    openings = [
        MatterEntry(
            MatterSource.HOTLINE,
            organs[one.organ_id],
            one.title,
            one.says or one.title,
            one.number,
            follows=one.number in plan.following,
        )
        for one in plan.to_open
    ]
    by = unit.actor.user_id
    cases = open_matters(unit, openings, now=now, opened_by=by, announces=False)
    opened = {one.number: case.id for one, case in zip(plan.to_open, cases, strict=True)}
    return plan.taken | opened


def _add_tickets(
    entries: Sequence[TicketEntry], matters: dict[str, int], key: int, now: datetime
) -> None:
    add_rows(
        HotlineTicket,
        [
            {
                "number": entry.number,
                **{name: getattr(entry, name) for name in ATTRIBUTES.values()},
                "matter_id": matters.get(entry.number),
                "import_id": key,
                "changed_at": now,
            }
            for entry in entries
        ],
    )


def _change_tickets(
    changed: Sequence[ChangedTicket],
    fields: Sequence[str],
    matters: dict[str, int],
    key: int,
    now: datetime,
) -> None:
    """Give known tickets what a list says anew, in the fields that it has."""
    if not changed:
        return
    table = table_of(HotlineTicket)
    told = [ATTRIBUTES[key] for key in told_fields(fields)]
    names = (*told, "matter_id", "import_id", "changed_at")
    statement = update(table).where(table.c.id == bindparam("ticket"))
    rows = [
        {
            "ticket": one.known.id,
            **{
                f"new_{ATTRIBUTES[name]}": value
                for name, value in one.known.told(one.entry, fields).items()
            },
            "new_import_id": key,
            "new_matter_id": matters.get(one.entry.number, one.known.matter_id),
            "new_changed_at": now,
        }
        for one in changed
    ]
    statement = statement.values({name: bindparam(f"new_{name}") for name in names})
    db.session.connection().execute(statement, rows)

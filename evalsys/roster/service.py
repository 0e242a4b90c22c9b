"""Use cases of the roster: write a checked file, undo it."""

import hashlib
from datetime import datetime
from typing import Any

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import lock_row
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.uploads.reading.reader import open_table
from evalsys.organisation.org.service import lock_organisation, restore_rows, write_rows
from evalsys.roster.check import check_waiting, make_plan, reading_of
from evalsys.roster.models import BatchState, RosterBatch
from evalsys.roster.queries import get_batch, load_state
from evalsys.roster.undo import refuse_if_built_upon

JOB = "exchange.roster"


HAS_ERRORS = N_(
    "%(count)s rows have errors. Correct the file and send it again: nothing was stored."
)


def apply_roster(actor: Actor, batch_id: int, *, now: datetime) -> RosterBatch:
    """Write a checked file, all or nothing.

    The same bytes are parsed and planned again against the current database; the plan must equal
    the one shown. Raises DomainError.
    """
    batch = get_batch(actor, batch_id)
    _check_writable(batch)
    if hashlib.sha256(batch.content).hexdigest() != batch.sha256:
        raise ValueError("the stored file is not the one that was checked")
    how = reading_of(batch)
    table = open_table(how.name, batch.content)
    plan = make_plan(actor, how, table)  # Outside the transaction, not to block other writers.
    with unit_of_work(actor) as unit:
        lock_organisation()
        lock_row(batch)
        _check_writable(batch)
        if load_state(actor, plan.roster, plan.on) != plan.state:
            plan = make_plan(actor, how, table)
        if plan.digest != batch.digest or plan.errors:
            raise DomainError(
                N_(
                    "Since the check somebody changed sections or people, so that this file would "
                    "now do something else than what was shown. Nothing was stored: please send it "
                    "once more."
                )
            )
        batch.undo = write_rows(unit, plan.writes, f"roster {batch.id}")
        batch.state, batch.applied_at, batch.content = BatchState.APPLIED, now, b""
        details = {key: value for key, value in batch.counts.items() if value}
        unit.record(Action.EXCHANGE_WRITE, batch, sha256=batch.sha256, **details)
    return batch


def _check_writable(batch: RosterBatch) -> None:
    check_waiting(batch)
    if batch.counts["error"]:
        raise DomainError(HAS_ERRORS, count=batch.counts["error"])
    if not batch.counts["writes"]:
        raise DomainError(N_("Everything is already as in the file: there is nothing to write."))


def undo_roster(actor: Actor, batch_id: int, *, now: datetime) -> RosterBatch:
    """Undo a written import exactly.

    Raises DomainError if it is not applied, or later rows depend on it.
    """
    batch = get_batch(actor, batch_id)
    with unit_of_work(actor) as unit:
        lock_organisation()
        lock_row(batch)
        if batch.state != BatchState.APPLIED or batch.undo is None:
            raise DomainError(N_("This import is not written, or was undone already."))
        refuse_if_built_upon(batch.undo)
        restore_rows(unit, batch.undo, f"roster {batch.id}")
        batch.state, batch.undone_at = BatchState.UNDONE, now
        unit.record(Action.EXCHANGE_UNDO, batch, rows=len(batch.undo))
    return batch


def write_in_job(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Write a checked roster as a job. Idempotent."""
    batch = get_batch(actor, params["batch"])
    progress.begin(1, N_("Writing the roster"))
    if batch.state != BatchState.APPLIED:  # A retry after a crash may find it committed.
        batch = apply_roster(actor, batch.id, now=now)
    progress.advance()
    message = N_("Written: %(new)s new, %(changed)s changed, %(left)s left.")
    counts = {key: batch.counts[key] for key in ("new", "changed", "left")}
    return {"message": message, "params": counts, "url": f"/roster/{batch.id}"}

"""Use cases of the roster: check a file, write exactly what was checked, undo it."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import update

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.exchange.lists import Hidden
from evalsys.exchange.models import BatchState, RosterBatch
from evalsys.exchange.reading import open_table
from evalsys.exchange.roster_chiefs import plan_chiefs
from evalsys.exchange.roster_people import plan_people
from evalsys.exchange.roster_plan import Plan
from evalsys.exchange.roster_queries import get_batch, load_state
from evalsys.exchange.roster_rules import read_roster
from evalsys.exchange.roster_sections import plan_sections
from evalsys.exchange.roster_undo import refuse_if_built_upon
from evalsys.exchange.tables import Table
from evalsys.jobs.handlers import Progress
from evalsys.org.service import lock_organisation, restore_rows, write_rows

KEPT_FOR = timedelta(days=1)  # How long a file waits to be written.
KEPT_LINES = 5_000  # findings or changes that a report lists; beyond it only counts
JOB = "exchange.roster"
LONG = 2_000  # rows from which the writing runs as a job


class NotToWrite(DomainError):
    """The import was written or undone already."""

    message = N_("This import was written already. Look at it in the list of imports.")


class FileGone(DomainError):
    """The file waited too long."""

    message = N_("The file was deleted after a day without being written. Please send it again.")


class HasErrors(DomainError):
    """The file has errors."""

    message = N_(
        "%(count)s rows have errors. Correct the file and send it again: nothing was stored."
    )


class DatabaseChanged(DomainError):
    """The plan would not be the one that was shown."""

    message = N_(
        "Since the check somebody changed sections or people, so that this file would now do "
        "something else than what was shown. Nothing was stored: please send it once more."
    )


class NothingToWrite(DomainError):
    """Everything is already as in the file."""

    message = N_("Everything is already as in the file: there is nothing to write.")


class NotToUndo(DomainError):
    """The import is not in the state that undoing needs."""

    message = N_("This import is not written, or was undone already.")


def check_roster(  # noqa: PLR0913  # A file, and how it is meant.
    actor: Actor,
    file_name: str,
    content: bytes,
    *,
    complete: bool,
    now: datetime,
    hidden: Hidden = Hidden.ASK,
) -> RosterBatch:
    """Return what the file would do; nothing of it is written. Raises BadFile.

    With `complete` the file is the whole roster of its sections: who is missing has left.
    """
    how = Reading(file_name, local_day(now), complete=complete, hidden=hidden)
    plan = make_plan(actor, how, open_table(file_name, content))
    with unit_of_work(actor) as unit:
        _forget_old_files(now)
        batch = RosterBatch(
            file_name=file_name[-200:],
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            state=BatchState.CHECKED,
            organ_id=actor.organ_id,
            user_id=actor.user_id,
            created_at=now,
            **_found(plan, how),
        )
        db.session.add(batch)
        unit.record(Action.EXCHANGE_IMPORT, batch, step="check", sha256=batch.sha256)
    return batch


def decide_hidden(actor: Actor, batch_id: int, hidden: Hidden, *, now: datetime) -> RosterBatch:
    """Check a file again, its hidden rows read or left out. Raises NotToWrite or FileGone."""
    batch = get_batch(actor, batch_id)
    _check_waiting(batch)
    name, content, complete = batch.file_name, batch.content, batch.report["complete"]
    how = Reading(name, local_day(now), complete=complete, hidden=hidden)
    plan = make_plan(actor, how, open_table(name, content))
    with unit_of_work(actor) as unit:
        db.session.refresh(batch, with_for_update=True)
        _check_waiting(batch)
        for field, value in _found(plan, how).items():
            setattr(batch, field, value)
        details = {"sha256": batch.sha256, "hidden": hidden.value}
        unit.record(Action.EXCHANGE_IMPORT, batch, step="check", **details)
    return batch


@dataclass(frozen=True)
class Reading:
    """How a file is read: on which day, whether it is complete, what hidden rows mean."""

    name: str
    on: date
    complete: bool
    hidden: Hidden = Hidden.ASK


def make_plan(actor: Actor, how: Reading, table: Table) -> Plan:
    """Return what the sheets would do to the present database."""
    roster = read_roster(how.name, table, how.on, how.hidden)
    plan = Plan(roster, load_state(actor, roster), how.on, complete=how.complete)
    plan_sections(plan)
    plan_people(plan)
    plan_chiefs(plan)
    return plan


def _forget_old_files(now: datetime) -> None:
    """Empty files that nobody wrote: they may hold identity numbers."""
    old = (RosterBatch.created_at < now - KEPT_FOR) & (RosterBatch.state == BatchState.CHECKED)
    db.session.execute(update(RosterBatch).where(old).values(content=b""))


def _found(plan: Plan, how: Reading) -> dict[str, Any]:
    """Return what a batch keeps of a plan."""
    counts = {**plan.counts, "error": plan.errors, "writes": len(plan.writes)}
    return {"counts": counts, "digest": plan.digest, "report": _report(plan, how)}


def _report(plan: Plan, how: Reading) -> dict[str, Any]:
    """Return what the pages show of a plan: errors first, each in the order of the file."""
    findings = sorted(plan.roster.findings, key=lambda f: (not f.is_error, f.sheet, f.row))
    return {
        "on": plan.on.isoformat(),
        "complete": plan.complete,
        "hidden": how.hidden.value,
        "hidden_rows": len(plan.roster.hidden),
        "sheets": {
            sheet: len(rows)
            for sheet, rows in (
                ("sections", plan.roster.sections),
                ("people", plan.roster.people),
            )
        },
        "layouts": plan.roster.layouts,
        "sections": plan.section_counts,
        "warnings": sum(not finding.is_error for finding in findings),
        "findings": [finding.to_json() for finding in findings[:KEPT_LINES]],
        "changes": [_plain(asdict(change)) for change in plan.changes[:KEPT_LINES]],
        "change_count": len(plan.changes),
        "notices": [notice.to_json() for notice in plan.roster.notices],
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "params": dict(values["params"])}


def apply_roster(actor: Actor, batch_id: int, *, now: datetime) -> RosterBatch:
    """Write exactly what was checked, all or nothing.

    The very bytes are read again and planned against the database of this moment; the plan must
    be the one that was shown. Raises NotToWrite, FileGone, HasErrors, DatabaseChanged,
    NothingToWrite.
    """
    batch = get_batch(actor, batch_id)
    _check_writable(batch)
    if hashlib.sha256(batch.content).hexdigest() != batch.sha256:
        raise ValueError("the stored file is not the one that was checked")
    report = batch.report
    how = Reading(
        batch.file_name,
        date.fromisoformat(report["on"]),
        complete=report["complete"],
        hidden=Hidden(report.get("hidden", Hidden.ASK)),
    )
    table = open_table(how.name, batch.content)  # Outside the unit: others may write meanwhile.
    with unit_of_work(actor) as unit:
        lock_organisation()
        db.session.refresh(batch, with_for_update=True)
        _check_writable(batch)
        plan = make_plan(actor, how, table)
        if plan.digest != batch.digest or plan.errors:
            raise DatabaseChanged
        batch.undo = write_rows(unit, plan.writes, f"roster {batch.id}")
        batch.state, batch.applied_at, batch.content = BatchState.APPLIED, now, b""
        details = {key: value for key, value in batch.counts.items() if value}
        unit.record(Action.EXCHANGE_IMPORT, batch, step="write", sha256=batch.sha256, **details)
    return batch


def _check_waiting(batch: RosterBatch) -> None:
    if batch.state != BatchState.CHECKED:
        raise NotToWrite
    if not batch.content:
        raise FileGone


def _check_writable(batch: RosterBatch) -> None:
    _check_waiting(batch)
    if batch.counts["error"]:
        raise HasErrors(count=batch.counts["error"])
    if not batch.counts["writes"]:
        raise NothingToWrite


def undo_roster(actor: Actor, batch_id: int, *, now: datetime) -> RosterBatch:
    """Take a written import back exactly.

    Raises NotToUndo; AlreadyRated, HasAccounts, BuiltUpon or ChangedSince if later facts depend
    on it.
    """
    batch = get_batch(actor, batch_id)
    with unit_of_work(actor) as unit:
        lock_organisation()
        db.session.refresh(batch, with_for_update=True)
        if batch.state != BatchState.APPLIED or batch.undo is None:
            raise NotToUndo
        refuse_if_built_upon(batch.undo)
        restore_rows(unit, batch.undo, f"roster {batch.id}")
        batch.state, batch.undone_at = BatchState.UNDONE, now
        unit.record(Action.EXCHANGE_UNDO, batch, rows=len(batch.undo))
    return batch


def write_in_job(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Write a checked roster as a job; done already, it says so."""
    batch = get_batch(actor, params["batch"])
    progress.begin(1, N_("Writing the roster"))
    if batch.state != BatchState.APPLIED:  # A job that broke off after its commit starts again.
        batch = apply_roster(actor, batch.id, now=now)
    progress.advance()
    message = N_("Written: %(new)s new, %(changed)s changed, %(left)s left.")
    counts = {key: batch.counts[key] for key in ("new", "changed", "left")}
    return {"message": message, "params": counts, "url": f"/roster/{batch.id}"}

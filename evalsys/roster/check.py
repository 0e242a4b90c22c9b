"""Dry run of a roster: receive a file and report what an import would do.

A small file is read in the request, a large one by a job.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db, lock_row
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.queries import find_by_key, state_of
from evalsys.foundation.jobs.rules import LIVE
from evalsys.foundation.jobs.service import start_job
from evalsys.foundation.uploads.errors import TooSlow
from evalsys.foundation.uploads.lists import Hidden
from evalsys.foundation.uploads.reading.limits import SMALL
from evalsys.foundation.uploads.reading.reader import open_table
from evalsys.foundation.uploads.slots import UploadRunning, wait_for_slot
from evalsys.foundation.uploads.tables import Table
from evalsys.roster.models import BatchState, RosterBatch
from evalsys.roster.parsing import read_roster
from evalsys.roster.plan.changes import COUNTED, Naming, RosterPlan
from evalsys.roster.plan.chiefs import plan_chiefs
from evalsys.roster.plan.people import plan_people
from evalsys.roster.plan.sections import plan_sections
from evalsys.roster.queries import get_batch, load_state

KEPT_FOR = timedelta(days=1)  # How long an unwritten file is stored.
KEPT_LINES = 5_000  # findings or changes listed in a report; beyond that only counted
LONG = 2_000  # rows above which the work runs as a job
CHECK_JOB = "exchange.check"


STILL_READ = N_("The file is still being read. Look at its progress in “Background work”.")


FILE_GONE = N_("The file was deleted after a day without being written. Please send it again.")


@dataclass(frozen=True)
class Reading:
    """Options of a dry run: the import day, completeness, treatment of hidden rows.

    A `complete` file is the whole roster of its sections: people missing from it have left.
    `reason` is why one person is changed. `names` are the decisions on names that differ from the
    stored ones, by staff number, or for EVERYBODY.
    """

    name: str
    on: date
    complete: bool
    hidden: Hidden = Hidden.ASK
    reason: str = ""
    names: Mapping[str, Naming] = field(default_factory=dict)


def check_roster(actor: Actor, content: bytes, how: Reading, *, now: datetime) -> RosterBatch:
    """Store a file with the report of its dry run. Raises BadFile."""
    plan = make_plan(actor, how, open_table(how.name, content))
    return _store(actor, content, how, _checked(plan, how), now)


def receive_roster(
    actor: Actor, content: bytes, how: Reading, *, now: datetime
) -> tuple[RosterBatch, Job | None]:
    """Store a file with its report, or with the job that checks it if it is large.

    Raises BadFile, or UploadRunning while a check of the same account is not done.
    """
    if _has_live_check(actor, now):
        raise UploadRunning
    table = _read_in_a_request(how.name, content)
    if table is not None:
        values = _checked(make_plan(actor, how, table), how)
        return _store(actor, content, how, values, now), None
    batch = _store(actor, content, how, _received(how), now)
    return batch, _start_check(actor, batch, now)


def decide_hidden(
    actor: Actor, batch_id: int, hidden: Hidden, *, now: datetime
) -> tuple[RosterBatch, Job | None]:
    """Check a file again, with its hidden rows read or skipped; by a job if it is large.

    Raises DomainError.
    """
    return _check_again(actor, batch_id, now, hidden=hidden)


def decide_names(
    actor: Actor, batch_id: int, names: Mapping[str, Naming], *, now: datetime
) -> tuple[RosterBatch, Job | None]:
    """Check a file again, with decisions on names that differ; by a job if it is large.

    Earlier decisions on other people stay. Raises DomainError.
    """
    known = reading_of(get_batch(actor, batch_id)).names
    return _check_again(actor, batch_id, now, names={**known, **names})


def _check_again(
    actor: Actor, batch_id: int, now: datetime, **options: Any
) -> tuple[RosterBatch, Job | None]:
    batch = get_batch(actor, batch_id)
    check_waiting(batch)
    content = batch.content
    how = replace(reading_of(batch), on=local_day(now), **options)
    table = _read_in_a_request(how.name, content)
    values = _received(how) if table is None else _checked(make_plan(actor, how, table), how)
    _change(actor, batch, values)
    return batch, _start_check(actor, batch, now) if table is None else None


def check_in_job(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Check a received file as a job. Idempotent."""
    batch = get_batch(actor, params["batch"])
    progress.begin(1, N_("Reading the file"))
    if batch.state is BatchState.RECEIVED:
        how, content = reading_of(batch), batch.content
        if not content:
            raise DomainError(FILE_GONE)
        with wait_for_slot(progress):
            table = open_table(how.name, content)
        _change(actor, batch, _checked(make_plan(actor, how, table), how))
    progress.advance()
    message = N_("The file is checked: %(error)s rows with errors. Nothing was written yet.")
    params = {"error": batch.counts["error"]}
    return {"message": message, "params": params, "url": f"/roster/{batch.id}"}


def is_long(batch: RosterBatch) -> bool:
    """Return whether the file has so many rows that jobs process it."""
    rows: int = sum(batch.report["sheets"].values())
    return rows > LONG


def reading_of(batch: RosterBatch) -> Reading:
    """Return the options of a stored batch."""
    report = batch.report
    day, hidden = date.fromisoformat(report["on"]), Hidden(report.get("hidden", Hidden.ASK))
    names = {number: Naming(word) for number, word in report.get("names", {}).items()}
    return Reading(batch.file_name, day, report["complete"], hidden, batch.reason, names)


def check_waiting(batch: RosterBatch) -> None:
    """Raise DomainError unless a checked file waits for a decision."""
    if batch.state is BatchState.RECEIVED:
        raise DomainError(STILL_READ)
    if batch.state is not BatchState.CHECKED:
        raise DomainError(N_("This import was written already. Look at it in the list of imports."))
    if not batch.content:
        raise DomainError(FILE_GONE)


def make_plan(actor: Actor, how: Reading, table: Table) -> RosterPlan:
    """Return the plan of an import into the current database."""
    roster = read_roster(how.name, table, how.on, how.hidden)
    state = load_state(actor, roster, how.on)
    plan = RosterPlan(roster, state, how.on, complete=how.complete, names=how.names)
    plan_sections(plan)
    plan_people(plan)
    plan_chiefs(plan)
    return plan


def _read_in_a_request(name: str, content: bytes) -> Table | None:
    """Return the sheets of a file, None if it is too large for a request."""
    try:
        table = open_table(name, content, SMALL.in_a_request)
    except TooSlow:
        return None
    rows = sum(len(sheet.lines) for sheet in table.values())
    return table if rows <= LONG else None


def find_check(batch: RosterBatch) -> Job | None:
    """Return the job that checks the file of a batch, or None."""
    return find_by_key(_check_key(batch))


def _check_key(batch: RosterBatch) -> str:
    decided = len(batch.report.get("names", {}))
    return f"roster-check-{batch.id}-{batch.report.get('hidden', 'ask')}-{decided}"


def _start_check(actor: Actor, batch: RosterBatch, now: datetime) -> Job:
    params, key = {"batch": batch.id}, _check_key(batch)
    return start_job(actor, CHECK_JOB, params, now=now, unique_key=key)


def _has_live_check(actor: Actor, now: datetime) -> bool:
    query = select(Job).where(
        Job.kind == CHECK_JOB, Job.user_id == actor.user_id, Job.state.in_(LIVE)
    )
    return any(state_of(job, now) in LIVE for job in db.session.scalars(query))


def _store(
    actor: Actor, content: bytes, how: Reading, values: dict[str, Any], now: datetime
) -> RosterBatch:
    with unit_of_work(actor) as unit:
        _forget_old_files(now)
        batch = RosterBatch(
            file_name=how.name[-200:],
            reason=how.reason,
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            organ_id=actor.organ_id,
            user_id=actor.user_id,
            created_at=now,
            **values,
        )
        db.session.add(batch)
        step = "check" if batch.state is BatchState.CHECKED else "receive"
        unit.record(Action.EXCHANGE_IMPORT, batch, step=step, sha256=batch.sha256)
    return batch


def _change(actor: Actor, batch: RosterBatch, values: dict[str, Any]) -> None:
    """Store the result of a check. Raises DomainError if the batch was written or deleted."""
    with unit_of_work(actor) as unit:
        lock_row(batch)
        if batch.state is not BatchState.RECEIVED:
            check_waiting(batch)
        for field, value in values.items():
            setattr(batch, field, value)
        details = {"sha256": batch.sha256, "hidden": batch.report["hidden"]}
        unit.record(Action.EXCHANGE_IMPORT, batch, step="check", **details)


def _forget_old_files(now: datetime) -> None:
    """Delete the contents of old unwritten files: they may hold identity numbers."""
    waiting = RosterBatch.state.in_((BatchState.CHECKED, BatchState.RECEIVED))
    old = (RosterBatch.created_at < now - KEPT_FOR) & waiting
    db.session.execute(update(RosterBatch).where(old).values(content=b""))


def _checked(plan: RosterPlan, how: Reading) -> dict[str, Any]:
    """Return the columns of a checked batch."""
    counts = {**plan.counts, "error": plan.errors, "writes": len(plan.writes)}
    report = _report(plan, how)
    return {
        "state": BatchState.CHECKED,
        "counts": counts,
        "digest": plan.digest,
        "report": report,
    }


def _received(how: Reading) -> dict[str, Any]:
    """Return the columns of a batch that is not checked yet."""
    counts = dict.fromkeys((*COUNTED, "error", "writes"), 0)
    report = {"on": how.on.isoformat(), "complete": how.complete, **_decided(how)}
    return {"state": BatchState.RECEIVED, "counts": counts, "digest": "", "report": report}


def _report(plan: RosterPlan, how: Reading) -> dict[str, Any]:
    """Return the stored report of a plan: errors first, each in the order of the file."""
    findings = sorted(plan.roster.findings, key=lambda f: (not f.is_error, f.sheet, f.row))
    sheets = {"sections": plan.roster.sections, "people": plan.roster.people}
    return {
        "on": plan.on.isoformat(),
        "complete": plan.complete,
        **_decided(how),
        "renames": [asdict(rename) for rename in plan.renames[:KEPT_LINES]],
        "hidden_rows": len(plan.roster.hidden),
        "sheets": {sheet: len(rows) for sheet, rows in sheets.items()},
        "layouts": plan.roster.layouts,
        "sections": plan.section_counts,
        "warnings": sum(not finding.is_error for finding in findings),
        "findings": [finding.to_json() for finding in findings[:KEPT_LINES]],
        "finding_count": len(findings),
        "changes": [_plain(asdict(change)) for change in plan.changes[:KEPT_LINES]],
        "change_count": len(plan.changes),
        "notices": [notice.to_json() for notice in plan.roster.notices],
    }


def _decided(how: Reading) -> dict[str, Any]:
    names = {number: naming.value for number, naming in how.names.items()}
    return {"hidden": how.hidden.value, "names": names}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "params": dict(values["params"])}

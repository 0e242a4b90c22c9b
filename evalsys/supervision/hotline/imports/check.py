"""A list of tickets is received, its columns are named, and a trial run tells what it would do."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from evalsys.core.audit import lock_until_commit, unit_of_work
from evalsys.core.errors import N_, DomainError, NotAllowed
from evalsys.core.extensions import db, lock_row
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.uploads.headings import plain
from evalsys.foundation.uploads.lists import Hidden
from evalsys.foundation.uploads.slots import wait_for_slot
from evalsys.organisation.org.models import Organ
from evalsys.supervision.hotline.imports.columns import chosen_columns, digest_of, known_words
from evalsys.supervision.hotline.imports.files import read_headings, read_rows
from evalsys.supervision.hotline.imports.models import (
    HotlineImport,
    ImportStage,
    RememberedColumns,
)
from evalsys.supervision.hotline.imports.plan import ChunkPlan, plan_chunk, read_chunks
from evalsys.supervision.hotline.imports.queries import (
    CALLED,
    content_of,
    get_import,
    list_remembered,
)
from evalsys.supervision.hotline.rules import without_persons
from evalsys.supervision.numbers import NUMBERS_LOCK

JOB = "hotline.check"
TIDY_JOB = "hotline.tidy"
KEPT_FOR = timedelta(days=1)  # How long an unwritten file is stored.
BROKEN_FOR = timedelta(days=10)  # How long one whose writing broke off is, to go on with it.
KEPT_VALUE = 200  # characters of a value in a report
KEPT_LINES = 5_000  # problems or changes listed in a report; beyond that only counted
COUNTED = ("rows", "error", "new", "changed", "same", "matters", "following")
WAITING = (ImportStage.RECEIVED, ImportStage.MAPPED, ImportStage.CHECKED)

FILE_GONE = N_("The file was deleted after a day without being written. Please send it again.")
BEYOND = N_("This list is being written, or was written already.")


def receive_list(actor: Actor, name: str, content: bytes, *, now: datetime) -> HotlineImport:
    """Store a list with its headings. Raises BadFile."""
    columns = read_headings(name, content, known_words(list_remembered(actor)))
    head = {"columns": [asdict(one) for one in columns], "hidden": Hidden.ASK.value}
    with unit_of_work(actor) as unit:
        _forget_old_files(now)
        row = HotlineImport(
            file_name=name[-200:],
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            content=content,
            stage=ImportStage.RECEIVED,
            head=head,
            columns={},
            report={},
            written={},
            organ_id=actor.organ_id,
            user_id=actor.user_id,
            created_at=now,
        )
        db.session.add(row)
        unit.record(Action.HOTLINE_IMPORT, row, step="receive", sha256=row.sha256)
    return row


def headings_of(row: HotlineImport) -> list[str]:
    """Return the headings of a list."""
    return [one["heading"] for one in row.head["columns"]]


def name_columns(
    actor: Actor, row: HotlineImport, chosen: Sequence[str], hidden: Hidden, *, now: datetime
) -> None:
    """Store which column holds which field, and remember it for lists with these headings.

    `chosen` has a field for each heading, "" for none. Raises DomainError, or NotAllowed for
    columns of call-backs if the actor enters none.
    """
    headings = headings_of(row)
    if CALLED & {*chosen} and not actor.may(Action.HOTLINE_CALL):
        raise NotAllowed
    with unit_of_work(actor) as unit:
        lock_row(row)
        check_waiting(row, now)
        row.head = {**row.head, "hidden": hidden.value}
        row.columns = chosen_columns(headings, chosen)
        row.report, row.stage = {}, ImportStage.MAPPED
        _remember(actor, headings, chosen, now)
        unit.record(Action.HOTLINE_IMPORT, row, step="columns", columns=row.columns)


def _remember(actor: Actor, headings: Sequence[str], chosen: Sequence[str], now: datetime) -> None:
    """Remember what headings mean to an office: that of the city, or of one organ."""
    lock_until_commit(NUMBERS_LOCK)  # Two at once would remember the same headings twice.
    digest = digest_of(headings)
    fields = {plain(word): key for word, key in zip(headings, chosen, strict=True) if key}
    own = RememberedColumns.organ_id.is_not_distinct_from(actor.organ_id)
    query = select(RememberedColumns).where(RememberedColumns.digest == digest, own)
    kept = db.session.scalar(query)
    if kept is None:
        kept = RememberedColumns(digest=digest, organ_id=actor.organ_id)
        db.session.add(kept)
    kept.fields, kept.used_at = fields, now


def check_waiting(row: HotlineImport, now: datetime) -> None:
    """Raise DomainError unless a list can still be checked."""
    if row.stage not in WAITING:
        raise DomainError(BEYOND)
    if not has_content(row, now):
        raise DomainError(FILE_GONE)


def has_content(row: HotlineImport, now: datetime) -> bool:
    """Return whether the file of an import may still be read; not for long if nobody writes it."""
    if row.stage in WAITING and row.created_at < now - KEPT_FOR:
        return False
    query = select(HotlineImport.id).where(HotlineImport.id == row.id, HotlineImport.content != b"")
    return db.session.scalar(query) is not None


def check_list(
    progress: Progress, actor: Actor, row: HotlineImport, *, now: datetime
) -> HotlineImport:
    """Read a list whose columns are named, and store what it would do. Raises DomainError."""
    check_waiting(row, now)
    columns, key = row.columns, row.id
    progress.begin(None, N_("Reading the list"))
    report = _Report(_organ_names())
    rows = read_rows(row.file_name, content_of(row), columns, Hidden(row.head["hidden"]))
    for chunk in read_chunks(actor, rows, local_day(now)):
        report.add(plan_chunk(actor, chunk, columns), chunk.rows)
        progress.advance(chunk.rows)
    with unit_of_work(actor) as unit:
        row = db.session.get_one(HotlineImport, key)
        lock_row(row)
        check_waiting(row, now)
        if row.columns != columns:
            raise DomainError(N_("The columns were named otherwise meanwhile. Look at the list."))
        row.report, row.stage = report.to_json(), ImportStage.CHECKED
        unit.record(Action.HOTLINE_IMPORT, row, step="check", **report.counts)
    return row


def check_in_job(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Check a list as a job. Idempotent."""
    with wait_for_slot(progress):
        row = check_list(progress, actor, get_import(actor, params["import"]), now=now)
    message = N_("The list is checked: %(error)s rows with errors. Nothing was written yet.")
    counts = {"error": row.report["error"]}
    return {"message": message, "params": counts, "url": f"/hotline/imports/{row.id}"}


class _Report:
    """The report of a trial run, of which the first lines are kept."""

    def __init__(self, organs: Mapping[int, str]) -> None:
        self.organs = organs
        self.counts = dict.fromkeys(COUNTED, 0)
        self.problems: list[Any] = []
        self.changes: list[Any] = []
        self.problem_count = self.change_count = 0

    def add(self, plan: ChunkPlan, rows: int) -> None:
        """Add what some rows would do."""
        new, changed, same = len(plan.new), len(plan.changed), len(plan.same_ids)
        done = (rows, plan.wrong, new, changed, same, len(plan.to_open), len(plan.following))
        for name, count in zip(COUNTED, done, strict=True):
            self.counts[name] += count
        lines = [
            [one.entry.number, key, self._plain(key, before), self._plain(key, after)]
            for one in plan.changed
            for key, (before, after) in one.changes.items()
        ]
        wrong = [
            [row, key, without_persons(value), message, dict(params)]
            for row, key, value, message, params in plan.problems
        ]
        self.problem_count += len(wrong)
        self.change_count += len(lines)
        self.problems += wrong[: KEPT_LINES - len(self.problems)]
        self.changes += lines[: KEPT_LINES - len(self.changes)]

    def _plain(self, key: str, value: Any) -> Any:
        """Return a value as JSON: an organ by its name, a day as text."""
        if key == "organ":
            return self.organs.get(value, "")
        if isinstance(value, date):
            return value.isoformat()
        return value[:KEPT_VALUE] if isinstance(value, str) else value

    def to_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return {
            **self.counts,
            "problems": self.problems,
            "problem_count": self.problem_count,
            "changes": self.changes,
            "change_count": self.change_count,
        }


def _organ_names() -> dict[int, str]:
    return dict(db.session.execute(select(Organ.id, Organ.name)).all())


def without_samples(head: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headings of a list without values below them."""
    return {**head, "columns": [{**one, "samples": []} for one in head["columns"]]}


def forget_in_job(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Delete old unwritten lists as a job. Idempotent."""
    with unit_of_work(actor) as unit:
        count = _forget_old_files(now)
        if count:
            unit.record(Action.HOTLINE_IMPORT, "hotline_import", step="delete", lists=count)
        else:
            unit.nothing_to_do()
    return {"message": N_("%(lists)s lists were deleted."), "params": {"lists": count}}


def _forget_old_files(now: datetime) -> int:
    """Delete old unwritten lists: they name callers. Return how many."""
    waited = (HotlineImport.created_at < now - KEPT_FOR) & HotlineImport.stage.in_(WAITING)
    broken = HotlineImport.created_at < now - BROKEN_FOR
    old = select(HotlineImport).where(waited | broken, HotlineImport.content != b"")
    rows = db.session.scalars(old).all()
    for row in rows:
        row.content, row.head = b"", without_samples(row.head)
    return len(rows)

"""Mark the errors of an uploaded roster: at once, or by a job if it is large."""

from datetime import datetime
from typing import Any

from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from evalsys.core.errors import N_, DomainError
from evalsys.core.permissions import Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.service import start_job
from evalsys.foundation.uploads.reading.reader import open_table
from evalsys.foundation.uploads.slots import upload_slot, wait_for_slot
from evalsys.roster.check import FILE_GONE, is_long
from evalsys.roster.models import RosterBatch
from evalsys.roster.presenter import not_marked, show_finding
from evalsys.roster.queries import get_batch

JOB = "exchange.mark"


def marked_now(actor: Actor, batch: RosterBatch) -> bytes | None:
    """Return the marked file, None for a large one. Raises DomainError or UploadRunning."""
    if is_long(batch):
        return None
    with upload_slot(actor):
        return _mark(batch)


def start_marking(actor: Actor, batch: RosterBatch, *, now: datetime) -> Job:
    """Start the job that marks a large file, in the language of the page."""
    params = {"batch": batch.id, "lang": str(get_locale())}
    key = f"roster-mark-{batch.id}-{batch.report.get('hidden', 'ask')}-{params['lang']}"
    return start_job(actor, JOB, params, now=now, unique_key=key)


def mark_in_job(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    """Mark the errors of a file as a job."""
    batch = get_batch(actor, params["batch"])
    progress.begin(1, N_("Marking the errors"))
    with force_locale(params["lang"]):
        name = name_of(batch)
        with wait_for_slot(progress):
            marked = _mark(batch)
    progress.result_path(name).write_bytes(marked)
    progress.advance()
    return {"file": name, "url": f"/roster/{batch.id}"}


def name_of(batch: RosterBatch) -> str:
    """Return the name of the marked file."""
    stem = batch.file_name.rsplit(".", 1)[0].replace("/", "_")
    return f"{stem}_{_('marked')}.xlsx"


def _mark(batch: RosterBatch) -> bytes:
    from evalsys.roster.marking.annotated import annotate

    name, content, report = batch.file_name, batch.content, batch.report
    if not content:
        raise DomainError(FILE_GONE)
    words = [show_finding(report, finding).words for finding in report["findings"]]
    return annotate(open_table(name, content), report, words, not_marked(report))

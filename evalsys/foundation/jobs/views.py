"""Pages of jobs: the list, one job with its progress, its file."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core.error_pages import translated
from evalsys.core.errors import N_, NP_, NotFound
from evalsys.core.forms import Form
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import now, paginate
from evalsys.core.permissions import Action
from evalsys.foundation.jobs import service, signals
from evalsys.foundation.jobs.handlers import files_folder, get_kind, has_kind
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.queries import get_job, select_jobs, state_of
from evalsys.foundation.jobs.rules import LIVE, STARTABLE, JobState, from_json

bp = Blueprint("jobs", __name__, url_prefix="/jobs")

STATES = {
    JobState.QUEUED: N_("Waiting"),
    JobState.RUNNING: N_("Running"),
    JobState.DONE: N_("Done"),
    JobState.REFUSED: NP_("job", "Not possible"),
    JobState.FAILED: N_("Failed"),
    JobState.CANCELLED: N_("Cancelled"),
    JobState.LOST: N_("Lost"),
}


@dataclass(frozen=True)
class JobLine:
    """A job prepared for a page."""

    job: Job
    state: JobState
    sign: signals.JobProgress
    is_stopping: bool

    @property
    def label(self) -> str:
        """Return the label of the kind."""
        kind = self.job.kind
        return str(_(get_kind(kind).label)) if has_kind(kind) else kind

    @property
    def state_words(self) -> str:
        """Return the label of the state."""
        return str(_(STATES[self.state]))

    @property
    def is_live(self) -> bool:
        """Return whether the page should refresh itself."""
        return self.state in LIVE

    @property
    def may_start_again(self) -> bool:
        """Return whether the job can be restarted."""
        return self.state in STARTABLE

    @property
    def result_words(self) -> str:
        """Return the message of the result, or an empty string."""
        return _words(self.job.result)

    @property
    def problem_words(self) -> str:
        """Return the message of the problem, or an empty string."""
        return _words(self.job.problem)

    @property
    def stays(self) -> bool:
        """Return whether what a broken run has done is kept."""
        return has_kind(self.job.kind) and get_kind(self.job.kind).stays

    @property
    def kept(self) -> dict[str, Any] | None:
        """What a broken run has done and is kept, as a result; None if that is not known."""
        is_broken = self.stays and not self.is_live and self.state is not JobState.DONE
        return get_kind(self.job.kind).kept(self.job.params) if is_broken else None

    @property
    def kept_words(self) -> str:
        """The words of what is kept, or an empty string."""
        return _words(self.kept)

    @property
    def is_anothers(self) -> bool:
        """Return whether the file is private to another user."""
        kind, actor = self.job.kind, current_actor()
        is_private = has_kind(kind) and get_kind(kind).is_private
        return is_private and self.job.user_id != actor.user_id

    @property
    def file_name(self) -> str | None:
        """Return the name of the result file, None if there is none."""
        name: str | None = (self.job.result or {}).get("file")
        return name if name and (files_folder() / f"{self.job.id}-{name}").is_file() else None


def _words(stored: dict[str, Any] | None) -> str:
    if not stored or not stored.get("message"):
        return ""
    return str(translated(from_json({"params": {}, **stored})))


def _show(job: Job) -> JobLine:
    """Return a job prepared for a page."""
    return JobLine(
        job,
        state_of(job, now()),
        signals.read_progress(job.run_id),
        signals.read_stop(job.run_id) is not None,
    )


@bp.get("/")
@requires(Action.JOB_VIEW)
def index() -> ResponseReturnValue:
    """List the jobs that the user may see, newest first."""
    rows = paginate(select_jobs(current_actor()), 50)
    return render_template("jobs/index.html", rows=rows, shown=[_show(job) for job in rows])


@bp.get("/<int:job_id>")
@requires(Action.JOB_VIEW)
def show(job_id: int) -> ResponseReturnValue:
    """Show a job with its progress or result."""
    job = get_job(current_actor(), job_id)
    return render_template("jobs/show.html", it=_show(job), form=Form())


@bp.post("/<int:job_id>/cancel")
@requires(Action.JOB_CANCEL)
def cancel(job_id: int) -> ResponseReturnValue:
    """Cancel a queued job, or ask a running one to stop."""
    actor = current_actor()
    service.cancel_job(actor, get_job(actor, job_id), now=now())
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@bp.post("/<int:job_id>/again")
@requires(Action.JOB_START)
def again(job_id: int) -> ResponseReturnValue:
    """Restart a job."""
    actor = current_actor()
    service.restart_job(actor, get_job(actor, job_id), now=now())
    flash(_("Started again"))
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@bp.get("/<int:job_id>/file")
@requires(Action.JOB_VIEW)
def download(job_id: int) -> ResponseReturnValue:
    """Send the result file of a job."""
    it = _show(get_job(current_actor(), job_id))
    if it.state is not JobState.DONE or it.file_name is None or it.is_anothers:
        raise NotFound
    path = files_folder() / f"{job_id}-{it.file_name}"
    return send_file(path, as_attachment=True, download_name=it.file_name, max_age=0)

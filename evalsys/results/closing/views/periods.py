"""Pages of periods: open, close, publish, correct, compare versions."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core.audit import unit_of_work
from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.forms import Form, form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import now, paginate, paginate_list, today
from evalsys.core.permissions import Action
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.second_person import is_second_person
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.queries import find_live, get_job
from evalsys.foundation.jobs.service import start_once
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.queries import find_period, get_period, select_periods
from evalsys.organisation.periods.rules import period_message
from evalsys.organisation.periods.service import open_period
from evalsys.organisation.periods.words import period_words
from evalsys.ratings.counting.service import IntakeCounts
from evalsys.results.closing import queries, service
from evalsys.results.closing.forms import OpenPeriodForm, ReasonForm
from evalsys.results.closing.late import Late, late_of
from evalsys.results.closing.models import Publication
from evalsys.results.closing.running import is_running
from evalsys.results.closing.views.blueprint import PER_PAGE, bp
from evalsys.scores.models import Result
from evalsys.scores.queries import SectionCounts, count_sections, list_results

CLOSING = "closing.run"


@dataclass(frozen=True)
class Closing:
    """An unfinished closing: whether it is running, and its job if it has one."""

    is_running: bool
    job: Job | None


@dataclass(frozen=True)
class Facts:
    """The data of a period's pages, repeated before each decision."""

    period: Period
    obstacles: Sequence[str]
    waiting: IntakeCounts
    counted: int
    versions: Sequence[Result]
    totals: SectionCounts | None
    publication: Publication | None
    may_publish: bool
    late: Late | None = None
    closing: Closing | None = None

    @property
    def result(self) -> Result | None:
        """The newest version."""
        return self.versions[0] if self.versions else None

    @property
    def maker(self) -> User | None:
        """The account that froze it; None for the command line."""
        made_by = self.result.created_by if self.result else None
        return db.session.get(User, made_by) if made_by else None


def read_facts(code: str) -> Facts:
    """Load the facts of a period. Raises DomainError or BadPeriod."""
    period = get_period(code)
    versions = list_results(period.id)
    result = versions[0] if versions else None
    may_leave = current_actor().may(Action.CLOSING_LEAVE)
    return Facts(
        period,
        [words_of(obstacle) for obstacle in queries.obstacles(period, on=today())],
        queries.waiting(period, on=today()),
        0 if result else queries.counted_so_far(period),
        versions,
        count_sections(result) if result else None,
        queries.publication_of(result) if result else None,
        result is not None and is_second_person(current_actor(), result.created_by),
        late_of(current_actor(), result, today()) if result and may_leave else None,
        _closing_of(period),
    )


def _closing_of(period: Period) -> Closing | None:
    if period.state is not PeriodState.COUNTING:
        return None
    return Closing(
        is_running(), find_live(current_actor(), CLOSING, {"period": period.code}, now())
    )


@bp.get("/periods")
@requires(Action.PERIOD_VIEW)
def periods() -> ResponseReturnValue:
    """List the periods, the latest first."""
    rows = paginate(select_periods(), PER_PAGE)
    return render_template("closing/periods.html", rows=rows, lines=queries.list_lines(rows.items))


@bp.route("/periods/open", methods=["GET", "POST"])
@requires(Action.PERIOD_OPEN)
def open_one() -> ResponseReturnValue:
    """Open a period under the policy in force."""
    form = OpenPeriodForm()
    if form.validate_on_submit():
        code = given(form.code.data)
        if find_period(code) is None:
            with unit_of_work(current_actor()) as unit:
                code = open_period(unit, code, now=now()).code
            flash(_("%(period)s is open.", period=period_words(code)))
        return redirect(url_for("closing.period", code=get_period(code).code), 303)
    return form_page("closing/open.html", form=form)


@bp.get("/periods/<code>")
@requires(Action.PERIOD_VIEW)
def period(code: str) -> ResponseReturnValue:
    """Show the state of a period, what is missing, its versions and proposals."""
    facts = read_facts(code)
    proposals = None
    if facts.result:
        proposals = paginate(queries.select_proposals(current_actor(), facts.result), PER_PAGE)
    return render_template("closing/period.html", it=facts, proposals=proposals)


@bp.route("/periods/<code>/close", methods=["GET", "POST"])
@requires(Action.CLOSING_RUN)
def close(code: str) -> ResponseReturnValue:
    """Show the facts, then close the period in a job."""
    facts = read_facts(code)
    form = Form()
    if form.validate_on_submit():
        job = start_once(current_actor(), CLOSING, {"period": facts.period.code}, now=now())
        return redirect(url_for("jobs.show", job_id=job.id), 303)
    return render_template("closing/close.html", it=facts, form=form)


@bp.route("/periods/<code>/publish", methods=["GET", "POST"])
@requires(Action.CLOSING_PUBLISH)
def publish(code: str) -> ResponseReturnValue:
    """Show the facts, then let a second person publish the newest version."""
    facts = read_facts(code)
    if facts.result is None:
        raise DomainError(service.NOT_CLOSED, code=period_message(facts.period.code))
    form = Form()
    if form.validate_on_submit():
        service.publish(current_actor(), facts.period.code, now=now())
        flash(_("%(period)s is published.", period=period_words(facts.period.code)))
        return redirect(url_for("closing.period", code=facts.period.code), 303)
    return render_template("closing/publish.html", it=facts, form=form)


@bp.route("/periods/<code>/correct", methods=["GET", "POST"])
@requires(Action.CLOSING_CORRECT)
def correct(code: str) -> ResponseReturnValue:
    """Ask for the reason, preview the changes, then freeze the next version, each in a job."""
    facts = read_facts(code)
    if facts.result is None:
        raise DomainError(service.NOT_CLOSED, code=period_message(facts.period.code))
    if "preview" in request.args:
        return _freeze(facts, request.args.get("preview", type=int) or 0)
    form = ReasonForm()
    if not form.is_submitted() and facts.late is not None and facts.late.done:
        # Published with the version, so without a number: it could reveal a few ratings.
        form.reason.data = _(
            "Ratings were set aside by decision of two persons after the freezing."
        )
    if form.validate_on_submit():
        params = {"period": facts.period.code, "reason": form.reason.data}
        job = start_once(current_actor(), "closing.preview", params, now=now())
        return redirect(url_for("jobs.show", job_id=job.id), 303)
    return form_page("closing/correct.html", it=facts, form=form)


def _freeze(facts: Facts, job_id: int) -> ResponseReturnValue:
    """Show what a correction would change; the button freezes exactly that. Raises NotFound."""
    job = get_job(current_actor(), job_id)
    preview = (job.result or {}).get("preview")
    if preview is None or job.params.get("period") != facts.period.code:
        raise NotFound
    is_stale = facts.result is None or facts.result.version != preview["version"]
    form = Form()
    if form.validate_on_submit() and not is_stale:
        params = {**job.params, "digest": preview["digest"], "version": preview["version"]}
        started = start_once(current_actor(), "closing.correct", params, now=now())
        return redirect(url_for("jobs.show", job_id=started.id), 303)
    return render_template(
        "closing/correction.html",
        it=facts,
        preview=preview,
        reason=job.params["reason"],
        form=form,
        is_stale=is_stale,
    )


@bp.get("/periods/<code>/versions/<int:version>")
@requires(Action.PERIOD_VIEW)
def diff(code: str, version: int) -> ResponseReturnValue:
    """Show a version and the one before it, field by field."""
    versions = {result.version: result for result in list_results(get_period(code).id)}
    if version not in versions or version - 1 not in versions:
        raise NotFound
    before, after = versions[version - 1], versions[version]
    rows = paginate_list(queries.diff(current_actor(), before, after), PER_PAGE)
    return render_template("closing/diff.html", before=before, after=after, rows=rows)

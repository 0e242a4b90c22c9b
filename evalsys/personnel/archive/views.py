"""The archive of a person, the search across archives, the log of views.

HR opens an archive before a meeting and prints it, and the reference sheet of some days before an
appointment. The person opens it after a letter: what is on file about me, what may I do, until
when, who looked.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from evalsys.cases.engine.models import Looked
from evalsys.cases.engine.service import page_of, record_look
from evalsys.core import pages
from evalsys.core.extensions import db
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate
from evalsys.core.permissions import Action, Actor
from evalsys.organisation.org.models import Staff
from evalsys.organisation.periods.spans import read_span
from evalsys.personnel.archive import queries
from evalsys.personnel.archive.rules import by_bearing

bp = Blueprint("archive", __name__)

PER_PAGE = 30  # people, looks


@bp.app_template_global()
def actor_searches() -> bool:
    """Return whether the visitor may search across archives."""
    return queries.may_search(current_actor())


@bp.get("/archive")
@requires(Action.PERSONNEL_VIEW)
def index() -> ResponseReturnValue:
    """Search across the archives that the visitor may open; redirect if it is only their own."""
    actor, on = current_actor(), pages.today()
    if not queries.may_search(actor):
        return redirect(url_for(".rights"), 303)
    search, section = (request.args.get(name, "").strip() for name in ("q", "section"))
    with_cases = request.args.get("which") == "cases"
    rows = paginate(
        queries.select_people(actor, on=on, search=search, section=section, with_cases=with_cases),
        PER_PAGE,
    )
    return render_template(
        "archive/index.html",
        rows=rows,
        sections=queries.sections_of(rows.items, on),
        cases=queries.open_cases_of(actor, rows.items, on),
        choices=[
            (row.code, f"{row.organ.name} {row.name}")
            for row in queries.list_sections(actor, on=on)
        ],
        search=search,
        section=section,
        which="cases" if with_cases else "",
    )


@bp.get("/archive/me")
@requires(Action.PERSONNEL_VIEW)
def me() -> ResponseReturnValue:
    """Redirect to the visitor's own archive, or to the search if they have none."""
    staff = _find_own(current_actor())
    if staff is None:
        return redirect(url_for(".index"), 303)
    return redirect(url_for(".show", number=staff.number), 303)


@bp.get("/archive/<number>")
@requires(Action.PERSONNEL_VIEW)
def show(number: str) -> ResponseReturnValue:
    """Show an archive; views by others are recorded, and the person sees them."""
    actor, on = current_actor(), pages.today()
    staff = queries.get_person(actor, number, on=on)
    whose, is_own = staff.id, staff.id == actor.staff_id
    records, since = queries.list_records(actor, staff, on=on), queries.first_day(on)
    page = render_template(
        "archive/show.html",
        staff=staff,
        section=queries.find_section(staff, on),
        status=queries.find_status(staff, on),
        scores=queries.list_scores(staff),
        work=queries.list_work(staff, since, on, on=on),
        since=since,
        until=on,
        events=queries.read_timeline(staff, records, on=on),
        looks=queries.list_looks(actor, staff, on=on) if is_own else [],
        is_own=is_own,
        on=on,
    )
    record_look(actor, whose, page_of(Looked.ARCHIVE), now=pages.now())
    return page


@bp.get("/archive/<number>/reference")
@requires(Action.PERSONNEL_VIEW)
def reference(number: str) -> ResponseReturnValue:
    """Show the reference for assessment and appointment, for print; by default of a year."""
    actor, moment = current_actor(), pages.now()
    on = pages.local_day(moment)
    staff = queries.get_person(actor, number, on=on)
    whose = staff.id
    asked = (request.args.get("since", ""), request.args.get("until", ""))
    since, until = read_span(*asked, on, queries.first_day(on))
    page = render_template(
        "archive/reference.html",
        staff=staff,
        section=queries.find_section(staff, on),
        since=since,
        until=until,
        scores=queries.scores_within(queries.list_scores(staff), since, until),
        work=by_bearing(queries.list_work(staff, since, until, on=on)),
        records=queries.list_records(actor, staff, on=on, since=since, until=until),
        is_own=whose == actor.staff_id,
        moment=moment,
    )
    record_look(actor, whose, page_of(Looked.REFERENCE), now=moment)
    return page


@bp.get("/looks")
@requires(Action.AUDIT_VIEW)
def looks() -> ResponseReturnValue:
    """List the views of all files for auditors: no score, no case."""
    number = request.args.get("q", "").strip()
    rows = paginate(queries.select_looks(number), PER_PAGE)
    return render_template("archive/looks.html", rows=rows, search=number)


@bp.get("/rights")
@requires(Action.CASE_ANSWER)
def rights() -> ResponseReturnValue:
    """Redirect to the rights on the start page."""
    return redirect(url_for("reports.today", show="rights"), 303)


def _find_own(actor: Actor) -> Staff | None:
    """Return the person of an account, or None."""
    return db.session.get(Staff, actor.staff_id) if actor.staff_id is not None else None

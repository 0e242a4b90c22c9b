"""The archive of a person, the search across archives, and the page of one's own rights.

HR opens an archive before a meeting and prints it. The person opens their rights after a letter and
wants to know: what is said of me, what may I do, until when, who looked.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from evalsys.archive import queries
from evalsys.calendars.queries import working_days
from evalsys.cases.kinds import kind_of
from evalsys.cases.rules import Duty
from evalsys.cases.service import record_look
from evalsys.core import pages
from evalsys.core.extensions import db
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.org.models import Staff
from evalsys.remedies.service import contestable_steps

bp = Blueprint("archive", __name__)

PER_PAGE = 30  # people


@bp.app_template_global()
def actor_searches() -> bool:
    """Say whether the visitor may search across archives."""
    return queries.may_search(current_actor())


@bp.get("/archive")
@requires(Action.CASE_VIEW)
def index() -> ResponseReturnValue:
    """Search across the archives that the visitor may open; with one only, go there."""
    actor, on = current_actor(), pages.today()
    if not queries.may_search(actor):
        return redirect(url_for(".rights"), 303)
    search = request.args.get("q", "").strip()
    with_cases = request.args.get("which") == "cases"
    rows = db.paginate(
        queries.select_people(actor, on=on, search=search, with_cases=with_cases),
        per_page=PER_PAGE,
        max_per_page=PER_PAGE,
    )
    return render_template(
        "archive/index.html",
        rows=rows,
        sections=queries.sections_of(rows.items, on),
        cases=queries.open_cases_of(actor, rows.items, on),
        search=search,
        which="cases" if with_cases else "",
    )


@bp.get("/archive/<number>")
@requires(Action.CASE_VIEW)
def show(number: str) -> ResponseReturnValue:
    """Show an archive; a look by somebody else is noted, and the person sees it."""
    actor, on = current_actor(), pages.today()
    staff = queries.get_person(actor, number, on=on)
    record_look(actor, staff.id, "archive", now=pages.now())
    is_own = staff.id == actor.staff_id
    return render_template(
        "archive/show.html",
        staff=staff,
        section=queries.sections_of([staff], on).get(staff.id),
        scores=queries.list_scores(staff),
        records=queries.list_records(actor, staff, on=on),
        postings=queries.list_postings(staff),
        statuses=queries.list_statuses(staff),
        looks=queries.list_looks(staff) if is_own else [],
        is_own=is_own,
    )


@bp.get("/rights")
@requires(Action.CASE_ANSWER)
def rights() -> ResponseReturnValue:
    """Show somebody their own cases, deadlines, remedies, and who looked at their file."""
    actor, on = current_actor(), pages.today()
    staff = db.session.get(Staff, actor.staff_id) if actor.staff_id is not None else None
    if staff is None:  # An account without a person has no file: it has an inbox.
        return redirect(url_for("cases.inbox"), 303)
    records = queries.list_records(actor, staff, on=on)
    return render_template(
        "archive/rights.html",
        staff=staff,
        records=records,
        moves={
            record.case.id: [
                move
                for move in kind_of(record.case).machine.moves_from(record.case.state)
                if move.duty is Duty.PERSON
            ]
            for record in records
        },
        deadlines=queries.own_deadlines(actor, on=on),
        remedies=contestable_steps(actor, on=on),
        looks=queries.list_looks(staff),
        days=working_days(),
        on=on,
    )

"""Pages of front-line visits.

Whoever goes out logs a visit on the phone, also without network, and looks up the own ones; chiefs,
leaders and the supervision office look where people go, and what came of it.
"""

from pathlib import Path

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from evalsys.cases.papers.rules import BadAttachment
from evalsys.cases.papers.service import TooManyFiles, send_stored
from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.forms import form_page
from evalsys.core.guards import current_actor, public, requires
from evalsys.core.pages import INFO, now, paginate, today
from evalsys.core.permissions import Action
from evalsys.supervision.matters.places import organ_choices, section_choices
from evalsys.supervision.visits.forms import VisitForm
from evalsys.supervision.visits.queries import (
    count_visits,
    get_visit,
    list_organs,
    read_filter,
    sees_case,
    select_visits,
)
from evalsys.supervision.visits.rules import MOST_PHOTOS
from evalsys.supervision.visits.service import log_visit
from evalsys.supervision.visits.words import outcome_choices

bp = Blueprint("visits", __name__)

PER_PAGE = 30  # visits


@bp.get("/visits")
@requires(Action.VISIT_VIEW)
def index() -> ResponseReturnValue:
    """List the visits that the visitor may see, the latest first."""
    actor, on, wanted = current_actor(), today(), read_filter(request.args)
    rows = paginate(select_visits(actor, wanted, on), PER_PAGE, count_visits(actor, wanted, on))
    return render_template(
        "visits/index.html",
        rows=rows,
        wanted=wanted,
        outcomes=outcome_choices(),
        organs=organ_choices(actor, on),
        sections=section_choices(actor, on, wanted.organ),
    )


@bp.route("/visits/new", methods=["GET", "POST"])
@requires(Action.VISIT_LOG)
def new() -> ResponseReturnValue:
    """Log a visit. What is sent again, as after a lost answer, leads to the visit on file."""
    form, problem = _form(), ""
    if form.validate_on_submit():
        try:
            logged = log_visit(current_actor(), form.entry(), form.sent, now=now())
        except (BadAttachment, TooManyFiles) as error:
            form.photos.errors = [words_of(error)]
        except DomainError as error:
            problem = words_of(error)
        else:
            if logged.is_new:
                flash(_("The visit is on file."), "success")
            else:
                flash(_("This visit was on file already; it was stored once."), INFO)
            return redirect(url_for(".show", visit_id=logged.visit_id), 303)
    if form.sent and not form.photos.errors:
        form.photos.errors = [_("The files were not kept. Please choose them again.")]
    account = current_user.actor.user_id
    return form_page(
        "visits/new.html", form=form, problem=problem, account=account, most=MOST_PHOTOS
    )


@bp.get("/visits/offline")
@requires(Action.VISIT_LOG)
def offline() -> ResponseReturnValue:
    """Show the form that the browser keeps for when there is no network: it names nobody."""
    return form_page("visits/offline.html", form=_form(), most=MOST_PHOTOS)


@bp.get("/visits/worker.js")
@public
def worker() -> Response:
    """Send the script that opens the form without network; here, since its folder is its reach."""
    script = Path(current_app.static_folder or "") / "visits-worker.js"
    return Response(script.read_bytes(), mimetype="text/javascript")


@bp.get("/visits/<int:visit_id>")
@requires(Action.VISIT_VIEW)
def show(visit_id: int) -> ResponseReturnValue:
    """Show a visit with its photos and its follow-up."""
    actor, on = current_actor(), today()
    visit = get_visit(actor, visit_id, on)
    may_open = visit.matter is not None and sees_case(actor, visit.matter, on)
    return render_template("visits/show.html", visit=visit, may_open=may_open)


@bp.get("/visits/<int:visit_id>/photos/<int:place>")
@requires(Action.VISIT_VIEW)
def photo(visit_id: int, place: int) -> ResponseReturnValue:
    """Send a photo of a visit, by its place from 1, for download."""
    photos = get_visit(current_actor(), visit_id, today()).photos
    if not 1 <= place <= len(photos):
        raise NotFound
    return send_stored(photos[place - 1])


def _form() -> VisitForm:
    form = VisitForm()
    form.offer(list(list_organs()))
    if form.visited_on.data is None and not form.is_submitted():
        form.visited_on.data = today()
    return form

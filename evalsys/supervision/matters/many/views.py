"""Pages for many matters at once: the ticked ones are accepted, or assigned to one section."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import select_cases
from evalsys.cases.engine.rules.entries import BadEntry
from evalsys.cases.engine.words import problem_words
from evalsys.cases.inbox.waiting import waits_for
from evalsys.core import pages
from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.forms import Form, form_page
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.queries import staff_by_number
from evalsys.supervision.matters.many.forms import AssignForm
from evalsys.supervision.matters.many.service import take_in_each
from evalsys.supervision.matters.places import list_sections
from evalsys.supervision.matters.queries import matters_among
from evalsys.supervision.matters.rules import KIND

bp = Blueprint("many", __name__)

MOST = 100  # matters at once


@bp.route("/matters/accept", methods=["GET", "POST"])
@requires(Action.MATTER_HANDLE)
def accept() -> ResponseReturnValue:
    """Show the ticked matters that were taken in, and accept them."""
    cases = _ticked("taken_in")
    if not cases:
        return _nothing()
    form = Form()
    if form.validate_on_submit():
        return _carried_out("many/accept.html", form, cases, ("accept",), {})
    return _page("many/accept.html", form, cases)


@bp.route("/matters/assign", methods=["GET", "POST"])
@requires(Action.MATTER_HANDLE)
def assign() -> ResponseReturnValue:
    """Ask to whom the ticked matters go, repeat it with names, and assign them."""
    cases = _ticked("accepted", "refused")
    if not cases:
        return _nothing()
    form = AssignForm()
    if not form.validate_on_submit():
        return _page("many/assign.html", form, cases)
    section = _section(form)
    number = form.handler.data or ""
    person = staff_by_number([number]).get(number)
    if section is None:
        form.section.errors = [_("There is no section %(code)s today.", code=form.section.data)]
    if person is None:
        form.handler.errors = [_("Nobody has the staff number %(number)s.", number=number)]
    if section is None or person is None:
        return _page("many/assign.html", form, cases)
    if not form.sure.data:
        form.sure.data = "yes"
        return render_template(
            "many/confirm.html",
            form=form,
            cases=cases,
            matters=matters_among([case.id for case in cases]),
            section=section,
            person=person,
        )
    moves = ("assign", "assign_finally")
    return _carried_out("many/assign.html", form, cases, moves, form.entry)


def _section(form: AssignForm) -> Section | None:
    sections = list_sections(current_actor(), pages.today())
    return next((one for one in sections if one.code == form.section.data), None)


def _ticked(*states: str) -> Sequence[Subject]:
    """Return the matters in the query string that wait for the visitor, in some states."""
    wanted, actor, on = (
        request.args.getlist("case", type=int)[:MOST],
        current_actor(),
        pages.today(),
    )
    query = select_cases(actor, on=on, kind=KIND).where(waits_for(actor, on))
    query = query.where(Subject.id.in_(wanted), Subject.state.in_(states))
    return db.session.scalars(query.order_by(None).order_by(Subject.id)).all()


def _nothing() -> ResponseReturnValue:
    flash(_("None of the ticked matters is at this step."), pages.FAILED)
    return redirect(url_for("matters.index"), 303)


def _page(template: str, form: Form, cases: Sequence[Subject], **facts: Any) -> ResponseReturnValue:
    matters = matters_among([case.id for case in cases])
    return form_page(
        template, form=form, cases=cases, matters=matters, refused=facts.pop("refused", {}), **facts
    )


def _carried_out(
    template: str,
    form: Form,
    cases: Sequence[Subject],
    moves: Sequence[str],
    entry: Mapping[str, Any],
) -> ResponseReturnValue:
    """Take the step in each matter; show those that refused it with the reason of each."""
    actor, states = current_actor(), {case.state for case in cases}
    report = take_in_each(actor, cases, moves, entry, now=pages.now())
    if report.done:
        words = ngettext("%(num)s matter moved on.", "%(num)s matters moved on.", report.done)
        flash(words, "success")
    if not report.refused:
        return redirect(url_for("matters.index"), 303)
    left = [case for case in _ticked(*states) if case.id in report.refused]
    if not left:
        raise NotFound
    if isinstance(form, AssignForm):
        form.sure.data = ""  # What is changed now is looked through again.
    refused = {case_id: _why(error) for case_id, error in report.refused.items()}
    return _page(template, form, left, refused=refused)


def _why(error: DomainError) -> str:
    return problem_words(error) if isinstance(error, BadEntry) else words_of(error)

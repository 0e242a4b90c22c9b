"""Pages of the roster of a day.

HR looks somebody up (by name, number, pinyin or section), opens their page to see since when they
are where, and changes one person without a file; or takes the roster of a day along in Excel.
"""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError
from evalsys.core.forms import given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import now, paginate, today
from evalsys.core.permissions import Action
from evalsys.foundation.spreadsheets.blueprint import asked_language, bp, send_written
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.org.rules import covers
from evalsys.organisation.org.words import EMPLOYMENTS, STATUSES
from evalsys.roster.people.forms import SEX_WORDS, PersonForm, change_form, mark_of
from evalsys.roster.people.queries import (
    History,
    PeopleFilter,
    get_person,
    list_sections,
    places_of,
    read_history,
    select_people,
)
from evalsys.roster.people.service import Leads, PersonChange, check_change
from evalsys.roster.people.sheets import RosterRequest, cells_of, export_roster, file_name
from evalsys.roster.words import ON_DUTY

PER_PAGE = 50
WORDS: dict[str, Any] = {
    "statuses": STATUSES,
    "employments": EMPLOYMENTS,
    "on_duty": ON_DUTY,
    "sexes": SEX_WORDS,
}


@bp.get("/roster")
@requires(Action.EXCHANGE_IMPORT)
def people() -> ResponseReturnValue:
    """List the people of a day, found by number, name, pinyin, section or status."""
    actor = current_actor()
    wanted = PeopleFilter(
        asked_day(), *(request.args.get(name, "").strip() for name in ("q", "section", "status"))
    )
    rows = paginate(select_people(actor, wanted), PER_PAGE)
    sections = list_sections(actor, wanted.on)
    return render_template(
        "roster/people.html",
        rows=rows,
        wanted=wanted,
        places=places_of(rows.items, wanted.on),
        sections=[(row.code, f"{row.organ.name} {row.name}") for row in sections],
        on=today(),
        lang=asked_language(),
        **WORDS,
    )


@bp.get("/roster/people/<number>")
@requires(Action.EXCHANGE_IMPORT)
def person(number: str) -> ResponseReturnValue:
    """Show everything dated about a person."""
    on = today()
    staff = get_person(current_actor(), number, on)
    history = read_history(staff)
    return render_template(
        "roster/person.html",
        staff=staff,
        history=history,
        place=history.place(on),
        **WORDS,
    )


@bp.route("/roster/people/<number>/change", methods=["GET", "POST"])
@requires(Action.EXCHANGE_IMPORT)
def change(number: str) -> ResponseReturnValue:
    """Show the form of a person; what is sent is looked at as an import of one row."""
    actor, on = current_actor(), today()
    staff = get_person(actor, number, on)
    history = read_history(staff)
    sections = list_sections(actor, on)
    cells = cells_of(staff, history.place(on))
    led = _led(history, sections, on)
    form = change_form(cells, sections, is_chief=led is not None)
    if not form.validate_on_submit():
        return _form(form, staff), 400 if form.is_submitted() else 200
    if form.saw != mark_of(cells):
        form.shows(mark_of(cells), anew=True)
        form.reason.errors = [_("Somebody changed this person meanwhile: compare, and send again.")]
        return _form(form, staff), 409
    changed = form.changed(cells)
    wanted = PersonChange(
        staff,
        changed,
        changed.get("section_code") or cells.get("section_code"),
        given(form.reason.data),
        Leads(form.leads.data),
        form.chief_since.data,
        led,
    )
    try:
        batch = check_change(actor, wanted, now=now())
    except DomainError as error:
        form.reason.errors = [words_of(error)]
        return _form(form, staff), error.status
    return redirect(url_for("exchange.roster_batch", batch_id=batch.id), 303)


def _form(form: PersonForm, staff: Staff) -> str:
    return render_template("roster/change.html", form=form, staff=staff)


def _led(history: History, sections: Sequence[Section], on: date) -> Section | None:
    """Return which of some sections a person leads on a day."""
    here = {section.id for section in sections}
    led = (term.section for term in history.chief_terms if covers(term, on))
    return next((section for section in led if section.id in here), None)


@bp.get("/roster/export")
@requires(Action.EXCHANGE_EXPORT)
def roster_export() -> ResponseReturnValue:
    """Send the roster of a day in the import's own columns."""
    wanted = RosterRequest(current_actor(), asked_day(), asked_language(), now())
    return send_written(partial(export_roster, wanted), file_name(wanted))


def asked_day() -> date:
    """Return the day that the address asks for; today for none, or for what is no day."""
    try:
        return date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return today()

"""Downloads of workbooks, with the filters and the scope of the page."""

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from evalsys.core.city import say
from evalsys.core.forms import Form, form_page, given
from evalsys.core.frame.menus import Link
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import local_day, now
from evalsys.core.permissions import Action
from evalsys.exports.approval import rules
from evalsys.exports.approval import service as large
from evalsys.exports.approval.forms import AskForm
from evalsys.exports.approval.queries import find_same, has_decider
from evalsys.exports.books import file_name
from evalsys.exports.models import LargeExport
from evalsys.exports.service import (
    count_rows,
    count_taken,
    is_long,
    may_export,
    people_of,
    request_export,
    start_export,
)
from evalsys.exports.service import export as write_export
from evalsys.foundation.spreadsheets.blueprint import asked_language, bp, send_written
from evalsys.results.reports.sheets.registry import all_books
from evalsys.results.reports.sheets.request import ExportRequest, clean_filters


@bp.route("/export/<name>/<period>", methods=["GET", "POST"])
@requires(Action.EXCHANGE_EXPORT)
def export(name: str, period: str) -> ResponseReturnValue:
    """Send a workbook, in Chinese unless the page is English.

    One with many people needs approval, and a long one is written by a job: both after a
    confirmation, since a GET must start nothing.
    """
    actor, moment, filters = current_actor(), now(), clean_filters(request.args)
    wanted = request_export(actor, name, period, filters, lang=asked_language(), now=moment)
    people = people_of(wanted)
    taken = count_taken(wanted, people)
    if rules.is_large(taken):
        return _ask(wanted, len(people), taken)
    if is_long(wanted):
        return _start(wanted)
    return send_export(wanted)


def send_export(wanted: ExportRequest, agreed: LargeExport | None = None) -> ResponseReturnValue:
    """Write a workbook and send it."""
    return send_written(partial(write_export, wanted, agreed=agreed), file_name(wanted))


def title_of(name: str) -> str:
    """Return the title of a workbook in the language of the page."""
    return say(all_books()[name].title, str(get_locale()))


def _ask(wanted: ExportRequest, persons: int, taken: int) -> ResponseReturnValue:
    """Explain why a second person is needed, ask for the purpose, and store the request."""
    same = find_same(wanted, persons, local_day(wanted.at))
    if same is not None:
        return redirect(url_for("exchange.large_export", export_id=same.id), 303)
    form = AskForm()
    if form.validate_on_submit():
        row = large.ask(wanted, persons, given(form.purpose.data))
        flash(_("Asked for. Somebody else sees it now on their first page."))
        return redirect(url_for("exchange.large_export", export_id=row.id), 303)
    return form_page(
        "exports/ask.html",
        form=form,
        wanted=wanted,
        title=title_of(wanted.name),
        persons=persons,
        taken=taken,
        rules=rules,
        has_decider=has_decider(wanted),
    )


def _start(wanted: ExportRequest) -> ResponseReturnValue:
    """Confirm a long export, then start the job that writes it."""
    form = Form()
    if form.validate_on_submit():
        return redirect(url_for("jobs.show", job_id=start_export(wanted).id), 303)
    return render_template(
        "exports/long.html",
        form=form,
        wanted=wanted,
        title=title_of(wanted.name),
        rows=count_rows(wanted),
    )


@bp.app_template_global()
def workbooks(period: str) -> list[Link]:
    """Return links to the workbooks of a closed period that the user may export."""
    actor = current_actor()
    return [
        Link(url_for("exchange.export", name=name, period=period), title_of(name))
        for name in all_books()
        if may_export(actor, name)
    ]

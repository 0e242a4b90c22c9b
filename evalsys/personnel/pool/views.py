"""The pages of the pool: start a return, the board, training and notes of a stay.

The first page shows the chief what was tried, what protects the person and how many returns are
left, before it opens a draft. The board shows the personnel office what is late.
"""

from contextlib import suppress

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.cases.deadlines.queries import open_deadlines
from evalsys.cases.deadlines.rules import add_months
from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import duties_of, get_case
from evalsys.cases.engine.twice import OnFile
from evalsys.core import pages
from evalsys.core.error_pages import words_of
from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.forms import Form, form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate
from evalsys.core.permissions import Action
from evalsys.foundation.calendars.queries import working_days
from evalsys.personnel.duties import Duty
from evalsys.personnel.pool import queries
from evalsys.personnel.pool.board import COLUMNS, BoardFilter, read_board, select_cards
from evalsys.personnel.pool.forms import NoteForm, ResultForm, UnitForm
from evalsys.personnel.pool.models import TrainingUnit
from evalsys.personnel.pool.rules.figures import FEW
from evalsys.personnel.pool.rules.stays import MENTOR
from evalsys.personnel.pool.service import (
    POOL_KIND,
    NotOverYet,
    ResultWritten,
    ReturnOpen,
    add_note,
    add_unit,
    draft_return,
    find_returnable,
    finish_unit,
)
from evalsys.personnel.pool.statistics import read_figures, read_statistics
from evalsys.personnel.pool.words import training_words

PER_PAGE = 24  # cards of one column
bp = Blueprint("pool", __name__)


@bp.get("/pool")
@requires(Action.PERSONNEL_VIEW)
def board() -> ResponseReturnValue:
    """Show open returns and stays by stage: the first of each, or one stage paginated."""
    actor, on = current_actor(), pages.today()
    wanted = BoardFilter.read(request.args)
    if wanted.column:
        query = select_cards(actor, wanted, on=on)
        rows = paginate(query, PER_PAGE)
        columns, cards, number = [], rows.items, rows.total
    else:
        rows, columns = None, read_board(actor, wanted, on=on)
        cards = [case for shown in columns for case in shown.cards]
        number = sum(shown.total for shown in columns)
    return render_template(
        "pool/board.html",
        columns=columns,
        rows=rows,
        labels={column.name: _(column.label) for column in COLUMNS},
        number=number,
        deadlines=open_deadlines([case.id for case in cards], on),
        figures=read_figures(actor, on=on),
        days=working_days(),
        on=on,
        wanted=wanted,
    )


@bp.get("/pool/statistics")
@requires(Action.PERSONNEL_VIEW)
def statistics() -> ResponseReturnValue:
    """Show the statistics of the pool by kind of training: of twelve months or all time."""
    actor, on = current_actor(), pages.today()
    is_all = request.args.get("since") == "all"
    since = None if is_all else add_months(on, -queries.YEAR)
    totals = read_statistics(actor, on=on, since=since)
    rows = [
        (_("All stays"), totals.all),
        *((_(training_words(kind)), figures) for kind, figures in totals.by_kind.items()),
        (_("Without training so far"), totals.without),
    ]
    return render_template("pool/statistics.html", rows=rows, is_all=is_all, few=FEW)


@bp.route("/pool/return/<number>", methods=["GET", "POST"])
@requires(Action.CASE_PROPOSE)
def propose(number: str) -> ResponseReturnValue:
    """Show what a return needs and what protects the person, then open a draft."""
    actor, on = current_actor(), pages.today()
    staff, section = find_returnable(actor, number, on=on)
    form, problem = Form(), ""
    if form.validate_on_submit():
        try:
            case = draft_return(actor, number, now=pages.now())
        except ReturnOpen as error:
            problem = words_of(error)
        else:
            flash(_("The draft is open. Nobody but you and the offices sees it yet."), "success")
            return redirect(url_for("cases.show", case_id=case.id), 303)
    standing = queries.standing_of(staff.id, section.id, actor.user_id, on)
    return form_page(
        "pool/propose.html",
        staff=staff,
        section=section,
        form=form,
        problem=problem,
        protection=standing.status or standing.shield,
        proposed=standing.proposed,
        cap=standing.cap,
    )


@bp.route("/pool/<int:case_id>/note", methods=["GET", "POST"])
@requires(Action.CASE_NOTE)
def note(case_id: int) -> ResponseReturnValue:
    """Write the mentor's note of the week."""
    case, form = _stay(case_id, MENTOR), NoteForm()
    if form.validate_on_submit():
        with suppress(OnFile):
            add_note(current_actor(), case.id, given(form.body.data), now=pages.now())
        flash(_("The note is on file."), "success")
        return redirect(url_for("cases.show", case_id=case.id), 303)
    return form_page("pool/note.html", case=case, form=form)


@bp.route("/pool/<int:case_id>/training", methods=["GET", "POST"])
@requires(Action.CASE_HANDLE)
def training(case_id: int) -> ResponseReturnValue:
    """Add a unit of training."""
    case, form = _stay(case_id, Duty.PERSONNEL), UnitForm()
    if form.validate_on_submit():
        try:
            with suppress(OnFile):
                add_unit(
                    current_actor(),
                    case.id,
                    kind=form.chosen,
                    title=given(form.title.data),
                    place=given(form.place.data),
                    span=(given(form.starts_on.data), given(form.ends_on.data)),
                    hours=given(form.hours.data),
                    result=form.result.data,
                    now=pages.now(),
                )
        except NotOverYet as error:
            form.result.errors = [words_of(error)]
        else:
            flash(_("The training is on file."), "success")
            return redirect(url_for("cases.show", case_id=case.id), 303)
    return form_page("pool/training.html", case=case, form=form)


@bp.route("/pool/training/<int:unit_id>", methods=["GET", "POST"])
@requires(Action.CASE_HANDLE)
def result(unit_id: int) -> ResponseReturnValue:
    """Write the result of a unit of training."""
    unit = db.session.get_one(TrainingUnit, unit_id)
    case, form = _stay(unit.case_id, Duty.PERSONNEL), ResultForm()
    if form.validate_on_submit():
        try:
            finish_unit(current_actor(), unit.id, given(form.result.data), now=pages.now())
        except (NotOverYet, ResultWritten) as error:
            form.result.errors = [words_of(error)]
        else:
            flash(_("The result is on file."), "success")
            return redirect(url_for("cases.show", case_id=case.id), 303)
    return form_page("pool/result.html", case=case, unit=unit, form=form)


def _stay(case_id: int, duty: str) -> Subject:
    """Return an open stay in which the visitor has a duty. Raises NotFound."""
    actor, on = current_actor(), pages.today()
    case = get_case(actor, case_id, on=on)
    is_open = case.kind == POOL_KIND.name and case.closed_at is None
    if not is_open or duty not in duties_of(actor, case, on):
        raise NotFound
    return case

"""The pages of cases: the list, one case, one step, evidence.

A case's page shows where it stands, what the next step lacks, by when and why, and leads to that
step.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.cases.deadlines.queries import (
    list_agreeable,
    list_changes,
    list_deadlines,
    open_deadlines,
    running_first,
    terms_of,
)
from evalsys.cases.engine import queries
from evalsys.cases.engine.attempts import attempt, is_repeated
from evalsys.cases.engine.choices import decide
from evalsys.cases.engine.duties import action_of, all_duties, powers_of
from evalsys.cases.engine.forms import EvidenceForm, PlainForm, step_form
from evalsys.cases.engine.holders import holders
from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import Attachment, Subject
from evalsys.cases.engine.rules.duties import Power
from evalsys.cases.engine.rules.machine import Move, NoSuchMove
from evalsys.cases.engine.rules.next_steps import (
    NextStep,
    available_steps,
    barred_duties,
    next_steps,
)
from evalsys.cases.engine.service import add_evidence, page_of_case, record_look
from evalsys.cases.engine.titles import load_titles, names_of
from evalsys.cases.engine.twice import OnFile
from evalsys.cases.engine.words import EVIDENCE, kind_choices, problem_words, stage_words
from evalsys.cases.inbox.waiting import mine_first, waits_for
from evalsys.cases.papers import receipts
from evalsys.cases.papers.rules import BadAttachment
from evalsys.cases.papers.service import TooManyFiles, list_attachments, send_stored
from evalsys.core import pages
from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.forms import form_page, given
from evalsys.core.guards import confirm, current_actor, requires
from evalsys.core.pages import local_day, paginate
from evalsys.core.permissions import Action, Actor, Role
from evalsys.foundation.calendars.queries import working_days

bp = Blueprint("cases", __name__)

PER_PAGE = 20  # cases


@bp.get("/cases")
@requires(Action.CASE_VIEW)
def index() -> ResponseReturnValue:
    """List the cases that the visitor may see, those waiting for them first."""
    actor, on = current_actor(), pages.today()
    which, kind = request.args.get("which", "live"), request.args.get("kind", "")
    search = request.args.get("q", "").strip()
    query = queries.select_ids(actor, on=on, kind=kind, which=which, search=search)
    if which == "mine":
        query = query.where(waits_for(actor, on))
    rows = paginate(mine_first(query, actor, on), PER_PAGE)
    rows.items = queries.list_cases(rows.items)
    load_titles(rows.items)
    return render_template(
        "cases/index.html",
        rows=rows,
        deadlines=open_deadlines([case.id for case in rows.items], on),
        days=working_days(),
        on=on,
        kinds=kind_choices(),
        kind=kind,
        which=which,
        search=search,
    )


@bp.get("/cases/<int:case_id>")
@requires(Action.CASE_VIEW)
def show(case_id: int) -> ResponseReturnValue:
    """Show one case; views by others are recorded for the person.

    The visitor's messages on it become read, which is the person's receipt.
    """
    actor, on, now = current_actor(), pages.today(), pages.now()
    case = queries.get_case(actor, case_id, on=on)
    if receipts.mark_opened(actor, case, now=now):
        case = queries.get_case(actor, case_id, on=on)
    duties, recused = queries.duties_in(actor, case, on)
    kind, powers = kind_of(case), powers_of(duties)
    facts = kind.facts(case, now)
    terms = terms_of(list_deadlines(case), on)
    steps = next_steps(kind.machine, case.state, duties, facts, terms)
    whose, looked_at = case.staff_id, page_of_case(case)
    page = render_template(
        "cases/show.html",
        case=case,
        steps=available_steps(steps),
        duties=duties,
        barred=_barred(case, steps, recused, on),
        done=queries.list_steps(case),
        companions=[(one.heading, names_of(case, one.by)) for one in kind.duties if one.heading],
        ahead=kind.machine.way(case.state, facts)[1:],
        evidence=queries.list_evidence(case),
        evidence_kinds=EVIDENCE,
        files=list_attachments(case),
        takes_evidence=case.state in kind.takes_evidence and Power.PROVE in powers,
        powers=powers,
        **_deadlines(actor, case, powers, on),
        **_origin(actor, case, on),
        days=working_days(),
        on=on,
        kind=kind,
        **kind.panel_facts(case),
    )
    record_look(actor, whose, looked_at, now=now)  # Begins anew: what was read is forgotten.
    return page


def _barred(
    case: Subject, steps: Sequence[NextStep], recused: frozenset[str], on: date
) -> list[tuple[str, Role | None]]:
    """Return the duties from which recusal keeps the visitor, with the role that nobody else has.

    The role is None where somebody else may take the steps.
    """
    barred = barred_duties(steps, recused)
    return [(duty, None if holders(case, duty, on) else all_duties()[duty].role) for duty in barred]


def _deadlines(actor: Actor, case: Subject, powers: frozenset[Power], on: date) -> dict[str, Any]:
    deadlines = list_deadlines(case)
    return {
        "deadlines": deadlines,
        "running": running_first(deadlines, on),
        "changes": list_changes(case),
        "agreeable": list_agreeable(actor, case, powers),
    }


def _origin(actor: Actor, case: Subject, on: date) -> dict[str, Any]:
    return {"origin": case.origin, "sees_origin": queries.sees_origin(actor, case, on)}


@bp.route("/cases/<int:case_id>/step/<name>", methods=["GET", "POST"])
@requires(Action.CASE_VIEW)
def step(case_id: int, name: str) -> ResponseReturnValue:
    """Show the form of a step with what will follow, and take the step."""
    actor, on, now = current_actor(), pages.today(), pages.now()
    case = queries.get_case(actor, case_id, on=on)
    duties = queries.duties_of(actor, case, on)
    try:
        if name in kind_of(case).machine.forms:
            return decide(actor, case, name, duties, now=now)
        return _take(actor, case, name, duties, now=now)
    except NoSuchMove:
        case = queries.get_case(actor, case_id, on=on)
        if not is_repeated(actor, case, name, now=now):
            raise
        return _taken(case)


def _take(
    actor: Actor, case: Subject, name: str, duties: frozenset[str], *, now: datetime
) -> ResponseReturnValue:
    move, kind, case_id, on = _own_move(case, name, duties), kind_of(case), case.id, local_day(now)
    if move.page:  # The move has a page of its own.
        return redirect(url_for(move.page, case_id=case.id), 303)
    duty = next(duty for duty in move.duties if duty in duties)
    confirm(Action.CASE_DECIDE if move.decides else action_of(duty))
    facts = kind.facts(case, now)
    points = getattr(facts, "points", ())
    form, problem = step_form(move.fields, points), ""
    if form.validate_on_submit():
        problem = attempt(actor, case.id, name, form.entry(), now=now, form=form)
        if not problem:
            return _taken(db.session.get_one(Subject, case_id))
        case = queries.get_case(actor, case_id, on=on)
        facts = kind.facts(case, now)
    form.warn()
    return form_page(
        "cases/step.html",
        case=case,
        move=move,
        points=points,
        form=form,
        problem=problem,
        conditions=[check(facts) for check in move.checks],
        owners=kind.machine.owners,
        above_template=kind.above_steps.get(move.name, ""),
    )


@bp.route("/cases/<int:case_id>/evidence", methods=["GET", "POST"])
@requires(Action.CASE_VIEW)
def evidence(case_id: int) -> ResponseReturnValue:
    """Add a piece of evidence to a case."""
    actor = current_actor()
    case = queries.get_case(actor, case_id, on=pages.today())
    duties = queries.duties_of(actor, case, pages.today())
    if case.state not in kind_of(case).takes_evidence or Power.PROVE not in powers_of(duties):
        raise NotFound
    form, problem = EvidenceForm(), ""
    if form.validate_on_submit():
        try:
            with suppress(OnFile):
                add_evidence(
                    actor,
                    case.id,
                    form.chosen,
                    given(form.title.data),
                    given(form.body.data),
                    now=pages.now(),
                    files=form.sent,
                )
        except (BadAttachment, TooManyFiles) as error:
            problem = problem_words(error)
            case = queries.get_case(actor, case_id, on=pages.today())
        else:
            flash(_("The evidence is on file."), "success")
            return redirect(url_for(".show", case_id=case_id), 303)
    form.warn()
    return form_page("cases/evidence.html", case=case, form=form, problem=problem)


@bp.get("/attachments/<int:attachment_id>")
@requires(Action.CASE_VIEW)
def attachment(attachment_id: int) -> ResponseReturnValue:
    """Send a file of a case for download, never inline."""
    actor = current_actor()
    row = db.session.get_one(Attachment, attachment_id)
    case = queries.get_case(actor, row.subject_id, on=pages.today())
    record_look(actor, case.staff_id, page_of_case(case), now=pages.now())
    return send_stored(row)


@bp.route("/inbox", methods=["GET", "POST"])
@requires(Action.CASE_VIEW)
def inbox() -> ResponseReturnValue:
    """Mark all messages as read; they are listed on the start page."""
    if PlainForm().validate_on_submit():
        receipts.mark_read(current_actor(), now=pages.now())
    return redirect(url_for("reports.today", show="messages"), 303)


def _taken(case: Subject) -> ResponseReturnValue:
    flash(_("Done. The case is now at: %(stage)s.", stage=stage_words(case)), "success")
    return redirect(url_for(".show", case_id=case.id), 303)


def _own_move(case: Subject, name: str, duties: frozenset[str]) -> Move:
    """Return a move of the visitor in the case. Raises NotFound or NoSuchMove."""
    machine = kind_of(case).machine
    known = next((one for one in machine.moves if one.name == name and not one.follows), None)
    if known is None or duties.isdisjoint(known.duties):
        raise NotFound
    move = machine.move(case.state, name)
    if move is None:
        raise queries.why_no_move(case)
    return move

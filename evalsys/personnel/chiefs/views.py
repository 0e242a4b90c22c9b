"""The comparison page of a period, on which commendations are chosen.

The personnel office opens it after a result is published, ticks within the quota and gives reasons;
a second person agrees on the same page before anything is published.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import find_step, get_case
from evalsys.cases.engine.rules.entries import BadEntry
from evalsys.cases.engine.service import note_looks, page_of_case
from evalsys.core import pages
from evalsys.core.audit import Unit, unaudited_unit
from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.forms import Form, form_page
from evalsys.core.guards import confirm, current_actor, requires
from evalsys.core.permissions import Action, Actor
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.queries import get_period
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.personnel.chiefs import commending, places, queries
from evalsys.personnel.chiefs.forms import choice_form, entries_of
from evalsys.scores.models import Result
from evalsys.scores.queries import is_newest

bp = Blueprint("chiefs", __name__)


@bp.get("/cases/<int:case_id>/comparison")
@requires(Action.CASE_COMPARE)
def compare_case(case_id: int) -> ResponseReturnValue:
    """Redirect from a case to the comparison of its newest period."""
    case = get_case(current_actor(), case_id, on=pages.today())
    rows = places.standings(case) if case.kind == places.COMMENDATION else []
    codes = [row.code for row in rows if not row.is_left_out]
    if not codes:
        raise NotFound
    return redirect(url_for(".compare", code=codes[-1]), 303)


@bp.get("/commendations/<code>")
@requires(Action.CASE_COMPARE)
def compare(code: str) -> ResponseReturnValue:
    """Show all candidates of a period, with quota and earlier periods."""
    actor, on = current_actor(), pages.today()
    # Views of the cases, not of the archives: they stay hidden from whoever is not told yet.
    cases = queries.list_candidates(actor, parse_period(code).code, on)
    looks = [(case.staff.id, page_of_case(case)) for case in cases]
    result = _result(code)
    rounds = queries.compare(actor, result, on=on)
    chosen = [
        one.case
        for some in rounds
        for one in some.candidates
        if one.case.state == "chosen" and not one.is_left_out
    ]
    page = render_template(
        "chiefs/compare.html",
        result=result,
        rounds=rounds,
        rules=PolicyRules.from_json(result.policy.rules),
        is_published=result.period.state is PeriodState.PUBLISHED,
        may_choose=actor.may(Action.CASE_HANDLE),
        chosen=chosen,
        to_agree=queries.chosen_by_others(actor, chosen),
    )
    with unaudited_unit():
        note_looks(Unit(actor), looks, now=pages.now())
    return page


@bp.route("/commendations/<code>/choose", methods=["GET", "POST"])
@requires(Action.CASE_HANDLE)
def choose(code: str) -> ResponseReturnValue:
    """Show the ticked candidates, ask for the deeds of each, then choose them."""
    actor, result = current_actor(), _result(code)
    cases = _ticked(actor, result, "proposed")
    if not cases:
        flash(_("Nobody was ticked."), pages.FAILED)
        return redirect(url_for(".compare", code=result.period.code), 303)
    full = places.crowded_out(cases)
    form, problem = choice_form(cases, full), ""
    if form.validate_on_submit():
        try:
            entries = entries_of(form, cases)
            commending.choose(actor, result.period.code, entries, now=pages.now())
        except BadEntry as error:
            problem = _("%(field)s: %(problem)s", **{k: _(str(v)) for k, v in error.params.items()})
        except DomainError as error:
            problem = words_of(error)
        else:
            flash(_("Chosen. Another person has to agree before anything is put up."))
            return redirect(url_for(".compare", code=result.period.code), 303)
        db.session.rollback()
        cases = _ticked(actor, result, "proposed")
        full = places.crowded_out(cases)
        form = choice_form(cases, full)  # The fields may have changed meanwhile.
    return form_page(
        "chiefs/choose.html", result=result, cases=cases, full=full, form=form, problem=problem
    )


@bp.route("/commendations/<code>/agree", methods=["GET", "POST"])
@requires(Action.CASE_COMPARE)
def agree(code: str) -> ResponseReturnValue:
    """Show who was chosen and why, then agree as a second person."""
    confirm(Action.CASE_DECIDE)
    actor, result = current_actor(), _result(code)
    cases = _ticked(actor, result, "chosen")
    if not cases:
        flash(_("Nobody was ticked."), pages.FAILED)
        return redirect(url_for(".compare", code=result.period.code), 303)
    form, problem = Form(), ""
    if form.validate_on_submit():
        try:
            commending.agree(actor, [case.id for case in cases], now=pages.now())
        except DomainError as error:
            problem = words_of(error)
        else:
            words = ngettext(
                "%(num)s chief is on public notice.",
                "%(num)s chiefs are on public notice.",
                len(cases),
            )
            flash(words)
            return redirect(url_for(".compare", code=result.period.code), 303)
        db.session.rollback()
        cases = _ticked(actor, result, "chosen")
    return form_page(
        "chiefs/agree.html",
        result=result,
        chosen=[(case, find_step(case, "choose")) for case in cases],
        form=form,
        problem=problem,
    )


def _result(code: str) -> Result:
    """Return the newest result of a period. Raises NotFound, DomainError or BadPeriod."""
    result = db.session.scalar(
        select(Result)
        .join(Result.period)
        .where(Period.code == parse_period(code).code, is_newest())
        .options(contains_eager(Result.period), joinedload(Result.policy))
    )
    if result is None:
        get_period(code)
        raise NotFound
    return result


def _ticked(actor: Actor, result: Result, state: str) -> list[Subject]:
    """Return the candidates in the query string that the actor may see, in a state."""
    wanted = request.args.getlist("case", type=int)
    query = queries.select_candidates(actor, result.period.code, on=pages.today())
    query = query.where(Subject.id.in_(wanted), Subject.state == state)
    cases = db.session.scalars(query.order_by(None).order_by(Subject.id)).all()
    out = places.left_out(cases)
    return [case for case in cases if result.period.code not in out[case.id]]

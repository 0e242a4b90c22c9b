"""The pages of coordinations: how they go, taking a question up, giving a task.

The head of an organ opens them to begin what no level below has passed on, and to see what of it is
done; chiefs who were called and the supervision office look at how it goes.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from evalsys.cases.engine.attempts import attempt
from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import duties_of, get_case, select_cases, why_no_move
from evalsys.cases.engine.rules.entries import codes_in
from evalsys.core import pages
from evalsys.core.error_pages import words_of
from evalsys.core.errors import N_, DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.forms import form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate
from evalsys.core.permissions import Action, Actor
from evalsys.organisation.org.models import ChiefTerm, Section, Staff
from evalsys.organisation.org.queries import find_posting, overlaps, staff_by_number
from evalsys.supervision.coordination.course import USUAL_LEVELS, Course, CourseBar, bars_of
from evalsys.supervision.coordination.forms import TakeUpForm, TaskForm
from evalsys.supervision.coordination.measures import (
    course_of,
    how_they_went,
    seen,
    usual_course,
)
from evalsys.supervision.coordination.queries import list_takers
from evalsys.supervision.coordination.rules import COORDINATION, KIND
from evalsys.supervision.coordination.service import Question, take_up
from evalsys.supervision.coordination.sheets import ORDINARY
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.places import list_sections

bp = Blueprint("coordination", __name__)

PER_PAGE = 20  # coordinations
LONG_AGO = timedelta(days=3653)
AT_THE_TOP = N_("Top-level coordination")


@bp.get("/coordination")
@requires(Action.COORDINATION_VIEW)
def index() -> ResponseReturnValue:
    """List the coordinations that the visitor may see, and show how they go beside matters."""
    actor, on = current_actor(), pages.today()
    which, text = request.args.get("which", ""), request.args.get("q", "").strip()[:60]
    query = select_cases(actor, on=on, kind=KIND, which=which or "live", search=text)
    went = how_they_went(seen(actor, on), on)
    top, usual = course_of(went.values()), usual_course(actor, on)
    return render_template(
        "coordination/index.html",
        rows=paginate(query, PER_PAGE),
        which=which,
        text=text,
        went=went,
        top=top,
        usual=usual,
        usual_levels=USUAL_LEVELS,
        charts=_charts(top, usual),
    )


def _charts(top: Course, usual: Course) -> list[tuple[str, list[CourseBar]]]:
    """Return the charts beside ordinary matters: title and bars, once a question was decided."""
    if not top.decided:
        return []
    days = ((AT_THE_TOP, top.mean_days), (ORDINARY, usual.mean_days))
    levels = ((AT_THE_TOP, top.mean_levels), (ORDINARY, usual.mean_levels))
    return [
        (_("Days to the first decision"), bars_of(days)),
        (_("Levels passed"), bars_of(levels)),
    ]


@bp.route("/coordination/new", methods=["GET", "POST"])
@requires(Action.COORDINATION_LEAD)
def new() -> ResponseReturnValue:
    """Take a question up, out of nothing or out of a case that got stuck."""
    actor, on = current_actor(), pages.today()
    origin = _origin(actor, on)
    form, problem = TakeUpForm(raised_on=on, conveners=actor.name), ""
    form.offer(list_sections(actor, on))
    if form.validate_on_submit() and _is_over(form, on):
        question = Question(
            given(form.title.data),
            given(form.says.data),
            given(form.conveners.data),
            given(form.raised_on.data),
            form.called,
            origin,
        )
        try:
            case = take_up(actor, question, now=pages.now())
        except DomainError as error:
            problem = words_of(error)
        else:
            flash(
                _("The question is taken up as coordination %(number)s.", number=case.number),
                "success",
            )
            return redirect(url_for("cases.show", case_id=case.id), 303)
    return form_page("coordination/new.html", form=form, problem=problem, origin=origin)


def _origin(actor: Actor, on: date) -> Subject | None:
    """Return the case in the query string, out of which a question came up. Raises NotFound."""
    case_id = request.args.get("from", type=int)
    return get_case(actor, case_id, on=on) if case_id else None


def _is_over(form: TakeUpForm, on: date) -> bool:
    """Return whether the day of raising is one of the last ten years; say so at the field else."""
    raised = given(form.raised_on.data)
    if raised > on:
        words = _("A question cannot be raised on a day that is still to come.")
    elif raised < on - LONG_AGO:
        words = _("This is more than ten years ago. Check the year.")
    else:
        return True
    form.raised_on.errors = [words]
    return False


@bp.route("/coordination/<int:case_id>/task", methods=["GET", "POST"])
@requires(Action.COORDINATION_LEAD)
def task(case_id: int) -> ResponseReturnValue:
    """Give a task in a coordination."""
    actor, on = current_actor(), pages.today()
    case = get_case(actor, case_id, on=on)
    if case.kind != KIND or MatterDuty.CONVENER not in duties_of(actor, case, on):
        raise NotFound
    if COORDINATION.move(case.state, "task") is None:
        raise why_no_move(case)
    form, problem = TaskForm(), ""
    sections = list_takers(actor, case, on)
    form.offer(sections, actor.organ_id)
    if form.validate_on_submit() and (handler := _handler(form, sections, on)):
        problem = attempt(actor, case.id, "task", form.entry(handler), now=pages.now())
        if not problem:
            flash(_("The task is given; the section has to sign for it."), "success")
            return redirect(url_for("cases.show", case_id=case_id), 303)
        case = get_case(actor, case_id, on=on)
    return form_page("coordination/task.html", case=case, form=form, problem=problem)


def _handler(form: TaskForm, sections: Sequence[Section], on: date) -> str:
    """Return the number of the responsible person, by default the chief; "" with the errors."""
    section = next(one for one in sections if one.code == form.section.data)
    known = {one.code for one in sections}
    unknown = [code for code in codes_in(form.co_owners.data or "") if code not in known]
    if unknown:
        form.co_owners.errors = [_("There is no section %(code)s today.", code=unknown[0])]
    if (until := given(form.until.data)) <= on:
        form.until.errors = [_("%(day)s is not ahead.", day=pages.day_words(until))]
    number = form.handler.data or _chief(section, on)
    person = staff_by_number([number]).get(number)
    posting = find_posting(person.id, on) if person else None
    if not number:
        form.handler.errors = [_("The section has no chief today: please name somebody.")]
    elif posting is None or posting.section_id != section.id:
        words = _(
            "%(number)s does not belong to section %(code)s today.",
            number=number,
            code=section.code,
        )
        form.handler.errors = [words]
    return "" if form.errors else number


def _chief(section: Section, on: date) -> str:
    """Return the staff number of the chief of a section, or ""."""
    led = select(Staff.number).join(ChiefTerm, ChiefTerm.staff_id == Staff.id)
    led = led.where(ChiefTerm.section_id == section.id, overlaps(ChiefTerm, on, on))
    return db.session.scalar(led.limit(1)) or ""

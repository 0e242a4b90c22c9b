"""The way from a bad review to a shorter process, as a page.

The supervision office opens it to see which processes people complain of, names the service matter,
and comes back to see whether the marks got better after the measure. Others read what they may see.
"""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import DataRequired

from evalsys.cases.engine.titles import organ_of
from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.forms import Form, SelectChoice, form_page
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate
from evalsys.core.permissions import Action
from evalsys.reform.reductions.causes.queries import read_causes, select_candidates
from evalsys.reform.reductions.causes.service import name_cause
from evalsys.reform.reductions.queries import ReductionFilter, select_current
from evalsys.supervision.matters.models import Matter

bp = Blueprint("causes", __name__)

PER_PAGE = 20  # candidates


class CauseForm(Form):
    """The service matter of a candidate."""

    matter = SelectField(_l("Service matter"), [DataRequired(_l("Please fill this in."))])


@bp.get("/reform/reductions/causes")
@requires(Action.REFORM_VIEW)
def index() -> ResponseReturnValue:
    """Show each reason with its service matter, the measure, and the marks before and after."""
    rows = paginate(select_candidates(current_actor(), pages.today()), PER_PAGE)
    return render_template("causes/index.html", rows=rows, lines=read_causes(rows.items))


@bp.route("/reform/reductions/causes/<int:case_id>", methods=["GET", "POST"])
@requires(Action.REDUCTION_ENTER)
def name(case_id: int) -> ResponseReturnValue:
    """Name the service matter of a candidate, among those of its organ."""
    actor, on = current_actor(), pages.today()
    query = select_candidates(actor, on).where(Matter.subject_id == case_id)
    candidate = db.session.scalar(query)
    if candidate is None:
        raise NotFound
    organ = organ_of(candidate.subject)
    wanted = ReductionFilter(organ=organ.code if organ else "")
    matters = {
        str(row.matter.id): row.matter
        for row in db.session.scalars(select_current(actor, wanted, {}, on))
    }
    form = CauseForm()
    form.matter.choices = [
        SelectChoice("", _("Please choose")),
        *(SelectChoice(key, f"{one.name}（{one.code}）") for key, one in matters.items()),
    ]
    if form.validate_on_submit():
        with unit_of_work(actor) as unit:
            name_cause(unit, candidate, matters[form.matter.data], now=pages.now())
        flash(_("The service matter is named."), "success")
        return redirect(url_for("causes.index"), 303)
    return form_page("causes/name.html", form=form, candidate=candidate)

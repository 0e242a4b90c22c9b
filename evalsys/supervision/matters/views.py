"""The pages of matters: the list, and taking one in."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from evalsys.cases.deadlines.queries import open_deadlines
from evalsys.cases.engine.queries import select_cases
from evalsys.cases.inbox.waiting import mine_first
from evalsys.core import pages
from evalsys.core.error_pages import words_of
from evalsys.core.extensions import db
from evalsys.core.forms import form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.org.models import Organ
from evalsys.supervision.matters.forms import MatterForm
from evalsys.supervision.matters.queries import matters_among
from evalsys.supervision.matters.rules import KIND
from evalsys.supervision.matters.service import AlreadyOnFile, MatterEntry, open_matter

bp = Blueprint("matters", __name__)

PER_PAGE = 50  # matters


@bp.get("/matters")
@requires(Action.LIGHTS_VIEW)
def index() -> ResponseReturnValue:
    """List the open matters that the visitor may see, those waiting for them first."""
    actor, on = current_actor(), pages.today()
    query = select_cases(actor, on=on, kind=KIND, which="live")
    rows = paginate(mine_first(query, actor, on), PER_PAGE)
    ids = [case.id for case in rows.items]
    return render_template(
        "matters/index.html",
        rows=rows,
        matters=matters_among(ids),
        deadlines=open_deadlines(ids, on),
        days=working_days(),
        on=on,
    )


@bp.route("/matters/new", methods=["GET", "POST"])
@requires(Action.MATTER_HANDLE)
def take_in() -> ResponseReturnValue:
    """Take a matter in."""
    actor = current_actor()
    organs = {organ.code: organ for organ in _organs(actor)}
    form, problem = MatterForm(), ""
    form.offer(list(organs.values()))
    if form.validate_on_submit():
        entry = MatterEntry(
            form.chosen,
            organs[given(form.organ.data)],
            given(form.title.data),
            given(form.says.data),
            form.reference.data,
        )
        try:
            case = open_matter(actor, entry, now=pages.now())
        except AlreadyOnFile as error:
            problem = words_of(error)
        else:
            flash(_("Taken in as matter %(number)s.", number=case.number), "success")
            return redirect(url_for("cases.show", case_id=case.id), 303)
    return form_page("matters/new.html", form=form, problem=problem)


def _organs(actor: Actor) -> list[Organ]:
    """Return the organs that the office of the actor sees."""
    query = select(Organ).order_by(Organ.code)
    if actor.organ_id is not None:
        query = query.where(Organ.id == actor.organ_id)
    return list(db.session.scalars(query))

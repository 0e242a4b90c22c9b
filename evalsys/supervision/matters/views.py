"""The pages of matters: the list, and taking one in."""

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from evalsys.cases.engine.models import Deadline, Subject
from evalsys.cases.inbox.waiting import waits_for
from evalsys.core import pages
from evalsys.core.error_pages import words_of
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.forms import form_page, given
from evalsys.core.guards import current_actor, requires
from evalsys.core.pages import paginate
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.org.models import Organ
from evalsys.supervision.matters.filters import (
    MatterFilter,
    count_matters,
    list_terms,
    read_filter,
    select_matters,
)
from evalsys.supervision.matters.forms import MatterForm
from evalsys.supervision.matters.places import organ_choices, section_choices
from evalsys.supervision.matters.queries import matters_among
from evalsys.supervision.matters.rules import MAIN, MATTER
from evalsys.supervision.matters.service import MatterEntry, open_matter
from evalsys.supervision.matters.words import LIGHTS, source_choices
from evalsys.supervision.numbers import ClosedOnFile

bp = Blueprint("matters", __name__)

PER_PAGE = 50  # matters
MOVABLE = frozenset({"taken_in", "accepted", "refused"})  # states in which many move at once


@bp.get("/matters")
@requires(Action.LIGHTS_VIEW)
def index() -> ResponseReturnValue:
    """List the matters that the visitor may see, those whose term ends first on top."""
    actor, on, wanted = current_actor(), pages.today(), read_filter(request.args)
    rows = paginate(select_matters(actor, wanted, on), PER_PAGE, count_matters(actor, wanted, on))
    ids = [case.id for case in rows.items]
    main = list_terms(
        Deadline.subject_id.in_(ids), Deadline.rule.in_(MAIN), Deadline.closed_on.is_(None)
    )
    return render_template(
        "matters/index.html",
        rows=rows,
        wanted=wanted,
        matters=matters_among(ids),
        terms={term.subject_id: term for term in main},
        movable=_movable(actor, rows.items, on),
        **_choices(actor, wanted, on),
        days=working_days(),
        on=on,
    )


def _movable(actor: Actor, cases: Sequence[Subject], on: date) -> frozenset[int]:
    """Return the matters that the visitor can move together with others: they wait for them."""
    ids = [case.id for case in cases if case.state in MOVABLE]
    if not ids or not actor.may(Action.MATTER_HANDLE):
        return frozenset()
    query = select(Subject.id).where(Subject.id.in_(ids), waits_for(actor, on))
    return frozenset(db.session.scalars(query))


def _choices(actor: Actor, wanted: MatterFilter, on: date) -> dict[str, list[tuple[str, str]]]:
    """Return what the filters offer."""
    return {
        "lights": [(name, str(_(words))) for name, words in LIGHTS.items()],
        "sources": source_choices(),
        "stages": [(state, str(_(words))) for state, words in MATTER.states.items()],
        "organs": organ_choices(actor, on),
        "sections": section_choices(actor, on, wanted.organ),
    }


@bp.route("/matters/new", methods=["GET", "POST"])
@requires(Action.MATTER_HANDLE)
def take_in() -> ResponseReturnValue:
    """Take a matter in."""
    actor = current_actor()
    organs = {organ.code: organ for organ in _organs(actor)}
    form, problem, may_follow = MatterForm(), "", False
    form.offer(list(organs.values()))
    if form.validate_on_submit():
        entry = MatterEntry(
            form.chosen,
            organs[given(form.organ.data)],
            given(form.title.data),
            given(form.says.data),
            form.reference.data,
            follows=bool(form.follows.data),
        )
        try:
            case = open_matter(actor, entry, now=pages.now())
        except DomainError as error:
            problem, may_follow = words_of(error), isinstance(error, ClosedOnFile)
        else:
            flash(_("Taken in as matter %(number)s.", number=case.number), "success")
            return redirect(url_for("cases.show", case_id=case.id), 303)
    return form_page("matters/new.html", form=form, problem=problem, may_follow=may_follow)


def _organs(actor: Actor) -> list[Organ]:
    """Return the organs that the office of the actor sees."""
    query = select(Organ).order_by(Organ.code)
    if actor.organ_id is not None:
        query = query.where(Organ.id == actor.organ_id)
    return list(db.session.scalars(query))

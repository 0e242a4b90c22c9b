"""Taking a step from a page: redisplay the form with the reason if it fails."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext as _

from evalsys.cases.engine.forms import StepForm, step_form
from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import latest_step
from evalsys.cases.engine.rules.entries import BadEntry, check_entry
from evalsys.cases.engine.rules.machine import NoSuchMove, NotReady, NotYourStep
from evalsys.cases.engine.service import take_step
from evalsys.cases.engine.words import problem_words
from evalsys.cases.papers.rules import BadAttachment
from evalsys.core.error_pages import translated, words_of
from evalsys.core.errors import DomainError, Filled
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor

CHOICE = "choice"  # the field of a decision with its outcome


def attempt(  # noqa: PLR0913  # Each is a part of the step.
    actor: Actor,
    case_id: int,
    name: str,
    entry: Mapping[str, Any],
    *,
    now: datetime,
    form: StepForm | None = None,
) -> str:
    """Take a step with the files of its form; return why it failed, or "".

    What is wrong with a field is said at the field of the form too.
    Raises NoResultFound, NoSuchMove or NotYourStep: the form is not the visitor's at all.
    """
    try:
        take_step(actor, case_id, name, entry, now=now, files=form.sent if form else ())
    except (NoSuchMove, NotYourStep):
        raise
    except (BadEntry, BadAttachment) as error:
        problem = problem_words(error)
        for field in form or ():
            if field.label.text == _(str(error.params.get("field"))):
                field.errors = [translated(Filled(str(error.params["problem"]), error.params))]
    except NotReady:
        problem = _("Something that this step needs is missing; see below.")
    except DomainError as error:
        problem = words_of(error)
    else:
        return ""
    db.session.rollback()
    return str(problem)


def is_repeated(actor: Actor, case: Subject, name: str, *, now: datetime) -> bool:
    """Return whether a post repeats the actor's latest step of a case.

    A double click or a resent page: the step is done, and no error is shown. `name` is the step, or
    the form of a decision. A post with files never counts as repeated: they may differ.
    """
    latest = latest_step(case)
    if any(file.filename for _name, file in request.files.items(multi=True)):
        return False
    if request.method != "POST" or latest is None or latest.by != actor.user_id:
        return False
    kind = kind_of(case)
    move = kind.machine.move(latest.source, latest.name)
    if move is None or name != (move.form or move.name):
        return False
    if move.form and request.form.get(CHOICE) != move.name:
        return False
    form = step_form(move.fields, getattr(kind.facts(case, now), "points", ()))
    try:
        return form.validate() and check_entry(move.fields, form.entry()) == latest.entry
    except BadEntry:
        return False

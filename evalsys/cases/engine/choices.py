"""Decisions with several outcomes: equal choices on one form, with what to weigh beside it."""

from dataclasses import replace
from datetime import datetime

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from evalsys.cases.engine import queries
from evalsys.cases.engine.attempts import CHOICE, attempt
from evalsys.cases.engine.duties import action_of
from evalsys.cases.engine.forms import step_form
from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.rules.machine import Field, FieldKind, Move, check_conditions
from evalsys.cases.engine.words import EVIDENCE, stage_words
from evalsys.core.errors import N_, NotFound
from evalsys.core.extensions import db
from evalsys.core.forms import form_page
from evalsys.core.guards import confirm
from evalsys.core.permissions import Action, Actor


def decide(
    actor: Actor, case: Subject, name: str, duties: frozenset[str], *, now: datetime
) -> ResponseReturnValue:
    """Show or record a decision; no outcome is preselected. Raises NotFound or NoSuchMove."""
    kind = kind_of(case)
    moves = _own_choices(case, name, duties)
    duty = next(duty for duty in moves[0].duties if duty in duties)
    confirm(Action.CASE_DECIDE if moves[0].decides else action_of(duty))
    common = _common(moves)
    form, problem = step_form([_question(moves), *_specific(moves, common), *common]), ""
    if form.validate_on_submit():
        filled = form.entry()
        move = next(move for move in moves if move.name == filled[CHOICE])
        entry = {field.name: filled[field.name] for field in move.fields}
        problem = attempt(actor, case.id, move.name, entry, now=now)
        case = db.session.get_one(Subject, case.id)
        if not problem:
            flash(_("Done. The case is now at: %(stage)s.", stage=stage_words(case)), "success")
            return redirect(url_for("cases.show", case_id=case.id), 303)
    facts = kind.facts(case, now)
    return form_page(
        "cases/choices.html",
        case=case,
        title=kind.machine.forms[name],
        form=form,
        problem=problem,
        options=[
            (move, [c for c in check_conditions(move, facts) if not c.holds]) for move in moves
        ],
        specific={move.name: [f for f in move.fields if f not in common] for move in moves},
        common=common,
        done=queries.list_steps(case),
        evidence=queries.list_evidence(case),
        evidence_kinds=EVIDENCE,
        beside_template=kind.beside,
        **kind.beside_facts(case),
    )


def _own_choices(case: Subject, name: str, duties: frozenset[str]) -> list[Move]:
    """Return the outcomes of a decision of the visitor. Raises NotFound or NoSuchMove."""
    machine = kind_of(case).machine
    known = [move for move in machine.moves if move.form == name]
    if all(duties.isdisjoint(move.duties) for move in known):
        raise NotFound
    moves = [m for m in machine.choices(case.state, name) if not duties.isdisjoint(m.duties)]
    if not moves:
        raise queries.why_no_move(case)
    return moves


def _question(moves: list[Move]) -> Field:
    """Return the field for the outcome, labelled by the stages that follow."""
    outcomes = {move.name: move.target for move in moves}
    return Field(CHOICE, N_("Decision"), FieldKind.CHOICE, choices=outcomes)


def _common(moves: list[Move]) -> list[Field]:
    """Return the fields shared by all outcomes."""
    return [field for field in moves[0].fields if all(field in move.fields for move in moves)]


def _specific(moves: list[Move], common: list[Field]) -> list[Field]:
    """Return the fields of single outcomes, optional until the outcome is known."""
    return [
        replace(field, is_required=False)
        for move in moves
        for field in move.fields
        if field not in common
    ]

"""Front-line visits (走访): logged on a phone, also without network; what they lead to."""

from flask import Flask

from evalsys.cases.engine.models import Subject
from evalsys.cases.inbox.links import BESIDE_CASES
from evalsys.cases.papers.service import add_keeper
from evalsys.cases.scenes.registry import add_scene
from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.guards import current_actor
from evalsys.core.pages import today
from evalsys.core.permissions import Action, Actor, Role
from evalsys.personnel.archive.achievements import add_achievements
from evalsys.personnel.sheets.registers import add_register
from evalsys.supervision.matters.links import BESIDE_MATTERS
from evalsys.supervision.matters.queries import get_matter
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.visits import achievements, demo, models, queries, sheets, views, words
from evalsys.supervision.visits.models import Visit, VisitPhoto

__all__ = ["models"]

LABEL = N_("Visits")
# Their main menus have as many entries as one can look over.
BESIDE = {
    BESIDE_MATTERS: frozenset({Role.LEADER, Role.SUPERVISOR}),
    BESIDE_CASES: frozenset({Role.HR}),
}


def init_app(app: Flask) -> None:
    """Register the pages, the register, the figures, the scene, and what is kept on disk."""
    add_keeper(app, VisitPhoto)
    add_register(app, sheets.REGISTER)
    add_achievements(app, achievements.ACHIEVED)
    add_scene(app, demo.SCENE)
    app.register_blueprint(views.bp)
    add_entries(
        app,
        MenuEntry(75, "visits.index", LABEL, Action.VISIT_VIEW, _is_beside_nothing),
        MenuEntry(60, "visits.index", LABEL, Action.VISIT_VIEW, _is_leading, menu=BESIDE_MATTERS),
        MenuEntry(60, "visits.index", LABEL, Action.VISIT_VIEW, _is_personnel, menu=BESIDE_CASES),
    )
    app.add_template_filter(words.outcome_of_visit)
    app.add_template_global(words.photos_hint)
    app.add_template_global(visit_of)


def _is_leading(actor: Actor) -> bool:
    return actor.role in BESIDE[BESIDE_MATTERS]


def _is_personnel(actor: Actor) -> bool:
    return actor.role in BESIDE[BESIDE_CASES]


def _is_beside_nothing(actor: Actor) -> bool:
    return not (_is_leading(actor) or _is_personnel(actor))


def visit_of(case: Subject) -> Visit | None:
    """Return the visit that a matter follows, for its page; None if the visitor sees none."""
    actor = current_actor()
    if get_matter(case).source is not MatterSource.VISIT or not actor.may(Action.VISIT_VIEW):
        return None
    return queries.find_by_matter(actor, case, today())

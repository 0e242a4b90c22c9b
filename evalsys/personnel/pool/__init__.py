"""Returns (退人) and the pool (不胜任工作人员池): training, assessment, reassignment."""

from datetime import time

from flask import Flask

from evalsys.cases.engine.kinds import add_kind
from evalsys.cases.inbox.links import BESIDE_CASES
from evalsys.cases.scenes.registry import add_scene
from evalsys.core.errors import N_
from evalsys.core.frame.heads import HeadLink, add_head_link
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.frame.tasks import add_counted_tasks
from evalsys.core.permissions import Action
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.organisation.org.models import Staff
from evalsys.organisation.policies.registry import add_limits
from evalsys.personnel.archive.events import add_events
from evalsys.personnel.archive.queries import may_search
from evalsys.personnel.pool import demo, events, jobs, limits, models, service, tasks, views
from evalsys.personnel.pool.sheets import returns, stays
from evalsys.personnel.pool.words import training_words
from evalsys.personnel.sheets.registers import add_register

__all__ = ["models"]

BOARD = MenuEntry(
    30, "pool.board", N_("Board of the pool"), Action.PERSONNEL_VIEW, may_search, menu=BESIDE_CASES
)
RETURN = HeadLink(
    10,
    Staff,
    "pool.propose",
    N_("Return…"),
    Action.CASE_PROPOSE,
    service.can_return,
    lambda staff: {"number": staff.number},
)


def init_app(app: Flask) -> None:
    """Register the pages, kinds of cases and job of the feature."""
    add_limits(app, limits.RETURNS)
    add_limits(app, limits.STAYS)
    add_kind(app, service.RETURN_KIND)
    add_kind(app, service.POOL_KIND)
    add_scene(app, demo.RETURN_SCENE)
    add_scene(app, demo.POOL_SCENE)
    add_register(app, returns.REGISTER)
    add_register(app, stays.REGISTER)
    label = N_("Remind mentors of their notes")
    add_job(app, JobKind("pool.remind_mentors", label, jobs.run, at=time(8, 50)))
    app.register_blueprint(views.bp)
    add_entries(app, BOARD)
    add_head_link(app, RETURN)
    app.add_template_filter(training_words)
    add_events(app, events.training_events)
    add_counted_tasks(app, Action.CASE_NOTE, tasks.count, tasks.tasks)

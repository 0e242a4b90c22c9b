"""Remedies: reconsideration, appeal, internal review."""

from flask import Flask

from evalsys.cases.engine.kinds import add_kind
from evalsys.cases.scenes.registry import add_scene
from evalsys.core.frame.tasks import add_counted_tasks
from evalsys.core.permissions import Action
from evalsys.organisation.policies.registry import add_limits
from evalsys.personnel.remedies import demo, limits, service, tasks, views, words


def init_app(app: Flask) -> None:
    """Register the page, the kind of case, the limits and the start-page tasks."""
    add_limits(app, limits.LIMITS)
    add_kind(app, service.REMEDY_KIND)
    add_scene(app, demo.SCENE)
    app.register_blueprint(views.bp)
    app.add_template_global(words.term_words)
    add_counted_tasks(app, Action.CASE_ANSWER, tasks.count, tasks.tasks)

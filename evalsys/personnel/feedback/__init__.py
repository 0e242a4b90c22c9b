"""Bad reviews (差评): contact, rectification, call back, follow-up rating, objections."""

from datetime import time

from flask import Flask

from evalsys.cases.engine.kinds import add_kind
from evalsys.cases.inbox.links import BESIDE_CASES
from evalsys.cases.scenes.registry import add_scene
from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.frame.tasks import add_counted_tasks
from evalsys.core.permissions import Action
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.organisation.policies.registry import add_limits
from evalsys.personnel.feedback import (
    contacts,
    demo,
    jobs,
    limits,
    models,
    service,
    setting_aside,
    tasks,
    views,
    words,
)
from evalsys.personnel.feedback.calls import views as calls_views
from evalsys.personnel.feedback.calls.service import count_calls
from evalsys.ratings.counting.hooks import (
    add_after_low_ballots,
    add_asked_contacts,
    add_before_counting,
)

__all__ = ["calls_views", "models"]

ENTRIES = (
    MenuEntry(40, "feedback.register", N_("Bad reviews"), Action.PERSONNEL_VIEW, menu=BESIDE_CASES),
    MenuEntry(
        50, "feedback.calls", N_("Calls to raters"), Action.CONTACT_REVEAL, menu=BESIDE_CASES
    ),
)


def init_app(app: Flask) -> None:
    """Register pages, kind of case, job, and the hooks of counting."""
    add_limits(app, limits.LIMITS)
    add_kind(app, service.REVIEW_KIND)
    add_scene(app, demo.SCENE)
    add_job(app, JobKind("feedback.tidy", N_("Delete old contacts"), jobs.run, at=time(3, 40)))
    add_before_counting(app, setting_aside.set_decided_aside)
    add_after_low_ballots(app, service.open_reviews)
    add_asked_contacts(app, contacts.asked_for)
    app.register_blueprint(views.bp)
    add_entries(app, *ENTRIES)
    add_counted_tasks(app, Action.CONTACT_REVEAL, lambda actor, _: count_calls(actor), tasks.tasks)
    app.add_template_global(views.review_panel)
    for template_filter in (words.category_words, words.attribution_words, words.aside_words):
        app.add_template_filter(template_filter)
    app.add_template_filter(words.result_words)

"""Closing a period: count, freeze, propose, publish, correct."""

from flask import Flask

from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.frame.tasks import add_counted_tasks
from evalsys.core.permissions import Action, Actor, Role
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.organisation.policies.registry import add_limits
from evalsys.results.closing import cli, jobs, limits, models, tasks, views, words
from evalsys.results.closing.late import count_candidates
from evalsys.results.holds import proposing
from evalsys.supervision.holds.hooks import add_after_hold

__all__ = ["models"]

# Their menu is full: they come to the periods from the ranking.
FROM_RANKING = frozenset({Role.LEADER, Role.SUPERVISOR})


def has_entry(actor: Actor) -> bool:
    """Return whether the menu leads to the periods."""
    return actor.role not in FROM_RANKING


PERIODS = MenuEntry(90, "closing.periods", N_("Periods"), Action.PERIOD_VIEW, has_entry)


def init_app(app: Flask) -> None:
    """Register the pages, commands, jobs and start-page tasks of the feature."""
    add_limits(app, limits.LIMITS)
    add_job(app, JobKind("closing.run", N_("Close a period"), jobs.run, moot=jobs.closed_already))
    add_job(app, JobKind("closing.preview", N_("Look at a correction"), jobs.run_preview))
    add_job(app, JobKind("closing.correct", N_("Correct a closed period"), jobs.run_correction))
    add_after_hold(app, proposing.propose_at_last)
    app.register_blueprint(views.bp)
    add_entries(app, PERIODS)
    for template_filter in (
        words.field_words,
        words.figure_words,
        words.ground_words,
        words.cause_words,
    ):
        app.add_template_filter(template_filter)
    app.cli.add_command(cli.group)
    add_counted_tasks(app, Action.CLOSING_RUN, tasks.count_ended, tasks.closings)
    add_counted_tasks(app, Action.CLOSING_PUBLISH, tasks.count_unpublished, tasks.publications)
    add_counted_tasks(app, Action.CLOSING_LEAVE, lambda *_: count_candidates(), tasks.corrections)
    add_counted_tasks(app, Action.POLICY_ADOPT, tasks.count_drafts, tasks.drafts)

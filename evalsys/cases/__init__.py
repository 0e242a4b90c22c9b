"""Cases (案卷): decisions about people, step by step, with deadlines and a record."""

from datetime import time

from flask import Flask

from evalsys.cases import limits
from evalsys.cases.deadlines import cli as deadline_cli
from evalsys.cases.deadlines import views as deadline_views
from evalsys.cases.deadlines import words as term_words
from evalsys.cases.engine import duties, models, titles, views, words
from evalsys.cases.inbox import demands, links
from evalsys.cases.inbox.links import BESIDE_CASES
from evalsys.cases.inbox.messages import UNREAD, count_unread, unread_fact
from evalsys.cases.letters import views as letter_views
from evalsys.cases.notices import cli, jobs
from evalsys.cases.papers import service as attachments
from evalsys.cases.papers.rules import size_words
from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.permissions import Action
from evalsys.core.reads import add_fact
from evalsys.foundation.calendars.cli import group as calendars
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.organisation.policies.registry import add_limits

__all__ = ["deadline_views", "models"]

CASES = MenuEntry(
    70,
    "cases.index",
    N_("Cases"),
    Action.CASE_VIEW,
    # Who handles matters has their list instead.
    shown=lambda actor: not actor.may(Action.MATTER_HANDLE),
    leads_to=BESIDE_CASES,
)

FILTERS = (
    words.kind_words,
    words.stage_words,
    words.duty_words,
    words.condition_words,
    words.notice_words,
    titles.masked,
    words.asked_words,
    titles.short_name,
    titles.place_of,
    size_words,
)
GLOBALS = (
    words.step_words,
    words.choice_words,
    words.entry_words,
    titles.title_of,
    term_words.light_words,
    term_words.left_words,
    term_words.why_words,
    term_words.end_words,
    words.files_hint,
    words.arising_words,
)


def init_app(app: Flask) -> None:
    """Register pages, commands, jobs and template helpers; the kinds come from features."""
    duties.init_app(app)
    add_limits(app, limits.LIMITS)
    add_job(app, JobKind("cases.remind", N_("Remind of deadlines"), jobs.run, at=time(9)))
    label = N_("Remove files of steps that failed")
    attachments.add_keeper(app, models.Attachment)
    add_job(app, JobKind("cases.tidy", label, attachments.tidy, at=time(3, 40)))
    app.register_blueprint(views.bp)
    add_entries(app, CASES)
    app.cli.add_command(cli.group)
    calendars.add_command(deadline_cli.import_calendar)
    for template_filter in FILTERS:
        app.add_template_filter(template_filter)
    for template_global in GLOBALS:
        app.add_template_global(template_global)
    app.register_blueprint(letter_views.bp)
    app.add_template_global(letter_views.letters_of)
    app.add_template_global(count_unread)
    add_fact(app, UNREAD, unread_fact)
    app.add_template_global(links.ways_beside)
    demands.init_app(app)

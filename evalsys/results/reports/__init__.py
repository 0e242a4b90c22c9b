"""The pages of results. Read-only."""

from flask import Flask

from evalsys.core.errors import N_
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.frame.tasks import add_tasks
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.organisation.policies.registry import add_limits
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.results.reports import charts, limits, pressure_page, queries, rules, views, words
from evalsys.results.reports.funnel import rates
from evalsys.results.reports.sheets import books
from evalsys.results.reports.sheets.ballots import books as ballots
from evalsys.results.reports.sheets.recount import book as recount
from evalsys.results.reports.sheets.registry import add_books
from evalsys.scores.rules import disclosure

FILTERS = (
    local_day,
    rules.agrees,
    rules.means_words,
    words.about_words,
    words.change_words,
    words.count_words,
    words.span_words,
    words.sum_words,
)
GLOBALS = (
    charts.bar_scale,
    charts.interval_bar,
    disclosure.may_tell,
    queries.above_mean,
    queries.deviation_of,
    queries.mixed_span,
    queries.figure_of,
    queries.own_below,
    queries.own_span,
    queries.standing_of,
    queries.recounted,
    rates.rates_of,
    rules.distribution_key,
    rules.group_means,
    rules.heat,
    words.band_choices,
    words.band_words,
    words.dimension_list,
    words.dimension_words,
    words.dimensions_words,
    words.excluded_words,
    words.extent_words,
    words.group_choices,
    words.group_words,
    words.here,
    words.kind_choices,
    words.kind_words,
    words.level_words,
    words.moved_words,
    words.uncompared_words,
    words.period_choices,
    words.proposal_choices,
    words.proposal_words,
    words.proposed_words,
    words.standing_words,
)


def issues_none(actor: Actor) -> bool:
    """Return whether the actor issues no tickets; else the tickets page links to the comparison."""
    return not actor.may(Action.TICKET_ISSUE)


def is_rated(actor: Actor) -> bool:
    """Return whether the account has a person, who may have results."""
    return actor.staff_id is not None


ENTRIES = (
    MenuEntry(10, "reports.today", N_("Today"), Action.HOME_VIEW),
    MenuEntry(20, "reports.ranking", N_("Ranking"), Action.RANKING_VIEW),
    MenuEntry(30, "reports.sections", N_("Sections"), Action.RESULT_VIEW),
    MenuEntry(40, "reports.pressure", N_("Asked to rate well"), Action.PRESSURE_VIEW),
    MenuEntry(50, "reports.handled", N_("Tickets and services"), Action.HANDLED_VIEW, issues_none),
    MenuEntry(60, "reports.me", N_("My results"), Action.RESULT_OWN, is_rated),
)
BOOKS = (
    *(books.RANKING, books.MEMBERS, books.DISTRIBUTION, books.REPORT),
    *(ballots.LOW, ballots.RATINGS),
    recount.RECOUNT,
)


def init_app(app: Flask) -> None:
    """Register pages and workbooks, and the filters and charts for templates of all features."""
    app.register_blueprint(views.blueprint)
    add_limits(app, limits.LIMITS)
    add_tasks(app, Action.PRESSURE_VIEW, pressure_page.pressure_tasks)
    add_entries(app, *ENTRIES)
    add_books(app, *BOOKS)
    for template_filter in FILTERS:
        app.add_template_filter(template_filter)
    for template_global in GLOBALS:
        app.add_template_global(template_global)
    app.add_template_global(charts.trend, "trend_geometry")
    app.jinja_env.globals["dimensions"] = DIMENSIONS

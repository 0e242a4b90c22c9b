"""Pages that show results. Never writes."""

from flask import Flask

from evalsys.core.pages import local_day, show_when
from evalsys.core.permissions import Action
from evalsys.core.tasks import add_tasks
from evalsys.organisation.policies.registry import add_limits
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.results.reports import charts, limits, pressure_page, queries, rules, views, words
from evalsys.scores import disclosure

FILTERS = (
    local_day,
    rules.agrees,
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
    queries.figure_of,
    queries.recounted,
    rules.distribution_key,
    rules.heat,
    words.band_choices,
    words.band_words,
    words.dimension_list,
    words.dimension_words,
    words.excluded_words,
    words.extent_words,
    words.group_words,
    words.has_page,
    words.here,
    words.kind_choices,
    words.kind_words,
    words.level_words,
    words.period_choices,
    words.proposal_choices,
    words.proposal_words,
)


def init_app(app: Flask) -> None:
    """Register the pages, and the words and charts that every feature's templates may use."""
    app.register_blueprint(views.blueprint)
    add_limits(app, limits.LIMITS)
    add_tasks(app, pressure_page.pressure_tasks)
    # Who issues tickets finds it on their page: the navigation of the personnel office is full.
    show_when(app, "reports.handled", lambda actor: not actor.may(Action.TICKET_ISSUE))
    for word in FILTERS:
        app.add_template_filter(word)
    for part in GLOBALS:
        app.add_template_global(part)
    app.add_template_global(charts.trend, "trend_geometry")
    app.jinja_env.globals["dimensions"] = DIMENSIONS

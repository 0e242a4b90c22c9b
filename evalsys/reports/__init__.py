"""Pages that show results. Never writes."""

from flask import Flask

from evalsys.reports import charts, rules, views, words


def init_app(app: Flask) -> None:
    """Register the pages, and the words and charts that every feature's templates may use."""
    app.register_blueprint(views.blueprint)
    for word in (words.period_words, words.period_short, words.span_words, words.change_words):
        app.add_template_filter(word)
    for part in (
        words.state_words,
        words.level_words,
        words.dimension_words,
        words.kind_words,
        words.band_words,
        words.proposal_words,
        words.exclusion_words,
        words.here,
        words.has_page,
        charts.interval_bar,
        charts.bar_scale,
        rules.distribution_key,
    ):
        app.add_template_global(part)
    app.add_template_global(charts.trend, "trend_geometry")

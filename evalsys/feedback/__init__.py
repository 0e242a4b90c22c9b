"""Bad reviews (差评): contact, rectify, call back, follow-up rating; objections of the ratee."""

from flask import Flask

from evalsys.feedback import jobs, models, service, views, words

__all__ = ["jobs", "models", "service"]


def init_app(app: Flask) -> None:
    """Register the pages of the feature; its kind of case and its job register themselves."""
    app.register_blueprint(views.bp)
    app.add_template_global(views.review_panel)
    for word in (words.category_words, words.attribution_words, words.aside_words):
        app.add_template_filter(word)
    app.add_template_filter(words.result_words)

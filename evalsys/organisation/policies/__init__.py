"""The versioned rule set of a period: weights, minimum numbers, lines, windows."""

from flask import Flask

from evalsys.organisation.policies import cli, models, words

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the pages and commands of the feature."""
    for word in (words.rule_words, words.unit_words):
        app.add_template_filter(word)
    app.cli.add_command(cli.group)

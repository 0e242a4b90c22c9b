"""The versioned rule set of a period: weights, minimum numbers, lines and features' limits."""

from flask import Flask

from evalsys.core.reads import add_fact
from evalsys.organisation.policies import cli, models, queries, registry, words

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the commands, the filters and the registry of limits."""
    registry.init_app(app)
    add_fact(app, queries.FACT, queries.rules_fact)
    for word in (words.rule_words, words.unit_words):
        app.add_template_filter(word)
    app.cli.add_command(cli.group)

"""Assessment periods and their states."""

from flask import Flask

from evalsys.organisation.periods import cli, models, words

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the commands, and the words of periods for templates."""
    app.cli.add_command(cli.group)
    app.add_template_filter(words.period_words)
    app.add_template_global(words.state_words)

"""Output shared by commands that read a file."""

import click
from flask_babel import gettext as _


def print_problem(row: int, column: str, value: str, text: str) -> None:
    """Print a problem of a row to stderr."""
    words = _(
        "Row %(row)s, %(field)s, %(value)s: %(text)s",
        row=row,
        field=column,
        value=value or "—",
        text=text,
    )
    click.echo(words, err=True)

"""Options that several commands share."""

import click

from evalsys.foundation.uploads.lists import Hidden

hidden_option = click.option(
    "--hidden",
    type=click.Choice([choice.value for choice in Hidden]),
    default=Hidden.ASK.value,
    help="Rows that a filter hides in Excel: refuse the file and name them (ask), read or leave.",
)

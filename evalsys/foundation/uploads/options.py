"""Options and arguments shared by commands."""

from pathlib import Path

import click

from evalsys.foundation.uploads.lists import Hidden

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
hidden_option = click.option(
    "--hidden",
    type=click.Choice([choice.value for choice in Hidden]),
    default=Hidden.ASK.value,
    help="Rows that a filter hides in Excel: refuse the file and name them (ask), read or leave.",
)

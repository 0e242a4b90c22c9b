"""Options and arguments shared by commands."""

import os
from pathlib import Path

import click
from flask_babel import gettext as _

from evalsys.core.errors import N_
from evalsys.foundation.uploads.lists import Hidden

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
NO_FOLDER = N_("There is no folder %(folder)s to write to.")
hidden_option = click.option(
    "--hidden",
    type=click.Choice([choice.value for choice in Hidden]),
    default=Hidden.ASK.value,
    help="Rows that a filter hides in Excel: refuse the file and name them (ask), read or leave.",
)


def in_a_folder(ctx: click.Context, param: click.Parameter, path: Path) -> Path:
    """Validate the path of a new file. Raises BadParameter if its folder is not writable."""
    if not os.access(path.parent, os.W_OK):
        raise click.BadParameter(_(NO_FOLDER, folder=path.parent), ctx, param)
    return path

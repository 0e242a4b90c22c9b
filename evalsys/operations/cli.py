"""Commands of operations: doctor, backup, restore, secret."""

from contextlib import nullcontext
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from flask_babel import force_locale
from flask_babel import gettext as _

from evalsys.core.error_pages import refusals
from evalsys.core.pages import now
from evalsys.foundation.jobs.terminal import ask_first
from evalsys.foundation.uploads.options import NEW_FILE, in_a_folder
from evalsys.operations import backup
from evalsys.operations.checks import Grade, examine
from evalsys.operations.packing import count_missing
from evalsys.operations.secret_check import adopt_secret, refuse_another_secret
from evalsys.operations.state.backups import note_backup

MARKS = {Grade.OK: "✓", Grade.WARNING: "!", Grade.PROBLEM: "✕"}
PATH = click.Path(path_type=Path, dir_okay=False)


@click.command("doctor")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="The language of the answer.")
@with_appcontext
def doctor_command(lang: str | None) -> None:
    """Look for what is wrong with this installation. Exits with 1 if there is a problem."""
    with force_locale(lang) if lang else nullcontext():
        results = list(examine(now()))
        for result in results:
            click.echo(f"{MARKS[result.grade]} {result.words}")
        problems = sum(result.grade is Grade.PROBLEM for result in results)
        warnings = sum(result.grade is Grade.WARNING for result in results)
        words = _(
            "Problems: %(problems)s, warnings: %(warnings)s", problems=problems, warnings=warnings
        )
        click.echo(words)
    if problems:
        raise click.exceptions.Exit(1)


@click.command("backup")
@click.argument("file", type=NEW_FILE, callback=in_a_folder)
@with_appcontext
@refusals
def backup_command(file: Path) -> None:
    """Write a checked copy of the SQLite database to FILE, while the server runs."""
    size = backup.back_up(file)
    note_backup(now())
    click.echo(_("%(file)s: %(size)s bytes, checked", file=file, size=size))
    missing = count_missing(file)
    if missing:
        words = _("%(missing)s files of cases are missing on the disk, and here.", missing=missing)
        click.echo(words, err=True)


@click.command("restore")
@click.argument("file", type=PATH)
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
@refusals
def restore_command(file: Path, *, yes: bool) -> None:
    """Replace the database by the backup FILE; the old one is kept beside it."""
    revision = backup.examine_backup(file)
    waiting = backup.waiting_in(file)
    if not yes:
        click.echo(_("%(file)s is intact (%(revision)s).", file=file, revision=revision))
        _echo_waiting(waiting)
    ask_first(_("The present data are replaced, and kept in a file. Restore it?"), yes=yes)
    kept = backup.restore(file, now=now())
    click.echo(_("Restored. All sign-ins have ended."))
    _echo_waiting(waiting)
    if kept:
        click.echo(_("The data from before is kept in %(file)s", file=kept))


def _echo_waiting(waiting: backup.WaitingBallots) -> None:
    """Print how many uncounted ballots the backup holds, and how many are sealed to another key."""
    click.echo(_("Ballots that wait to be counted: %(n)s", n=waiting.all))
    click.echo(_("What citizens have left since the backup was made is not in it."))
    if waiting.closed:
        words = _(
            "%(n)s of them were sealed under another secret key: without that key they are lost.",
            n=waiting.closed,
        )
        click.echo(words, err=True)


secret_group = AppGroup("secret", help="The secret key and the database that belongs to it.")


@secret_group.command("check")
@with_appcontext
@refusals
def secret_check_command() -> None:
    """Exit with 1 if the database belongs to another secret key. Run before each start."""
    refuse_another_secret()


@secret_group.command("adopt")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
@refusals
def secret_adopt_command(*, yes: bool) -> None:
    """Make the present secret key the database's, because the one from before is lost."""
    if not yes:
        words = _(
            "What the key from before encrypted stays unreadable: numbers to call back, envelopes "
            "of reviews, second factors."
        )
        click.echo(words, err=True)
    ask_first(_("Is that key lost for good?"), yes=yes)
    adopt_secret()
    click.echo(_("The database belongs to the present secret key now."))


COMMANDS = (doctor_command, backup_command, restore_command, secret_group)

"""Commands that keep the system running: doctor, backup, restore."""

from contextlib import nullcontext
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import force_locale
from flask_babel import gettext as _

from evalsys.core.error_pages import refusals
from evalsys.core.pages import now
from evalsys.operations import backup
from evalsys.operations.checks import Grade, examine

MARKS = {Grade.OK: "✓", Grade.WARNING: "!", Grade.PROBLEM: "✕"}
PATH = click.Path(path_type=Path, dir_okay=False)


@click.command("doctor")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="The language of the answer.")
@with_appcontext
def doctor_command(lang: str | None) -> None:
    """Look for what is wrong with this installation. Exits with 1 if there is a problem."""
    with force_locale(lang) if lang else nullcontext():
        findings = list(examine(now()))
        for finding in findings:
            click.echo(f"{MARKS[finding.grade]} {finding.words}")
        problems = sum(finding.grade is Grade.PROBLEM for finding in findings)
        warnings = sum(finding.grade is Grade.WARNING for finding in findings)
        words = _(
            "%(problems)s problems, %(warnings)s warnings", problems=problems, warnings=warnings
        )
        click.echo(words)
    if problems:
        raise click.exceptions.Exit(1)


@click.command("backup")
@click.argument("file", type=PATH)
@with_appcontext
@refusals
def backup_command(file: Path) -> None:
    """Write a checked copy of the SQLite database to FILE, while the server runs."""
    size = backup.back_up(file)
    click.echo(_("%(file)s: %(size)s bytes, checked", file=file, size=size))


@click.command("restore")
@click.argument("file", type=PATH)
@click.option("--yes", is_flag=True, help="Replace the present data.")
@with_appcontext
@refusals
def restore_command(file: Path, *, yes: bool) -> None:
    """Put the backup FILE in place of the database; the old one is kept beside it."""
    revision = backup.examine_backup(file)
    if not yes:
        click.echo(_("%(file)s is intact (%(revision)s).", file=file, revision=revision))
        click.echo(_("Nothing was changed. Say --yes to replace the present data."), err=True)
        raise click.exceptions.Exit(1)
    kept = backup.restore(file, now=now())
    click.echo(_("Restored. All sign-ins have ended."))
    if kept:
        click.echo(_("The data from before is kept in %(file)s", file=kept))


COMMANDS = (doctor_command, backup_command, restore_command)

"""The terminal of commands: progress bars, and the question before what cannot be undone."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask_babel import gettext
from flask_babel import gettext as _

from evalsys.foundation.jobs.handlers import Progress


class _Bar(Progress):
    """A progress that shows each stage as a bar on stderr."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: Any = None  # Click does not export the type.
        self._label = ""

    def begin(self, total: int | None, words: str | None = None) -> None:
        """Begin a stage with a new bar."""
        self.close()
        super().begin(total, words)
        self._label = str(gettext(words)) if words else ""
        if total:
            self._bar = click.progressbar(length=total, label=self._label, file=sys.stderr)
            self._bar.__enter__()

    def advance(self, n: int = 1) -> None:
        """Count `n` steps and update the bar."""
        super().advance(n)
        if self._bar is not None:
            self._bar.update(n)
        elif self.total is None and sys.stderr.isatty():
            click.echo(f"\r{self._label}  {self.done}", nl=False, err=True)

    def close(self) -> None:
        """Finish the bar."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None
        elif self.total is None and self.done and sys.stderr.isatty():
            click.echo(err=True)


def ask_first(question: str, *, yes: bool) -> None:
    """Ask before a command does what cannot be undone, unless `yes` was said with it.

    Whoever refuses, or cannot be asked, is told how to say it; the command exits with 1.
    """
    try:
        is_agreed = yes or click.confirm(question, err=True)
    except click.Abort:
        click.echo(err=True)
        is_agreed = False
    if not is_agreed:
        raise click.ClickException(_("Nothing was changed. With --yes nothing is asked."))


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Yield a progress shown as a bar until the block ends."""
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.close()

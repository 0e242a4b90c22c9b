"""What a feature writes for a job: a handler, and the progress that it reports."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from flask import current_app

from evalsys.core.errors import N_
from evalsys.core.permissions import Actor
from evalsys.jobs import signs
from evalsys.jobs.rules import UnknownJob

LOOK_EVERY = 0.5  # seconds between two looks at the signs: a step then costs next to nothing


class Cancelled(Exception):
    """Somebody asked the job to stop. Let it pass through: the unit of work rolls back."""


class Progress:
    """How far a job is. Outside a job (`run_id` None) it only counts."""

    def __init__(self, run_id: str | None = None) -> None:
        self.run_id = run_id
        self.done = 0
        self.total: int | None = None
        self._words: str | None = None
        self._next_look = 0.0

    def begin(self, total: int | None, words: str | None = None) -> None:
        """Begin a stage of `total` steps (None: unknown); `words` is the msgid of what it does.

        Raises Cancelled.
        """
        self.done, self.total, self._words = 0, total, words
        self._look()

    def advance(self, n: int = 1) -> None:
        """Count `n` steps. Cheap enough for every row. Raises Cancelled."""
        self.done += n
        if self.run_id is not None and time.monotonic() >= self._next_look:
            self._look()

    def result_path(self, name: str) -> Path:
        """Return where the handler writes its file; it then returns {"file": name}."""
        if self.run_id is None or Path(name).name != name:
            raise ValueError(f"{name} is no plain file name of a job")
        return files_folder() / f"{self.run_id.split('.')[0]}-{name}"

    def _look(self) -> None:
        if self.run_id is None:
            return
        self._next_look = time.monotonic() + LOOK_EVERY
        signs.show_progress(self.run_id, signs.Sign(self.done, self.total, self._words))
        if signs.read_stop(self.run_id) is not None:
            raise Cancelled


class Handler(Protocol):
    """The work of a kind of job. It must be safe to start again after it broke off anywhere.

    Returns JSON: `message` (a msgid) and `params` for the result's words, `url` of the page to go
    on with or `file` for the download; all optional. A DomainError becomes the job's problem.
    """

    def __call__(
        self, progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
    ) -> dict[str, Any]:
        """Do the work."""


@dataclass(frozen=True)
class Kind:
    """A kind of job: what it is called on pages (a msgid), and who does it.

    `is_private`: only who started it may fetch its file, not the whole office.
    """

    label: str
    run: Handler
    is_private: bool = False


_kinds: dict[str, Kind] = {}


def handler(
    kind: str, label: str = N_("Background work"), *, is_private: bool = False
) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job, such as "closing.run"."""

    def register(run: Handler) -> Handler:
        if kind in _kinds:
            raise RuntimeError(f"two handlers for {kind}")
        _kinds[kind] = Kind(label, run, is_private)
        return run

    return register


def get_kind(kind: str) -> Kind:
    """Return what is registered for a kind. Raises UnknownJob."""
    if kind not in _kinds:
        raise UnknownJob(kind=kind)
    return _kinds[kind]


def has_kind(kind: str) -> bool:
    """Say whether a feature has registered the kind."""
    return kind in _kinds


def files_folder() -> Path:
    """Return the folder of result files, private to the account that runs the server."""
    folder = Path(current_app.config["DATA_DIR"]) / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder

"""When `flask backup` wrote a copy last."""

import os
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app

BACKUP_NOTE = ".last-backup"


def note_backup(now: datetime) -> None:
    """Note that `flask backup` wrote a copy, in a file: it waits for nobody who writes."""
    note = Path(current_app.config["DATA_DIR"]) / BACKUP_NOTE
    note.touch(mode=0o600)
    os.utime(note, (now.timestamp(), now.timestamp()))


def last_backup() -> datetime | None:
    """Return when `flask backup` wrote a copy last, None if it never did."""
    note = Path(current_app.config["DATA_DIR"]) / BACKUP_NOTE
    return datetime.fromtimestamp(note.stat().st_mtime, UTC) if note.exists() else None

"""Attachments of steps and evidence: receive, store, read.

The bytes are under `DATA_DIR/attachments`, outside of anything served, under random names; the
table describes them. They are written before the transaction that references them begins, and
removed if it fails.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

from flask import Flask, Response, current_app, send_file
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from evalsys.cases.engine.models import Attachment, CaseStep, Evidence, Subject
from evalsys.cases.papers.rules import (
    TYPES,
    BadAttachment,
    Media,
    clean_file,
    shown_name,
    size_words,
)
from evalsys.core.audit import Unit
from evalsys.core.database import Model
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.registry import Registry
from evalsys.foundation.rows import batched

KEPT_UNNAMED = timedelta(days=1)  # Files of unfinished transactions.
KEEPERS = Registry[type[Model]]("keepers_of_files", "tables of stored files")


class StoredFile(Protocol):
    """A row that describes a stored file, as `Attachment` does."""

    name: Any
    media: Any
    digest: Any
    stored: Any


def add_keeper(app: Flask, model: type[Model]) -> None:
    """Register a table whose column `stored` names files of this folder.

    They are in a backup, and no tidying removes them.
    """
    KEEPERS.add(app, model.__tablename__, model)


class TooManyFiles(DomainError):
    """More files than a step takes."""

    message = N_("At most %(most)s files at a time. Add the others as evidence, or in one PDF.")
    status = 422


FILE_GONE = N_(
    "The stored file is missing or was changed from outside. The administrator can bring it "
    "back from a backup."
)


def folder() -> Path:
    """Return the directory of attachments."""
    return Path(current_app.config["DATA_DIR"]) / "attachments"


def path_of(stored: str) -> Path:
    """Return the path of a stored file."""
    return folder() / stored[:2] / stored


@contextmanager
def received(files: Sequence[FileStorage]) -> Iterator[list[Attachment]]:
    """Check and store files, and remove them if the block fails. Their rows are not added yet.

    Raises BadAttachment or TooManyFiles; then nothing is stored.
    """
    sent = [file for file in files if file and file.filename]
    most = current_app.config["ATTACHMENTS_AT_ONCE"]
    if len(sent) > most:
        raise TooManyFiles(most=most)
    stored: list[Attachment] = []
    try:
        stored.extend(map(_receive, sent))
        yield stored
    except BaseException:
        for file in stored:
            path_of(file.stored).unlink(missing_ok=True)
        raise


def _receive(file: FileStorage) -> Attachment:
    most, name = current_app.config["ATTACHMENT_LARGEST"], str(file.filename)
    body = file.stream.read(most + 1)
    if len(body) > most:
        problem = N_("It is larger than %(most)s. Scan it in a lower resolution, or split it.")
        raise BadAttachment(file=shown_plain(name), problem=problem, most=size_words(most))
    cleaned = clean_file(shown_plain(name), body)
    stored = secrets.token_hex(16)
    write_bytes(path_of(stored), cleaned.body)
    return Attachment(
        name=shown_name(name, cleaned.media),
        media=cleaned.media,
        size=len(cleaned.body),
        digest=hashlib.sha256(cleaned.body).hexdigest(),
        stored=stored,
    )


def shown_plain(name: str) -> str:
    """Return a file's name as sent, without invisible characters, for messages."""
    stem = shown_name(name, Media.PDF).removesuffix(".pdf")
    ending = re.search(r"\.[A-Za-z0-9]{1,5}$", name)
    return stem + (ending[0] if ending else "")


def write_bytes(path: Path, body: bytes) -> None:
    """Write a file atomically and durably, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def attach(
    unit: Unit,
    case: Subject,
    files: Sequence[Attachment],
    to: CaseStep | Evidence,
    *,
    now: datetime,
) -> None:
    """Add the rows of stored files to a step or piece of evidence, within its unit."""
    db.session.flush()  # Assigns the id.
    for file in files:
        file.subject_id, file.at, file.by = case.id, now, unit.actor.user_id
        if isinstance(to, CaseStep):
            file.step_id = to.id
        else:
            file.evidence_id = to.id
    db.session.add_all(files)


def list_attachments(case: Subject) -> Mapping[tuple[str, int], list[Attachment]]:
    """Return ("step" or "evidence", its id) -> its files."""
    by_owner: dict[tuple[str, int], list[Attachment]] = {}
    query = select(Attachment).where(Attachment.subject_id == case.id).order_by(Attachment.id)
    for row in db.session.scalars(query):
        key = ("step", row.step_id) if row.step_id is not None else ("evidence", row.evidence_id)
        by_owner.setdefault((key[0], int(key[1] or 0)), []).append(row)
    return by_owner


def send_stored(row: StoredFile) -> Response:
    """Send a stored file for download, never inline."""
    body = BytesIO(read_bytes(row))
    answer = send_file(body, TYPES[row.media], as_attachment=True, download_name=row.name)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def read_bytes(row: StoredFile) -> bytes:
    """Return the stored content. Raises DomainError if it is missing or altered."""
    try:
        body = path_of(row.stored).read_bytes()
    except OSError as error:
        raise DomainError(FILE_GONE, status=500) from error
    if hashlib.sha256(body).hexdigest() != row.digest:
        raise DomainError(FILE_GONE, status=500)
    return body


def tidy(progress: Progress, params: dict[str, Any], actor: Any, now: datetime) -> dict[str, Any]:
    """Remove files that no row references a day after they were written."""
    limit = (now - KEPT_UNNAMED).timestamp()
    old = [path for path in folder().glob("*/*") if path.stat().st_mtime < limit]
    progress.begin(len(old))
    for some in batched(old):
        named = _named([path.name for path in some])
        for path in some:
            if path.name not in named:
                path.unlink(missing_ok=True)
            progress.advance()
    return {}


def _named(names: Sequence[str]) -> set[str]:
    """Return those of some names of files that a row describes."""
    columns: list[Any] = [getattr(model, "stored") for model in KEEPERS.all().values()]  # noqa: B009
    queries = (select(column).where(column.in_(names)) for column in columns)
    return {name for query in queries for name in db.session.scalars(query)}

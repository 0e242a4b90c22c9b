"""Use case: add files that prove what a version says."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from evalsys.cases.engine.models import Attachment
from evalsys.cases.papers.rules import BadAttachment
from evalsys.cases.papers.service import received
from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db, lock_row
from evalsys.core.permissions import Action, Actor
from evalsys.reform.reductions.models import MatterVersion
from evalsys.reform.reductions.proofs.models import VersionProof

MOST_PROOFS = 30  # of a version
ON_FILE = N_("This version has it already.")


class TooManyProofs(DomainError):
    """A version has as many files as it may."""

    message = N_("A version has at most %(most)s files. Put several into one PDF.")
    status = 422


def add_proofs(
    actor: Actor, version: MatterVersion, about: str, files: Sequence[FileStorage], *, now: datetime
) -> int:
    """Add files to a version, all or none; return how many.

    Raises BadAttachment, also for a file that it has, TooManyFiles or TooManyProofs.
    """
    version_id, matter, number = version.id, version.matter, version.number
    with received(files) as stored, unit_of_work(actor) as unit:
        lock_row(matter)
        _check(version_id, stored)
        db.session.add_all(_proof(version_id, about, one, actor, now) for one in stored)
        unit.record(Action.REDUCTION_ENTER, matter, version=number, files=len(stored))
        return len(stored)


def _check(version_id: int, files: Sequence[Attachment]) -> None:
    query = select(VersionProof.digest).where(VersionProof.version_id == version_id)
    known = list(db.session.scalars(query))
    for one in files:
        if one.digest in known:
            raise BadAttachment(file=one.name, problem=ON_FILE)
        known.append(one.digest)
    if len(known) > MOST_PROOFS:
        raise TooManyProofs(most=MOST_PROOFS)


def _proof(
    version_id: int, about: str, file: Attachment, actor: Actor, now: datetime
) -> VersionProof:
    return VersionProof(
        version_id=version_id,
        about=about,
        name=file.name,
        media=file.media,
        size=file.size,
        digest=file.digest,
        stored=file.stored,
        at=now,
        by=actor.user_id,
    )

"""Reads of the files of versions, within the scope of their service matter."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.reform.reductions.models import MatterVersion
from evalsys.reform.reductions.proofs.models import VersionProof
from evalsys.reform.reductions.queries import get_current


def list_proofs(matter_id: int) -> Mapping[int, list[VersionProof]]:
    """Return version id -> its files, the earliest first, of a service matter."""
    query = (
        select(VersionProof)
        .join(VersionProof.version)
        .where(MatterVersion.service_matter_id == matter_id)
        .options(joinedload(VersionProof.author))
        .order_by(VersionProof.id)
    )
    found: dict[int, list[VersionProof]] = defaultdict(list)
    for row in db.session.scalars(query):
        found[row.version_id].append(row)
    return found


def get_version(actor: Actor, version_id: int, on: date) -> MatterVersion:
    """Return a version of a matter in scope. Raises NotFound."""
    query = select(MatterVersion).where(MatterVersion.id == version_id)
    found = db.session.scalar(query.options(joinedload(MatterVersion.matter)))
    if found is None:
        raise NotFound
    get_current(actor, found.service_matter_id, on)
    return found


def get_proof(actor: Actor, proof_id: int, on: date) -> VersionProof:
    """Return a file of a version of a matter in scope. Raises NotFound."""
    found = db.session.get(VersionProof, proof_id)
    if found is None:
        raise NotFound
    get_version(actor, found.version_id, on)
    return found

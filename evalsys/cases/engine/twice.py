"""Detection of double submits: what is added twice at once is stored once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.models import Attachment, Evidence
from evalsys.core.database import Model
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db

AGAIN = timedelta(minutes=1)  # Later repetitions are intended.


class OnFile(DomainError):
    """The same person added the same a moment ago."""

    message = N_("This is on file already.")


def check_new(model: type[Model], values: dict[str, Any]) -> None:
    """Raise OnFile if a row with the same values exists.

    Call it with the case locked, so that the second of two posts sees the first.
    """
    if db.session.scalar(select(model).filter_by(**values).limit(1)) is not None:
        raise OnFile


def check_new_since(
    model: Any, values: dict[str, Any], now: datetime, digests: Sequence[str] = ()
) -> None:
    """Raise OnFile if the same values and files were added within AGAIN."""
    rows = db.session.scalars(select(model).filter_by(**values).where(model.at > now - AGAIN)).all()
    for row in rows:
        attached = select(Attachment.digest).where(Attachment.evidence_id == row.id)
        files = db.session.scalars(attached).all() if model is Evidence else []
        if sorted(files) == sorted(digests):
            raise OnFile

"""What is added to a case twice at once, as by a double click, is on file once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.models import Attachment, Evidence
from evalsys.core.database import Model
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db

AGAIN = timedelta(minutes=1)  # What comes later is meant.


class OnFile(DomainError):
    """The same was added by the same person a moment ago."""

    message = N_("This is on file already.")


def check_new(model: type[Model], values: dict[str, Any]) -> None:
    """Refuse what is there already with the same values. Raises OnFile.

    The case is locked: the second of two posts sees what the first one has stored.
    """
    if db.session.scalar(select(model).filter_by(**values).limit(1)) is not None:
        raise OnFile


def check_new_since(
    model: Any, values: dict[str, Any], now: datetime, digests: Sequence[str] = ()
) -> None:
    """Refuse what was added a moment ago with the same values and the same files. Raises OnFile."""
    rows = db.session.scalars(select(model).filter_by(**values).where(model.at > now - AGAIN)).all()
    for row in rows:
        with_it = select(Attachment.digest).where(Attachment.evidence_id == row.id)
        files = db.session.scalars(with_it).all() if model is Evidence else []
        if sorted(files) == sorted(digests):
            raise OnFile

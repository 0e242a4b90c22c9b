"""The installation that a database belongs to: a single row."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class Installation(Model):
    """The single row: the secret key of the database, and the last test write.

    `key_check` is derived from the secret key (operations.secret_check); `written_at` is updated by
    the health check, to test that the database is writable.
    """

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="only"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key_check: Mapped[bytes | None]
    written_at: Mapped[datetime | None]

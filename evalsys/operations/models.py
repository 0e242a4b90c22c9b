"""What a database knows about the installation that it belongs to: one row."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model

ONLY = 1  # the key of the one row


class Installation(Model):
    """The one row: which secret key the database belongs to, and when it last took a write.

    `key_check` is a value that only the right secret key gives (operations.secret_check);
    `written_at` is changed by the watchdog's question, to see whether the database can be written.
    """

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="only"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key_check: Mapped[bytes | None]
    written_at: Mapped[datetime | None]

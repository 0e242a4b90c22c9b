"""The low periods of a chief's case."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class LowPeriod(Model):
    """A closed period for which the figures proposed an interview. Append-only."""

    __tablename__ = "low_period"
    __table_args__ = (UniqueConstraint("case_id", "period_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    period_code: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]

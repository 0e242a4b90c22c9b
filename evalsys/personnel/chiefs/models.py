"""The periods behind a chief's case."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class CasePeriod(Model):
    """A result that proposed an interview or a commendation. Append-only.

    A correction that proposes it again adds a row; otherwise the row of the older version remains,
    without effect.
    """

    __tablename__ = "case_period"
    __table_args__ = (UniqueConstraint("case_id", "period_code", "result_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    period_code: Mapped[str] = mapped_column(String(10))
    result_id: Mapped[int | None] = mapped_column(ForeignKey("result.id"), index=True)
    at: Mapped[datetime]

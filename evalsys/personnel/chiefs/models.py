"""The periods whose figures brought a case of a chief about."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class CasePeriod(Model):
    """A result whose figures proposed an interview, or a commendation. Append-only.

    A correction that proposes it again adds a row; one that does not leaves the row of an older
    version, on which nothing rests any more.
    """

    __tablename__ = "case_period"
    __table_args__ = (UniqueConstraint("case_id", "period_code", "result_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    period_code: Mapped[str] = mapped_column(String(10))
    result_id: Mapped[int | None] = mapped_column(ForeignKey("result.id"), index=True)
    at: Mapped[datetime]

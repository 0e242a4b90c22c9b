"""Which section and period a hold is about."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.organisation.periods.models import Period


class Hold(Model):
    """The period and section of a hold: at most one each, opened by the first closing."""

    __tablename__ = "hold"
    __table_args__ = (UniqueConstraint("period_id", "section_id"),)

    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    period: Mapped[Period] = relationship()

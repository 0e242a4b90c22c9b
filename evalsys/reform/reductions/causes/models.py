"""Which service matter a bad review was about, as the supervision office found."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from evalsys.core.database import Model


class ReviewCause(Model):
    """A supervised matter out of a bad review, with the service matter whose process caused it.

    The last row of a `subject_id` counts; none is changed.
    """

    __tablename__ = "review_cause"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    service_matter_id: Mapped[int] = mapped_column(ForeignKey("service_matter.id"), index=True)
    named_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    named_at: Mapped[datetime]

"""The files of versions. They are added, never changed or removed."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.cases.papers.rules import Media
from evalsys.core.database import Model
from evalsys.foundation.accounts.models import User
from evalsys.reform.reductions.models import MatterVersion

LONGEST_ABOUT = 100


class VersionProof(Model):
    """A file of a version, with what it shows; the other columns as in `Attachment`."""

    __tablename__ = "version_proof"
    __table_args__ = (UniqueConstraint("version_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("matter_version.id"))
    about: Mapped[str] = mapped_column(String(LONGEST_ABOUT))
    name: Mapped[str] = mapped_column(String(110))
    media: Mapped[Media]
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    stored: Mapped[str] = mapped_column(String(32), unique=True)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    version: Mapped[MatterVersion] = relationship()
    author: Mapped[User | None] = relationship()

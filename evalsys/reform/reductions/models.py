"""Service matters and their versions. A version is never changed: a correction is a further one."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from evalsys.core.database import Model
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.ratings.tickets.checks import SERVICE_TYPE_LENGTH
from evalsys.reform.reductions.rules.measures import SHARES, MatterFigures, Way
from evalsys.reform.reductions.rules.steps import LONGEST_NAME, LONGEST_WHO, ProcessStep

LONGEST_CODE, LONGEST_BASIS = 40, 500


class ServiceMatter(Model):
    """A service matter (政务服务事项). Its name is the service type of tickets and ratings."""

    __tablename__ = "service_matter"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(LONGEST_CODE), unique=True)
    name: Mapped[str] = mapped_column(String(SERVICE_TYPE_LENGTH), index=True)


class MatterVersion(Model):
    """How a service matter is done from a day on, entered as its `number`-th version.

    Of several with the same day the one with the highest number counts. Times are in working days;
    shares are in percent. `entered_by` is None for the command line and the demo.
    """

    __tablename__ = "matter_version"
    __table_args__ = (
        UniqueConstraint("service_matter_id", "number"),
        UniqueConstraint("service_matter_id", "starts_on", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    service_matter_id: Mapped[int] = mapped_column(ForeignKey("service_matter.id"))
    number: Mapped[int]
    starts_on: Mapped[date]
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    basis: Mapped[str] = mapped_column(String(LONGEST_BASIS))
    items: Mapped[int]
    step_count: Mapped[int]
    documents: Mapped[int]
    spared: Mapped[int]
    certificates: Mapped[int]
    replaced: Mapped[int]
    legal: Mapped[int | None]
    promised: Mapped[int]
    actual: Mapped[Decimal | None]
    visits: Mapped[int]
    online_share: Mapped[Decimal | None]
    phone_share: Mapped[Decimal | None]
    terminal_share: Mapped[Decimal | None]
    bookable_share: Mapped[Decimal | None]
    once_share: Mapped[Decimal | None]
    online: Mapped[bool]
    phone: Mapped[bool]
    terminal: Mapped[bool]
    bookable: Mapped[bool]
    once: Mapped[bool]
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    entered_at: Mapped[datetime]
    matter: Mapped[ServiceMatter] = relationship()
    section: Mapped[Section] = relationship()
    author: Mapped[User | None] = relationship()
    rows: Mapped[list["VersionStep"]] = relationship(order_by="VersionStep.place")

    @property
    def figures(self) -> MatterFigures:
        """The figures that rules compute with."""
        return MatterFigures(
            items=self.items,
            documents=self.documents,
            spared=self.spared,
            certificates=self.certificates,
            replaced=self.replaced,
            legal=self.legal,
            promised=self.promised,
            actual=self.actual,
            visits=self.visits,
            ways=frozenset(way for way in Way if getattr(self, way.value)),
            steps=self.step_count,
            **{share: getattr(self, share) for share in SHARES},
        )

    @property
    def steps(self) -> list[ProcessStep]:
        """The steps in their order."""
        return [ProcessStep(row.name, row.who, row.days) for row in self.rows]


class VersionStep(Model):
    """A step of a version; `place` counts from 1."""

    __tablename__ = "version_step"

    version_id: Mapped[int] = mapped_column(ForeignKey("matter_version.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    who: Mapped[str] = mapped_column(String(LONGEST_WHO))
    days: Mapped[Decimal]

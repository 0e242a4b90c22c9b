"""The cast of the demo's cases: actors, people concerned, and the time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from evalsys.cases.engine.duties import all_duties
from evalsys.cases.engine.rules.duties import PERSON
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.organisation.org.models import Staff
from evalsys.organisation.periods.rules import PeriodSpan

SHOWN = "SP01"  # the section whose chief and clerk have a demo account
BAD_SECTION = "RS05"  # the one that is rated low for long; its chief has an account


def accounts_with(role: Role) -> list[Actor]:
    """Return the actors of the demo's accounts with a role, in the order of their creation."""
    query = select(User).where(User.role == role).order_by(User.id)
    return [user.actor for user in db.session.scalars(query)]


@dataclass(frozen=True)
class Concerned:
    """A person of the demo without a case yet."""

    section_id: int
    staff_id: int
    ballot_id: bytes = b""  # of the low rating from which the case comes, if it comes from one
    period: str = ""  # of that rating


@dataclass(frozen=True)
class Quarter:
    """A quarter of the demo about to be closed; `ago` counts back from the last closed one, 0."""

    hr: Actor
    span: PeriodSpan
    ago: int
    days: WorkingDays
    now: datetime

    def moment(self, before: int) -> datetime:
        """Return a time in the office hours, some days before the first one after the quarter."""
        return office_hour(self.span.ends_on - timedelta(days=before - 1), self.days, self.now)


def office_hour(day: date, days: WorkingDays, now: datetime) -> datetime:
    """Return a time in the office hours of a day, or of the next working day."""
    day = day if days.is_working(day) else next(days.after(day))
    return now.replace(year=day.year, month=day.month, day=day.day, hour=2, minute=15)


@dataclass(frozen=True)
class Cast:
    """The actors and time of the demo. `accounts` and `chiefs` map staff and sections to users."""

    hr: Actor
    leader: Actor
    accounts: Mapping[int, int]
    chiefs: Mapping[int, int]
    mentor: Staff  # has an account
    colleague: Staff
    codes: Sequence[str]
    period: str
    result_id: int
    days: WorkingDays
    now: datetime

    def holder(self, duty: str, person: Concerned) -> int | None:
        """Return the account that holds a duty in the demo, or None."""
        if duty == PERSON:
            return self.accounts.get(person.staff_id)
        offices = {Role.HR: self.hr.user_id, Role.LEADER: self.leader.user_id}
        role = all_duties()[duty].role
        return offices[role] if role in offices else self.chiefs.get(person.section_id)

    def back(self, count: int) -> date:
        """Return the day some working days before today, at least one."""
        day, left = local_day(self.now), count
        while left:
            day -= timedelta(days=1)
            left -= self.days.is_working(day)
        return day

    def moment(self, day: date) -> datetime:
        """Return a time in the office hours of a day, or of the next working day."""
        return office_hour(day, self.days, self.now)

    def moment_after(self, last: datetime, day: date) -> datetime:
        """Return such a time, at the earliest on the day after the last one."""
        return self.moment(max(day, local_day(last) + timedelta(days=1)))

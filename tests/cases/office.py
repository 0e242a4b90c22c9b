"""A personnel office that gets mail, and the run that sends it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from evalsys.cases.engine.models import Notice, Subject
from evalsys.cases.notices import jobs
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.handlers import Progress
from evalsys.organisation.org.models import Section, Staff
from evalsys.personnel.chiefs.service import take_up_low_score
from tests.factories import (
    make_chief,
    make_leader,
    make_policy,
    make_section,
    make_user,
    publish_period,
)

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)  # 9:00 in Shanghai, a Tuesday.
TOMORROW = NOW + timedelta(days=1)
NEAR = datetime(2026, 12, 7, 1, tzinfo=UTC)  # One working day before verify_low_wd ends.
REMINDED = "%(sent)s reminders were sent."


class Office:
    """A section with its chief and leader, and a personnel officer who has given an address."""

    def __init__(self) -> None:
        make_policy()
        self.section = make_section()
        self.chief = make_chief(self.section)
        self.leader = make_user(Role.LEADER, staff_id=make_leader(self.section).id)
        self.hr = self.officer("hr@example.cn")

    def officer(self, address: str | None) -> User:
        return make_user(Role.HR, mail_address=address)

    def low(self) -> Subject:
        """A case whose first step is the personnel office's, due on 8 December."""
        return self.low_in(self.section, self.chief)

    def low_in(self, section: Section, chief: Staff) -> Subject:
        with unit_of_work(self.hr.actor) as unit:
            unit.record(Action.CASE_OPEN, "closing")
            case = take_up_low_score(unit, section, chief, {"period": "2026-Q2"}, now=NOW)
        publish_period("2026-Q2")
        return case


def run(now: datetime) -> dict[str, int]:
    """Run the job; return its figures."""
    params: dict[str, int] = jobs.run(Progress(), {}, SYSTEM, now)["params"]
    return params


def not_mailed() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(Notice).where(Notice.mailed_at.is_(None))).all())

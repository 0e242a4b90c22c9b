"""A supervision office, a section with chief, member and leader in charge, and one beside it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.service import take_step
from evalsys.core.permissions import Actor, Role
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.matters.service import MatterEntry, open_matter
from tests.factories import (
    make_chief,
    make_leader,
    make_organ,
    make_policy,
    make_section,
    make_staff,
    make_user,
)

NOW = datetime(2026, 2, 12, 2, tzinfo=UTC)  # 10:00 in Shanghai, a Thursday.
FRIDAY = date(2026, 2, 13)


class Supervision:
    """The people of a matter."""

    def __init__(self) -> None:
        make_policy()
        self.organ = make_organ(code="SP", name="审批局")
        self.section = make_section(self.organ, code="SP01", name="企业登记科")
        self.beside = make_section(self.organ, code="SP02", name="工程建设科")
        self.office = make_user(Role.SUPERVISOR, name="ducha").actor
        self.chief = make_user(Role.CHIEF, staff_id=make_chief(self.section).id).actor
        self.chief_beside = make_user(Role.CHIEF, staff_id=make_chief(self.beside).id).actor
        self.member = make_staff(self.section, name="张三")
        self.handler = make_user(Role.STAFF, staff_id=self.member.id).actor
        self.leader = make_user(Role.LEADER, staff_id=make_leader(self.section).id).actor

    def entry(self, **values: Any) -> MatterEntry:
        """What a matter is opened with."""
        facts: dict[str, Any] = {
            "source": MatterSource.HOTLINE,
            "organ": self.organ,
            "title": "食堂证照反复补件",
            "says": "来电人13812345678称同一材料三次被要求补正。",
            "reference": "RX-207",
        }
        return MatterEntry(**{**facts, **values})

    def taken_in(self, *, now: datetime = NOW, **values: Any) -> Subject:
        """A matter just taken in."""
        return open_matter(self.office, self.entry(**values), now=now)

    def assignment(self, **values: Any) -> dict[str, Any]:
        """The entry of an assignment."""
        facts = {"section": "SP01", "handler": self.member.number, "demand": "请限期办结。"}
        return {**facts, **values}

    def assigned(self, *, now: datetime = NOW, co_owners: str = "", **values: Any) -> Subject:
        """A matter assigned on a day."""
        case = self.taken_in(now=now, **values)
        self.take(self.office, case, "accept", now=now)
        entry = self.assignment(co_owners=co_owners)
        return self.take(self.office, case, "assign", now=now, **entry)

    def fed_back(self, *, now: datetime = NOW, **values: Any) -> Subject:
        """A matter that the owner has answered."""
        case = self.assigned(now=now, **values)
        self.take(self.handler, case, "sign", now=now)
        entry = {"result": "已补齐。", "reply": "已办结。"}
        return self.take(self.handler, case, "feed_back", now=now, **entry)

    def take(
        self, actor: Actor, case: Subject, name: str, *, now: datetime = NOW, **entry: Any
    ) -> Subject:
        """Take a step."""
        return take_step(actor, case.id, name, entry, now=now)


def at(day: date, hour: int = 10) -> datetime:
    """Return a moment of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=8)

"""The head of an organ with two sections, and a section of another organ beside them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.supervision.coordination.service import Question, take_up
from evalsys.supervision.matters.models import Matter
from tests.factories import make_chief, make_organ, make_section, make_user
from tests.supervision.office import NOW, Supervision

UNTIL = date(2026, 3, 3)  # 9 working days after 12 February, over the Spring Festival


class Coordinations(Supervision):
    """Supervision with the head of the organ, and a section of another one."""

    def __init__(self) -> None:
        super().__init__()
        self.head = make_user(Role.LEADER, name="juzhang", organ_id=self.organ.id).actor
        self.elsewhere = make_section(make_organ(code="RS", name="人社局"), code="RS05")
        chief = make_chief(self.elsewhere)
        self.chief_elsewhere = make_user(Role.CHIEF, staff_id=chief.id).actor
        self.chief_number = chief.number

    def question(self, **values: Any) -> Question:
        """What a coordination is opened with."""
        facts: dict[str, Any] = {
            "title": "企业注销跑五个窗口",
            "says": "请求一次办清。",
            "conveners": "丁建国 局长",
            "raised_on": date(2026, 2, 10),
            "called": "SP01 RS05",
        }
        return Question(**{**facts, **values})

    def taken_up(self, *, now: datetime = NOW, **values: Any) -> Subject:
        """A coordination that the head has opened."""
        return take_up(self.head, self.question(**values), now=now)

    def decided(self, *, now: datetime = NOW, **values: Any) -> Subject:
        """One that is decided."""
        case = self.taken_up(now=now, **values)
        return self.take(self.head, case, "decide", now=now, conclusion="一次办清。")

    def task(self, **values: Any) -> dict[str, Any]:
        """The entry of a task."""
        facts = {
            "title": "专窗设置方案",
            "section": "SP01",
            "handler": self.member.number,
            "demand": "请拿出方案。",
            "until": UNTIL.isoformat(),
        }
        return {**facts, **values}

    def given(self, case: Subject, *, now: datetime = NOW, **values: Any) -> Subject:
        """The matter of a task given in a coordination."""
        self.take(self.head, case, "task", now=now, **self.task(**values))
        return matters_of(case)[-1]

    def studied(self, case: Subject, *, now: datetime = NOW) -> Subject:
        """The matter of a question that is studied first."""
        entry = {"title": "公告期限", "demand": "请研究。", "until": UNTIL.isoformat()}
        self.take(self.head, case, "study", now=now, **entry)
        return matters_of(case)[-1]

    def reported(self, case: Subject, *, now: datetime = NOW) -> Subject:
        """A task that its owner has reported on."""
        task = self.given(case, now=now)
        self.take(self.handler, task, "sign", now=now)
        return self.take(self.handler, task, "report", now=now, result="已实施。")


def matters_of(case: Subject) -> list[Subject]:
    """The tasks of a coordination, in the order in which they were given."""
    query = select(Subject).join(Matter, Matter.subject_id == Subject.id)
    query = query.where(Subject.origin_id == case.id).order_by(Subject.id)
    return list(db.session.scalars(query))

"""A supervision office of two, and a matter that came late and was concluded."""

from datetime import date
from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.papers.receipts import mark_opened
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.supervision.objections.service import file_objection
from tests.factories import make_user
from tests.supervision.office import Supervision, at

ASSIGNED, ANSWERED, CLOSED = date(2026, 2, 2), date(2026, 2, 11), date(2026, 2, 12)
CHECKED = {"asked_on": CLOSED.isoformat(), "answer": "basically", "conclusion": "逾期办结。"}
GROUNDS = "补正期间应当停止计时，电话13812345678可核。"
UPHELD: dict[str, Any] = {"reasons": "补正未申请停止计时。", "decider": "孙志强 副秘书长"}
CHANGED: dict[str, Any] = {**UPHELD, "conclusion": "按期办结。", "excused": True}


class Objections(Supervision):
    """Supervision with a second person in the office and the head of the organ."""

    def __init__(self) -> None:
        super().__init__()
        self.second = make_user(Role.SUPERVISOR, name="ducha2", display_name="复核员").actor
        self.third = make_user(Role.SUPERVISOR, name="ducha3", display_name="第三人").actor
        self.head = make_user(Role.LEADER, name="juzhang", organ_id=self.organ.id).actor

    def concluded(self, *, answered: date = ANSWERED, **values: Any) -> Subject:
        """A matter that was answered, five working days late by default, and closed."""
        case = self.assigned(now=at(ASSIGNED), **values)
        self.take(self.handler, case, "sign", now=at(ASSIGNED, 11))
        entry = {"result": "已补齐。", "reply": "已办结。"}
        self.take(self.handler, case, "feed_back", now=at(answered), **entry)
        return self.close(case)

    def close(self, case: Subject, **values: Any) -> Subject:
        """Close a matter after the check."""
        return self.take(self.office, case, "close", now=at(CLOSED, 9), **{**CHECKED, **values})

    def opened(self, case: Subject, day: date = CLOSED) -> Subject:
        """The matter, whose conclusion the chief has opened on a day."""
        mark_opened(self.chief, case, now=at(day, 10))
        return case

    def filed(self, *, day: date = CLOSED) -> Subject:
        """An objection to the conclusion."""
        return file_objection(self.chief, self.opened(self.concluded()), GROUNDS, now=at(day, 11))

    def user(self, user_id: int | None) -> User:
        """The account with an id."""
        return db.session.scalars(select(User).where(User.id == user_id)).one()

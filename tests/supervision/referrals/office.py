"""A supervision office with the discipline organ beside it, and a matter that came late."""

from typing import Any

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import select_cases
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor, Role
from evalsys.supervision.referrals.service import draft_referral
from tests.factories import make_user
from tests.supervision.office import NOW, Supervision

REASONED: dict[str, Any] = {"reasons": "逾期未办结。", "decider": "孙志强 市政府副秘书长"}
URGED: dict[str, Any] = {"demand": "请限期办结。"}


class Referrals(Supervision):
    """Supervision with the discipline organ, and a matter that came late."""

    def __init__(self) -> None:
        super().__init__()
        self.watch = make_user(Role.DISCIPLINE, name="jiwei")
        self.second = make_user(Role.SUPERVISOR, name="ducha2")
        self.matter = self.assigned()

    def supervised(self) -> Subject:
        """The matter, urged and supervised."""
        for name in ("urge", "supervise"):
            self.take(SYSTEM, self.matter, name, **URGED)
        return self.matter

    def drafted(self) -> Subject:
        """A referral drafted by the system."""
        self.supervised()
        with unit_of_work(SYSTEM) as unit:
            return draft_referral(unit, self.matter, NOW)

    def sent(self) -> Subject:
        """One that was sent."""
        return self.take(self.office, self.drafted(), "send", **REASONED)

    def answered(self, move: str) -> Subject:
        """One that the discipline organ answered."""
        case = self.take(self.watch.actor, self.sent(), "receive", receiver="吴静")
        return self.take(self.watch.actor, case, move, **REASONED)

    def sees(self, actor: Actor) -> set[str]:
        """The kinds of what somebody sees."""
        return {case.kind for case in db.session.scalars(select_cases(actor, on=NOW.date()))}

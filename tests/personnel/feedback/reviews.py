"""A section with everybody who has a part in a bad review, and one that was counted."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.service import add_evidence, take_step
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.personnel.feedback.models import Review
from evalsys.ratings.ballots.service import seal_contact
from evalsys.ratings.counting.service import count_due
from tests.factories import (
    make_case,
    make_chief,
    make_leader,
    make_organ,
    make_policy,
    make_section,
    make_staff,
    make_user,
)
from tests.ratings.intake import add_ballot, secrets_of

VALID_UNTIL, COUNTED = date(2026, 11, 23), date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)  # Tuesday, 24 November 2026, 10:00 in Shanghai.
PHONE = "13855501321"
LOW: dict[str, Any] = {"attitude": 2, "reasons": 5, "base_period": "2026-Q4"}

CONTACT = {"done_on": COUNTED, "reached": "reached", "said": "等了一个上午"}
CLASSIFY = {"category": "justified_simple", "finding": "属实"}
ASIDE = {"category": "justified_simple", "attribution": "process", "finding": "系统故障"}
RECTIFY = {"done_on": COUNTED, "measures": "当面道歉"}
CALL_BACK = {"done_on": date(2026, 12, 1), "result": "satisfied"}


class Hall:
    """An organ with two sections, and the accounts of their people."""

    def __init__(self) -> None:
        make_policy()
        organ = make_organ()
        self.section = make_section(organ)
        self.other = make_section(organ)
        self.member = make_staff(self.section)
        self.chief_person = make_chief(self.section)
        leader = make_leader(self.section)
        self.hr_user = make_user(Role.HR, organ_id=organ.id)
        self.hr = self.hr_user.actor
        self.second_user = make_user(Role.HR, organ_id=organ.id)
        self.second = self.second_user.actor
        self.chief_user = make_user(Role.CHIEF, staff_id=self.chief_person.id)
        self.chief = self.chief_user.actor
        reviewer = make_chief(self.other)
        self.reviewer_user = make_user(Role.CHIEF, staff_id=reviewer.id)
        self.reviewer = self.reviewer_user.actor
        self.leader = make_user(Role.LEADER, staff_id=leader.id).actor
        self.person_user = make_user(Role.STAFF, staff_id=self.member.id)
        self.person = self.person_user.actor

    def leave(self, *ballots: dict[str, Any]) -> list[bytes]:
        """Leave some ballots for the member and twenty good ones; return the secrets of the first.

        All are of the period of the first.
        """
        secrets = secrets_of(20 + len(ballots))
        period = ballots[0]["base_period"] if ballots else "2026-Q4"
        fields = [*ballots, *[{"base_period": period}] * 20]
        for secret, values in zip(secrets, fields, strict=True):
            add_ballot(secret, self.member, **{"valid_until": VALID_UNTIL, **values})
        db.session.commit()
        return secrets[: len(ballots)]

    def count(self, *ballots: dict[str, Any]) -> list[bytes]:
        """Leave the ballots, and count them."""
        secrets = self.leave(*ballots)
        count_due(SYSTEM, on=COUNTED)
        return secrets

    def open(self, phone: str | None = None) -> Subject:
        """Count one low ballot, and return its case."""
        self.count({**LOW, "contact": seal_contact(phone) if phone else None})
        return db.session.scalars(select(Subject).filter_by(kind="review")).one()

    def of_another_kind(self) -> Subject:
        """A case of the section that is no bad review."""
        return make_case("chief", section=self.section, staff=self.chief_person)

    def classified(self, phone: str | None = None) -> Subject:
        case = self.open(phone)
        if phone:
            take_step(self.hr, case.id, "contact", CONTACT, now=NOW)
        take_step(self.chief, case.id, "classify", CLASSIFY, now=NOW)
        return case

    def objected(self) -> Subject:
        """A case against which the member has objected, and which another section decides."""
        case = self.classified()
        add_evidence(
            self.person, case.id, EvidenceKind.DUTY_RECORD, "排队记录", "当日系统停机", now=NOW
        )
        take_step(self.person, case.id, "object", {"objection": "不是我的责任"}, now=NOW)
        take_step(self.hr, case.id, "name_reviewers", {"section": self.other.code}, now=NOW)
        return case


def review_of(case: Subject) -> Review:
    """Read what stands beside a case anew."""
    db.session.expire_all()
    return db.session.get_one(Review, case.id)


def later(days: int) -> datetime:
    return NOW + timedelta(days=days)

"""A bad review that is not due to the person becomes a matter of the supervision office."""

from collections.abc import Callable

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.rules.entries import LONGEST_LINE
from evalsys.cases.engine.service import add_evidence, take_step
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.supervision.matters.models import LONGEST_TITLE, Matter
from tests.factories import make_user
from tests.personnel.feedback.reviews import ASIDE, CLASSIFY, NOW, Hall

CHANGE = "材料清单应当一次写全"


@pytest.fixture
def hall(app: object) -> Hall:
    return Hall()


def matters() -> list[Matter]:
    db.session.expire_all()
    return list(db.session.scalars(select(Matter)))


def test_what_two_people_set_aside_is_a_matter_that_names_neither_rater_nor_person(
    hall: Hall, sign_in: Callable[[User], FlaskClient]
) -> None:
    case = hall.open()
    with time_machine.travel(NOW, tick=False):
        path = f"/cases/{case.id}/step"
        form = sign_in(hall.chief_user).get(f"{path}/classify_aside?lang=en").text
        assert "the supervision office gets this as a matter" in form
        sign_in(hall.chief_user).post(f"{path}/classify_aside", data={**ASIDE, "change": CHANGE})
        assert not matters(), "one person alone decides nothing"
        sign_in(hall.hr_user).post(f"{path}/set_aside", data={"reasons": "属实"})
        [matter] = matters()
        office = sign_in(make_user(Role.SUPERVISOR))
        page = office.get(f"/cases/{matter.subject_id}").text
        assert office.get(f"/cases/{case.id}").status_code == 404, "bad reviews stay closed"
    assert (matter.source, matter.title, matter.reference) == ("review", CHANGE, case.number)
    assert [one.organ_id for one in matter.subject.parties] == [hall.section.organ_id]
    assert matter.subject.opened_by is None
    assert matter.subject.origin_id == case.id
    assert hall.section.name not in matter.title
    assert "流程原因" in page
    for hidden in (hall.member.name, hall.member.number, ASIDE["finding"]):
        assert hidden not in page


def test_without_a_word_the_section_is_asked_and_a_long_one_is_cut_in_the_title_only(
    hall: Hall,
) -> None:
    hall.count(*[{"attitude": 2, "reasons": 5, "base_period": "2026-Q4"}] * 2)
    first, second = db.session.scalars(select(Subject).order_by(Subject.id)).all()
    long = "长" * LONGEST_LINE
    for case, change in ((first, {}), (second, {"change": long})):
        take_step(hall.chief, case.id, "classify_aside", {**ASIDE, **change}, now=NOW)
        take_step(hall.hr, case.id, "set_aside", {"reasons": "属实"}, now=NOW)
    [of_first, of_second] = matters()
    assert of_first.title == f"{hall.section.name}：差评反映的问题（流程原因）"
    assert len(of_second.title) == LONGEST_TITLE
    assert of_second.title.endswith("…")
    assert long in of_second.subject.grounds["says"]


@pytest.mark.parametrize("aside", ["mistaken", "malicious"])
def test_a_mistake_or_a_malicious_rating_is_no_matter(hall: Hall, aside: str) -> None:
    case = hall.open()
    entry = {**ASIDE, "category": aside, "change": CHANGE}
    take_step(hall.chief, case.id, "classify_aside", entry, now=NOW)
    take_step(hall.hr, case.id, "set_aside", {"reasons": "属实"}, now=NOW)
    assert not matters()


def test_what_counts_for_the_person_is_none_until_an_objection_is_upheld(hall: Hall) -> None:
    case = hall.open()
    take_step(hall.chief, case.id, "classify", CLASSIFY, now=NOW)
    proof = ("排队记录", "当日系统停机")
    add_evidence(hall.person, case.id, EvidenceKind.DUTY_RECORD, *proof, now=NOW)
    take_step(hall.person, case.id, "object", {"objection": "不是我的责任"}, now=NOW)
    take_step(hall.hr, case.id, "name_reviewers", {"section": hall.other.code}, now=NOW)
    entry = {"aside": "not_person", "reasons": "属实", "change": CHANGE}
    take_step(hall.reviewer, case.id, "uphold_objection", entry, now=NOW)
    assert not matters()
    take_step(hall.hr, case.id, "set_aside_upheld", {}, now=NOW)
    [matter] = matters()
    assert matter.title == CHANGE
    assert "非个人原因" in matter.subject.grounds["says"]

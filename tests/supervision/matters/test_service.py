"""What a matter holds from its intake to its closing."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from evalsys.cases.deadlines.service import agree_change, ask_change
from evalsys.cases.engine.models import ChangeKind, Deadline, Notice, Subject
from evalsys.cases.engine.rules.machine import NoSuchMove, NotReady, NotYourStep
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.rules import (
    ANSWERING,
    ASSIGNING,
    CLOSING,
    MAIN,
    MATTER,
    TERM_OF,
    MatterSource,
)
from evalsys.supervision.numbers import AlreadyOnFile
from tests.cases.walks import walks
from tests.factories import make_section, make_staff, make_user
from tests.supervision.office import FRIDAY, NOW, Supervision, at


@pytest.fixture
def city(app: object) -> Supervision:
    return Supervision()


def running(case: Subject) -> dict[str, Deadline]:
    """Return the open deadlines of a matter by rule."""
    query = select(Deadline).where(Deadline.subject_id == case.id, Deadline.closed_on.is_(None))
    return {row.rule: row for row in db.session.scalars(query)}


@pytest.mark.only("sqlite", "no database: the table alone")
def test_nothing_is_closed_without_feedback_and_check_and_nothing_refused_twice() -> None:
    for walk in walks(MATTER):
        names = [move.name for _, move, _ in walk]
        if names[-1] in CLOSING:
            assert {"sign"} < set(names)
            assert not set(names).isdisjoint(ASSIGNING)
            assert not set(names).isdisjoint(ANSWERING)
            assert walk[-1][0] in {"fed_back", "reported"}
        if names.count("refuse") == 1:
            ahead = names[names.index("refuse") + 1 :]
            assert not ahead or ahead[0] == "assign_finally"


def test_the_term_runs_from_the_assignment_over_the_spring_festival(city: Supervision) -> None:
    for source, days, end in (
        (MatterSource.HOTLINE, 5, date(2026, 2, 27)),
        (MatterSource.ENTERPRISE, 7, date(2026, 3, 2)),
    ):
        case = city.assigned(now=at(FRIDAY), source=source, reference=None)
        term = running(case)[TERM_OF[source]]
        assert (term.amount, term.due_on) == (days, end)


@pytest.mark.parametrize("source", list(MatterSource))
def test_one_main_term_runs_at_each_stage(city: Supervision, source: MatterSource) -> None:
    def main(case: Subject) -> list[str]:
        return [rule for rule in running(case) if rule in MAIN]

    case = city.taken_in(source=source)
    assert main(case) == ["assign_wd"]
    city.take(city.office, case, "accept")
    assert main(case) == ["assign_wd"]
    city.take(city.office, case, "assign", **city.assignment())
    assert main(case) == [TERM_OF[source]]
    city.take(city.chief, case, "refuse", reasons="不属本科室职责。")
    assert main(case) == ["assign_wd"]
    city.take(city.office, case, "assign_finally", **city.assignment())
    assert main(case) == [TERM_OF[source]]
    city.take(city.handler, case, "sign")
    assert main(case) == [TERM_OF[source]]
    city.take(city.handler, case, "feed_back", result="已办结。", reply="已办结。")
    assert main(case) == ["check_wd"]
    day: dict[str, Any] = {"asked_on": NOW.date(), "answer": "dissatisfied"}
    city.take(city.office, case, "send_back", **day, missing="仍未解决。")
    assert main(case) == ["rework_wd"]
    city.take(city.chief, case, "feed_back", result="已办结。", reply="已办结。")
    city.take(city.office, case, "close", **{**day, "answer": "satisfied"}, conclusion="已办结。")
    assert not running(case)
    assert case.closed_at is not None


def test_wrong_routing_is_refused_once(city: Supervision) -> None:
    case = city.assigned()
    city.take(city.chief, case, "refuse", reasons="不属本科室职责。")
    assert case.home is None
    assert case.named(MatterDuty.HANDLER) is None
    with pytest.raises(NotYourStep):
        city.take(city.chief, case, "assign_finally", **city.assignment())
    city.take(city.office, case, "assign_finally", **city.assignment())
    with pytest.raises(NoSuchMove):
        city.take(city.chief, case, "refuse", reasons="再次退回。")


def test_co_owners_contribute_before_the_owner_feeds_back(city: Supervision) -> None:
    case = city.assigned(co_owners="SP02", source=MatterSource.ENTERPRISE)
    city.take(city.handler, case, "sign")
    assert running(case)["co_owner_wd"].duty == MatterDuty.CO_OWNER
    with pytest.raises(NotReady):
        city.take(city.handler, case, "feed_back", result="已办结。", reply="已办结。")
    with pytest.raises(NotYourStep):
        city.take(city.chief, case, "contribute", says="本科室意见。")
    city.take(city.chief_beside, case, "contribute", says="已提供图纸。")
    assert "co_owner_wd" not in running(case)
    with pytest.raises(NoSuchMove):
        city.take(city.chief_beside, case, "contribute", says="再说一次。")
    city.take(city.handler, case, "feed_back", result="已办结。", reply="已办结。")
    assert case.state == "fed_back"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"section": "XX"}, "XX"),
        ({"handler": "X9"}, "X9"),
        ({"handler": "elsewhere"}, "SP01"),
        ({"co_owners": "SP01"}, "SP01"),
        ({"co_owners": "SP02 YY"}, "YY"),
    ],
)
def test_an_assignment_that_nobody_could_answer_is_refused(
    city: Supervision, values: dict[str, Any], words: str
) -> None:
    if values.get("handler") == "elsewhere":
        values = {"handler": make_staff(city.beside).number}
    case = city.taken_in()
    city.take(city.office, case, "accept")
    with pytest.raises(DomainError) as refused:
        city.take(city.office, case, "assign", **city.assignment(**values))
    assert words in str(refused.value.params)
    db.session.rollback()
    assert case.state == "accepted"
    assert list(running(case)) == ["assign_wd"]


def test_a_section_without_accounts_is_not_given_a_matter(city: Supervision) -> None:
    section = make_section(city.organ, code="SP09")
    case = city.taken_in()
    city.take(city.office, case, "accept")
    entry = city.assignment(section="SP09", handler=make_staff(section).number)
    with pytest.raises(DomainError, match="account"):
        city.take(city.office, case, "assign", **entry)


def test_a_number_of_a_source_comes_once_and_phones_are_hidden(city: Supervision) -> None:
    case = city.taken_in()
    assert "13812345678" not in case.grounds["says"]
    with pytest.raises(AlreadyOnFile) as refused:
        city.taken_in()
    assert refused.value.params["number"] == case.number
    db.session.rollback()
    assert city.taken_in(source=MatterSource.VISIT).number == "2026-002"


def test_a_chief_asks_for_more_time_and_the_office_or_the_leader_agrees(
    city: Supervision,
) -> None:
    case = city.assigned(now=at(FRIDAY))
    term = running(case)["hotline_wd"]
    asked = ask_change(city.chief, term, ChangeKind.EXTEND, "需现场踏勘。", now=at(FRIDAY))
    agree_change(city.leader, asked, now=at(FRIDAY))
    assert term.due_on == date(2026, 3, 5), "five working days and five more"
    with pytest.raises(DomainError, match="once"):
        ask_change(city.chief, term, ChangeKind.EXTEND, "再延。", now=at(FRIDAY))
    db.session.rollback()
    asked = ask_change(city.chief, term, ChangeKind.PAUSE, "跨级请示。", now=at(FRIDAY))
    agree_change(city.office, asked, now=at(FRIDAY))
    assert term.paused_on == FRIDAY


def test_the_office_is_told_of_a_matter_that_a_colleague_took_in(city: Supervision) -> None:
    colleague = make_user(Role.SUPERVISOR)
    case = city.taken_in()
    told = db.session.scalars(select(Notice.user_id).filter_by(subject_id=case.id)).all()
    assert told == [colleague.id]


def test_an_urging_reaches_the_owner_and_leaves_the_matter_where_it_is(
    city: Supervision,
) -> None:
    case = city.assigned()
    city.take(city.handler, case, "sign")
    before = set(db.session.scalars(select(Notice.id)))
    city.take(city.office, case, "urge", now=NOW + timedelta(hours=1), demand="请今日办结。")
    assert case.state == "handling"
    query = select(Notice).where(Notice.id.not_in(before))
    told = {(row.user_id, row.topic) for row in db.session.scalars(query)}
    assert told == {(who.user_id, "done:urge") for who in (city.handler, city.chief)}
    with pytest.raises(NotYourStep):
        city.take(city.office, case, "near")
    city.take(SYSTEM, case, "near")

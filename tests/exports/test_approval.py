"""Large exports: request, decision, download, and who may do which."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from evalsys.core.audit import AuditEvent
from evalsys.core.errors import DomainError, NotAllowed, NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.exports.approval import queries
from evalsys.exports.approval import rules as export_large_rules
from evalsys.exports.approval import service as large
from evalsys.exports.approval.rules import ExportState
from evalsys.exports.models import LargeExport, LargeExportSection
from evalsys.exports.service import count_persons, export, request_export, run
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.handlers import Progress
from evalsys.organisation.org.models import Section
from evalsys.organisation.periods.models import PeriodState
from evalsys.results.closing.service import correct
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.scores.models import Result
from tests.exports.books import make_closed_city
from tests.factories import (
    JULY,
    make_large_export,
    make_leader,
    make_member_score,
    make_organ,
    make_period,
    make_result,
    make_section,
    make_section_score,
    make_staff,
    make_user,
    save,
)
from tests.results.closing.city import CODE, NOW, TODAY

LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _few_are_many(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count a workbook of three people as large."""
    monkeypatch.setattr(export_large_rules, "MANY", 2)


@pytest.fixture
def asker() -> User:
    return make_user(Role.HR, display_name="周敏")


@pytest.fixture
def other() -> User:
    return make_user(Role.HR, display_name="孙丽")


def wanted(user: User, name: str = "members", **filters: str) -> ExportRequest:
    return request_export(user.actor, name, CODE, filters, lang="zh", now=NOW)


def asked(user: User, name: str = "members", **filters: str) -> LargeExport:
    request = wanted(user, name, **filters)
    return large.ask(request, count_persons(request), "党组会材料")


def agreed(asker: User, other: User, **filters: str) -> LargeExport:
    row = asked(asker, **filters)
    return large.agree(other.actor, row.id, now=NOW)


def lines(action: Action) -> list[dict[str, Any]]:
    query = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
    return [line.details for line in db.session.scalars(query)]


def states() -> list[ExportState]:
    return list(db.session.scalars(select(LargeExport.state).order_by(LargeExport.id)))


def test_a_request_keeps_what_was_asked_and_waits(asker: User) -> None:
    low, _ = make_closed_city()
    row = asked(asker, sort="-total")
    assert (row.book, row.filters, row.persons) == ("members", {"sort": "-total"}, 13)
    assert (row.state, row.valid_until) == (ExportState.WAITING, TODAY + timedelta(days=30))
    seen = set(db.session.scalars(select(LargeExportSection.section_id)))
    assert low.id in seen
    assert len(seen) == 6
    (line,) = lines(Action.EXPORT_ASK)
    assert (line["request"], line["persons"], line["purpose"]) == (row.id, 13, "党组会材料")


def test_asking_twice_for_the_same_is_one_request(asker: User, other: User) -> None:
    make_closed_city()
    first = asked(asker)
    assert asked(asker).id == first.id
    assert asked(asker, sort="-total").id != first.id
    assert asked(other).id != first.id
    large.refuse(other.actor, first.id, "太多", now=NOW)
    assert asked(asker).id != first.id


def test_the_whole_scope_counts_not_only_what_the_filter_leaves(asker: User) -> None:
    """A decider needs the requester's whole scope, even if the filter names a single organ."""
    low, _ = make_closed_city()
    row = asked(asker, section=low.code)
    local = make_user(Role.HR, organ_id=low.organ_id)
    assert not queries.may_decide(local.actor, row)
    assert row.persons == 2


def test_another_person_agrees_and_it_is_made_exactly_so(
    asker: User, other: User, tmp_path: Path
) -> None:
    make_closed_city()
    row = agreed(asker, other, sort="-total")
    assert (row.state, row.decided_by) == (ExportState.AGREED, other.id)
    assert row.valid_until == TODAY + timedelta(days=7)
    for _ in range(2):
        row, request = large.take(asker.actor, row.id, now=LATER)
        assert request.filters == {"sort": "-total"}
        export(request, tmp_path / "book.xlsx", agreed=row)
    assert (row.state, row.taken_at) == (ExportState.TAKEN, LATER)
    (decision,) = lines(Action.EXPORT_DECIDE)
    assert (decision["request"], decision["agreed"], decision["until"]) == (
        row.id,
        True,
        "2026-10-28",
    )
    made = lines(Action.EXCHANGE_EXPORT)
    assert [(line["request"], line["persons"], line["many_persons"]) for line in made] == [
        (row.id, 13, True)
    ] * 2


def test_without_agreement_no_file_is_made_by_page_or_job(asker: User, tmp_path: Path) -> None:
    make_closed_city()
    with pytest.raises(DomainError, match="another person agrees first: ask for it from"):
        export(wanted(asker), tmp_path / "book.xlsx")
    params = {"name": "members", "period": CODE, "filters": {}, "lang": "zh"}
    with pytest.raises(DomainError, match="another person agrees first: ask for it from"):
        run(Progress("1.1.0"), params, asker.actor, NOW)
    row = asked(asker)
    with pytest.raises(DomainError, match="This request was decided or has expired"):
        export(wanted(asker), tmp_path / "book.xlsx", agreed=row)
    with pytest.raises(DomainError, match="This request was decided or has expired"):
        run(Progress("1.1.0"), {**params, "agreed": row.id}, asker.actor, NOW)
    assert list(tmp_path.glob("**/*.xlsx")) == []
    assert lines(Action.EXCHANGE_EXPORT) == []


def test_an_agreement_covers_nothing_else(asker: User, other: User, tmp_path: Path) -> None:
    make_closed_city()
    row = agreed(asker, other)
    for request in (wanted(asker, sort="-total"), wanted(asker, "ratings"), wanted(other)):
        with pytest.raises(DomainError, match="What was asked for has changed since: other"):
            export(request, tmp_path / "book.xlsx", agreed=row)
    with pytest.raises(NotFound):
        large.take(other.actor, row.id, now=LATER)


def test_the_system_is_not_held_but_its_line_is_marked(tmp_path: Path) -> None:
    make_closed_city()
    export(request_export(SYSTEM, "members", CODE, {}, lang="zh", now=NOW), tmp_path / "a.xlsx")
    (line,) = lines(Action.EXCHANGE_EXPORT)
    assert line["many_persons"]
    assert "request" not in line


def test_who_asked_cannot_decide_with_this_account_or_another(asker: User) -> None:
    make_closed_city()
    person = make_staff(make_section())
    asker.staff_id = person.id
    save(asker)
    row = asked(asker)
    twin = make_user(Role.HR, staff_id=person.id)
    with pytest.raises(DomainError, match="Two accounts of one person are one person,"):
        large.agree(asker.actor, row.id, now=NOW)
    with pytest.raises(NotFound):
        large.agree(twin.actor, row.id, now=NOW)
    assert states() == [ExportState.WAITING]


def test_the_database_refuses_one_person_for_two(asker: User) -> None:
    result = make_result()
    with pytest.raises(IntegrityError):
        make_large_export(
            result, asker, state=ExportState.AGREED, decided_by=asker.id, decided_at=JULY
        )
    db.session.rollback()


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": ExportState.AGREED},
        {"state": ExportState.REFUSED, "decided_at": JULY},
        {"state": ExportState.EXPIRED},
        {"decided_at": JULY},
        {"refusal": "no"},
        {"taken_at": JULY},
        {"persons": 0},
        {"purpose": ""},
    ],
)
def test_the_database_refuses_half_a_decision(asker: User, wrong: dict[str, Any]) -> None:
    result = make_result()
    with pytest.raises(IntegrityError):
        make_large_export(result, asker, **wrong)
    db.session.rollback()


def test_a_refusal_says_why_and_ends_it(asker: User, other: User) -> None:
    make_closed_city()
    row = asked(asker)
    large.refuse(other.actor, row.id, "目的不清", now=NOW)
    assert (row.state, row.refusal) == (ExportState.REFUSED, "目的不清")
    (line,) = lines(Action.EXPORT_DECIDE)
    assert (line["agreed"], line["reason"]) == (False, "目的不清")
    with pytest.raises(DomainError, match="This request was decided or has expired"):
        large.agree(other.actor, row.id, now=LATER)
    with pytest.raises(DomainError, match="This request was decided or has expired"):
        large.take(asker.actor, row.id, now=LATER)


def test_an_agreement_ends_after_seven_days_and_a_request_after_thirty(
    asker: User, other: User
) -> None:
    make_closed_city()
    row, waiting = agreed(asker, other), asked(asker, sort="-total")
    large.take(asker.actor, row.id, now=NOW + timedelta(days=7))
    with pytest.raises(DomainError, match="This request was decided or has expired"):
        large.take(asker.actor, row.id, now=NOW + timedelta(days=8))
    with pytest.raises(DomainError, match="This request was decided or has expired"):
        large.agree(other.actor, waiting.id, now=NOW + timedelta(days=31))


def test_corrected_results_need_a_new_request(asker: User, other: User) -> None:
    make_closed_city()
    row, waiting = agreed(asker, other), asked(asker, sort="-total")
    correct(SYSTEM, CODE, "两份误评", now=LATER)
    with pytest.raises(DomainError, match="What was asked for has changed since: other"):
        large.take(asker.actor, row.id, now=LATER)
    with pytest.raises(DomainError, match="What was asked for has changed since: other"):
        large.agree(other.actor, waiting.id, now=LATER)


def test_a_new_role_or_a_disabled_account_inherits_no_agreement(asker: User, other: User) -> None:
    low, _ = make_closed_city()
    row, waiting = agreed(asker, other), asked(asker, sort="-total")
    asker.organ_id = low.organ_id
    save(asker)
    assert {queries.state_of(one, TODAY) for one in (row, waiting)} == {ExportState.EXPIRED}
    with pytest.raises(NotFound):
        large.take(asker.actor, row.id, now=LATER)
    assert [len(days) for days in queries.list_tasks(other.actor, TODAY)] == [0, 0]
    asker.organ_id, asker.disabled_at = None, NOW
    save(asker)
    assert queries.state_of(row, TODAY) is ExportState.EXPIRED


def test_whoever_may_not_export_cannot_ask(asker: User) -> None:
    make_closed_city()
    request = wanted(asker)
    watcher = make_user(Role.SUPERVISOR)
    foreign = ExportRequest(watcher.actor, "members", request.result, {}, "zh", NOW)
    with pytest.raises(NotAllowed):
        large.ask(foreign, 13, "x")
    with pytest.raises(NotAllowed):
        large.ask(ExportRequest(SYSTEM, "members", request.result, {}, "zh", NOW), 13, "x")


def two_organs() -> tuple[Result, list[Section]]:
    """A closed quarter of three sections with one member each: two of one organ, one of another."""
    period = make_period(CODE, state=PeriodState.CLOSED, closed_at=JULY)
    result, home = make_result(period), make_organ()
    sections = [make_section(home), make_section(home), make_section()]
    for section in sections:
        make_section_score(result, section)
        make_member_score(result, section)
    return result, sections


def test_who_sees_all_that_the_asker_sees_may_decide() -> None:
    result, (first, second, far) = two_organs()
    local = make_user(Role.HR, organ_id=first.organ_id)
    row = make_large_export(result, local, [first, second])
    both, one = make_staff(), make_staff()
    for section in (first, second):
        make_leader(section, both)
    make_leader(far, one)
    may = {
        "office of the city": make_user(Role.HR),
        "office of the organ": make_user(Role.HR, organ_id=first.organ_id),
        "leader of the organ": make_user(Role.LEADER, organ_id=first.organ_id),
        "leader of both sections": make_user(Role.LEADER, staff_id=both.id),
    }
    may_not = {
        "who asked": local,
        "office next door": make_user(Role.HR, organ_id=far.organ_id),
        "leader next door": make_user(Role.LEADER, staff_id=one.id),
        "supervisor": make_user(Role.SUPERVISOR),
        "auditor": make_user(Role.AUDITOR),
        "leader of nothing": make_user(Role.LEADER),
    }
    assert {who for who, user in may.items() if queries.may_decide(user.actor, row)} == set(may)
    assert [who for who, user in may_not.items() if queries.may_decide(user.actor, row)] == []
    assert not queries.may_decide(SYSTEM, row)
    for user in may.values():
        assert db.session.scalars(queries.select_requests(user.actor, TODAY)).all() == [row]
        assert [len(days) for days in queries.list_tasks(user.actor, TODAY)] == [1, 0]


def test_who_leads_only_a_part_is_no_second_person_for_the_whole() -> None:
    result, (first, second, _far) = two_organs()
    local = make_user(Role.HR, organ_id=first.organ_id)
    row = make_large_export(result, local, [first, second])
    leader = make_user(Role.LEADER, staff_id=make_leader(first).id)
    assert not queries.may_decide(leader.actor, row)
    chief = make_user(Role.LEADER, staff_id=make_leader(second).id)
    assert queries.may_decide(leader.actor, make_large_export(result, chief, [first]))


def test_the_page_knows_whether_anybody_could_agree() -> None:
    _result, (first, _second, far) = two_organs()
    local = make_user(Role.HR, organ_id=first.organ_id)
    make_user(Role.HR, organ_id=far.organ_id)
    make_user(Role.LEADER, staff_id=make_leader(first).id)
    make_user(Role.HR, disabled_at=JULY)
    assert not queries.has_decider(wanted(local))
    make_user(Role.HR)
    assert queries.has_decider(wanted(local))


def test_what_waits_stands_before_what_is_newer(asker: User, other: User) -> None:
    result = make_result(make_period(CODE, state=PeriodState.CLOSED, closed_at=JULY))
    waiting = make_large_export(result, asker)
    done: dict[str, Any] = {"decided_by": other.id, "decided_at": JULY}
    newer = make_large_export(result, asker, state=ExportState.REFUSED, refusal="no", **done)
    lapsed = make_large_export(result, asker, valid_until=TODAY - timedelta(days=1))
    rows = db.session.scalars(queries.select_requests(other.actor, TODAY)).all()
    assert [row.id for row in rows] == [waiting.id, lapsed.id, newer.id]
    assert [len(days) for days in queries.list_tasks(other.actor, TODAY)] == [1, 0]
    assert [len(days) for days in queries.list_tasks(asker.actor, TODAY)] == [0, 0]

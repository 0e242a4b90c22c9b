"""The registers of cases and the archive as workbooks, read by an independent reader."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from evalsys.cases.engine.kinds import all_kinds, kinds_of
from evalsys.cases.engine.models import CaseStep, Deadline, Evidence, FileView, Subject
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.audit import AuditEvent
from evalsys.core.city import say
from evalsys.core.errors import DomainError, NotAllowed, NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Actor, Role
from evalsys.exports.approval import rules as export_large_rules
from evalsys.exports.registers.archive import export_archive, request_archive
from evalsys.exports.registers.books import (
    export_register,
    file_name,
    registers_for,
    request_register,
)
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.periods.spans import read_span
from evalsys.personnel.chiefs.sheets import HELD
from evalsys.personnel.pool.models import MentorNote, TrainingUnit
from evalsys.personnel.pool.rules.stays import RESULTS
from evalsys.personnel.pool.sheets.words import DECISIONS, STATEMENTS
from evalsys.personnel.sheets.registers import all_registers
from tests.exports.books import Table, column
from tests.factories import make_case, make_staff, make_thin_member_score, make_user, save
from tests.world import NOW, TODAY, UNIT, Place, World, make_world

SignIn = Callable[[User], FlaskClient]
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
VOTES = {"entitled": 9, "present": 8, "in_favour": 7, "against": 1, "abstained": 0}


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Table]:
    """Return a function that exports a register and returns its sheet."""

    def read(name: str, actor: Actor = SYSTEM, span: Any = YEAR, **more: Any) -> Table:
        lang = more.pop("lang", "zh")
        path = tmp_path / "book.xlsx"
        export_register(request_register(actor, name, span, more, lang=lang, now=NOW), path)
        return sheets(path)[say(all_registers()[name].title, lang)]

    return read


def sheets(path: Path) -> dict[str, Table]:
    book = CalamineWorkbook.from_path(path)
    return {title: book.get_sheet_by_name(title).to_python() for title in book.sheet_names}


def only(table: Table) -> dict[str, Any]:
    """Return the only row of a table."""
    assert len(table) == 2
    return dict(zip(table[0], table[1], strict=True))


def add_step(case: Subject, name: str, at: datetime = NOW, **entry: Any) -> CaseStep:
    move = next(each for each in all_kinds()[case.kind].machine.moves if each.name == name)
    made = {"source": move.sources[0], "target": move.target, "role": Role.HR}
    return save(CaseStep(subject_id=case.id, name=name, at=at, entry=entry, **made))


def make_return(section: Section, staff: Staff, state: str = "admitted", **more: Any) -> Subject:
    """Create a return up to its decision."""
    case = make_case("return", section=section, staff=staff, state=state, **more)
    add_step(case, "propose", datetime(2026, 8, 3, 2, tzinfo=UTC), situation="efficiency")
    add_step(case, "notify", datetime(2026, 8, 4, 2, tzinfo=UTC), delivered="当面")
    add_step(case, "state", datetime(2026, 8, 10, 2, tzinfo=UTC), statement="=我不同意")
    add_step(case, "verify", datetime(2026, 8, 20, 2, tzinfo=UTC), finding="属实", sources="台账")
    talk = {"held_on": "2026-08-24", "place": "二楼", "talker": "周敏", "recorder": "孙丽"}
    heard = {"reason": "多次超时", "heard": "系统切换", "signed": True}
    add_step(case, "talk", datetime(2026, 8, 24, 2, tzinfo=UTC), **talk, **heard)
    paper = {"document": "云组〔2026〕40号", "decider": "赵立新", "recused": "王海宁"}
    add_step(case, "admit", datetime(2026, 9, 1, 2, tzinfo=UTC), **VOTES, **paper)
    return case


def test_the_words_of_moves_name_moves_that_there_are(app: Flask) -> None:
    kinds = kinds_of(app)
    moves = {name: {move.name for move in kind.machine.moves} for name, kind in kinds.items()}
    assert {*DECISIONS, *STATEMENTS} <= moves["return"]
    assert RESULTS.keys() <= moves["pool"]
    assert all(move in moves[kind] for kind, move in HELD.items())


def test_what_a_step_does_not_ask_for_is_a_dash(world: World, read: Callable[..., Table]) -> None:
    own = world.corners[Place.OWN]
    make_return(own.section, own.chief)
    talks = [row for row in read("interviews")[1:] if row[0] == "周敏"]
    assert {row[8] for row in talks} == {"—"}, "a talk within a return asks for no measures"


def test_an_interview_has_the_columns_of_the_form(world: World, read: Callable[..., Table]) -> None:
    own = world.corners[Place.OWN]
    table = read("interviews", section=own.section.code)
    assert table[0][:11] == [
        *("约谈人", "被约谈人", "记录人", "时间", "地点", "事由", "内容", "本人说明"),
        *("整改措施", "时限", "签字"),
    ]
    found = only(table)
    assert found["被约谈人"] == own.chief.name
    assert found["时间"] == "2026-11-26 三楼会议室"  # The hour as its notice says.
    assert (found["签字"], found["类别"], found["阶段"]) == (
        "是",
        "科长约谈案",
        "已约谈，待整改方案",
    )
    due = db.session.scalars(
        select(Deadline.due_on).filter_by(subject_id=world.cases[Place.OWN].id, rule="plan_wd")
    ).one()
    assert found["时限"] == due
    assert found["工号"] == own.chief.number


def test_a_talk_within_a_return_is_an_interview_too(
    world: World, read: Callable[..., Table]
) -> None:
    own = world.corners[Place.OWN]
    make_return(own.section, own.member)
    august = (date(2026, 8, 1), date(2026, 8, 31))
    found = only(read("interviews", span=august))
    assert (found["约谈人"], found["本人说明"]) == ("周敏", "系统切换")
    assert found["事由"] == "多次拖延"
    assert len(read("interviews", span=(date(2026, 9, 1), date(2026, 9, 30)))) == 1


def test_the_pool_has_the_columns_of_its_register(world: World, read: Callable[..., Table]) -> None:
    own, sibling = world.corners[Place.OWN], world.corners[Place.SIBLING]
    stay = world.stay
    before = make_return(own.section, stay.staff)
    stay.origin_id = before.id
    save(stay)
    save(TrainingUnit(case_id=stay.id, **UNIT, result="合格"))
    save(MentorNote(case_id=stay.id, body="有进步", at=NOW, by=None))
    add_step(stay, "extend", reasons="未达标", decider="赵立新", document="云组〔2026〕41号")
    add_step(stay, "pass", conclusion="达标")
    moved: dict[str, Any] = {
        "section": sibling.section.code,
        "post": "综合岗",
        "starts_on": "2026-11-23",
    }
    add_step(stay, "reassign", **moved, agreed=True, document="x")
    remedy = {"section": own.section, "staff": stay.staff, "state": "decided"}
    against = make_case("remedy", origin_id=before.id, **remedy)
    add_step(against, "decide", outcome="uphold", reasons="x", decider="x", document="x")
    table = read("pool")
    assert table[0][:15] == [
        *("姓名", "原科室", "退人日期", "依据情形", "决定文号", "纳入日", "到期日", "培训方式"),
        *("导师", "阶段评价", "延长次数", "评估结论", "去向", "去向日期", "申诉情况"),
    ]
    found = only(table)
    assert (found["姓名"], found["原科室"]) == ("韩雪", own.section.name)
    assert (found["退人日期"], found["依据情形"]) == (date(2026, 8, 3), "多次拖延")
    assert found["决定文号"] == "云组〔2026〕40号"
    assert found["导师"] == own.member.name
    assert found["培训方式"] == "学习提升16学时"
    assert found["阶段评价"] == "窗口业务：合格；导师记录1次"
    assert (found["延长次数"], found["评估结论"]) == (1, "达标")
    assert found["去向"] == f"{sibling.section.name} 综合岗"
    assert found["去向日期"] == date(2026, 11, 23)
    assert found["申诉情况"] == "复核已决定，维持"


def test_a_return_tells_how_it_was_decided_and_not_what_the_person_said(
    world: World, read: Callable[..., Table]
) -> None:
    own = world.corners[Place.OWN]
    case = make_return(own.section, own.member)
    for kind in (EvidenceKind.SCORE, EvidenceKind.ATTENDANCE):
        save(Evidence(subject_id=case.id, kind=kind, title="t", body="b", at=NOW, by=None))
    found = only(read("returns"))
    assert (found["退人日期"], found["告知日期"]) == (date(2026, 8, 3), date(2026, 8, 4))
    assert (found["陈述申辩"], found["谈话日期"]) == ("已陈述申辩", date(2026, 8, 24))
    assert found["集体研究"] == "应到9，实到8，赞成7，反对1，弃权0"
    assert (found["回避人员"], found["决定"]) == ("王海宁", "纳入人员池")
    assert found["证据种类"] == "考勤；评价（调整后得分）"
    assert found["申诉情况"] == "无"
    assert "=我不同意" not in str(found)


def test_drafts_and_other_days_are_not_in_the_register_of_returns(
    world: World, read: Callable[..., Table]
) -> None:
    own = world.corners[Place.OWN]
    make_case("return", section=own.section, staff=own.member, state="draft")
    ended = datetime(2026, 9, 1, 2, tzinfo=UTC)
    make_return(own.section, make_staff(own.section), closed_at=ended)
    assert len(read("returns")) == 2
    assert len(read("returns", span=(date(2026, 9, 1), date(2026, 9, 1)))) == 2
    assert len(read("returns", span=(date(2026, 9, 2), date(2026, 9, 30)))) == 1
    assert len(read("returns", span=(date(2026, 6, 1), date(2026, 6, 30)))) == 1


def test_a_commendation_is_listed_when_it_is_decided(
    world: World, read: Callable[..., Table]
) -> None:
    own = world.corners[Place.OWN]
    case = make_case("commendation", section=own.section, staff=own.chief, state="commended")
    add_step(case, "choose", NOW - timedelta(days=11), deeds="服务标兵", where="公示栏")
    add_step(case, "publish_notice", NOW - timedelta(days=10))
    add_step(case, "object", objection="x")
    assert len(read("commendations")) == 1
    add_step(case, "commend", decider="赵立新", document="云组〔2026〕31号", reasons="x")
    found = only(read("commendations"))
    assert (found["姓名"], found["表彰事由"]) == (own.chief.name, "服务标兵")
    assert (found["评价周期"], found["异议情况"]) == ("2026年第二季度", "1件，已查核")
    assert (found["决定文号"], found["表彰日期"]) == ("云组〔2026〕31号", TODAY)
    assert found["公示开始"] == TODAY - timedelta(days=10)


@pytest.mark.parametrize("name", ["commendations", "interviews", "pool", "returns"])
def test_a_register_speaks_english_on_request(
    world: World, read: Callable[..., Table], name: str
) -> None:
    table = read(name, lang="en")
    assert all(heading.isascii() for heading in table[0])


def test_who_may_have_which_register(world: World) -> None:
    of_people = {"interviews", "commendations", "returns", "pool"}
    of_matters = {"matters", "referrals"}
    assert set(all_registers()) == {
        *(*of_people, *of_matters),
        *("objections", "visits", "coordinations", "hotline"),
    }
    assert set(registers_for(world.users[Role.HR].actor)) == {*of_people, "visits"}
    leader = registers_for(world.users[Role.LEADER].actor)
    led = {"visits", "coordinations"}
    assert set(leader) == {*of_people, "matters", "objections", *led}
    assert set(registers_for(world.users[Role.CHIEF].actor)) == {"returns", *led}
    overseen = set(registers_for(world.users[Role.SUPERVISOR].actor))
    assert overseen == {*of_matters, *led, "objections", "hotline"}
    assert set(registers_for(world.users[Role.DISCIPLINE].actor)) == of_matters
    for role in (Role.STAFF, Role.AUDITOR):
        assert registers_for(world.users[role].actor) == {}
    values: Any = {"span": YEAR, "filters": {}, "lang": "zh", "now": NOW}
    with pytest.raises(NotAllowed):
        request_register(world.users[Role.CHIEF].actor, "pool", **values)
    with pytest.raises(NotFound):
        request_register(world.users[Role.STAFF].actor, "pool", **values)
    with pytest.raises(NotFound):
        request_register(SYSTEM, "nonsense", **values)


def test_a_register_has_the_scope_of_the_pages(world: World, read: Callable[..., Table]) -> None:
    chiefs = {place: corner.chief.number for place, corner in world.corners.items()}
    assert set(column(read("interviews"), "工号")) == set(chiefs.values())
    office = column(read("interviews", world.users[Role.HR].actor), "工号")
    assert set(office) == {chiefs[Place.OWN], chiefs[Place.SIBLING]}
    leader = column(read("interviews", world.users[Role.LEADER].actor), "工号")
    assert leader == [chiefs[Place.OWN]]
    foreign = world.corners[Place.FOREIGN].section.code
    assert len(read("interviews", world.users[Role.HR].actor, section=foreign)) == 1


def test_a_chief_does_not_learn_who_applied_for_a_remedy(
    world: World, read: Callable[..., Table]
) -> None:
    own = world.corners[Place.OWN]
    case = make_return(own.section, own.member)
    make_case("remedy", section=own.section, staff=own.member, origin_id=case.id)
    assert only(read("returns"))["申诉情况"] == "已申请复核"
    assert only(read("returns", world.users[Role.CHIEF].actor))["申诉情况"] == "—"


def test_who_stands_in_a_register_sees_who_took_it_once_they_know_of_the_case(
    world: World, read: Callable[..., Table]
) -> None:
    own = world.corners[Place.OWN]
    untold = make_staff(own.section)
    make_case("return", section=own.section, staff=untold, state="proposed")
    make_return(own.section, own.member)
    for _ in range(2):
        read("returns", world.users[Role.HR].actor)
    looks = db.session.scalars(select(FileView)).all()
    assert [(look.staff_id, look.page) for look in looks] == [(own.member.id, "ledger returns")]


def test_an_export_is_recorded_with_its_days_and_its_people(
    world: World, read: Callable[..., Table]
) -> None:
    read("interviews", world.users[Role.HR].actor)
    line = db.session.scalars(
        select(AuditEvent).filter_by(action=Action.REGISTER_EXPORT).order_by(AuditEvent.id.desc())
    ).first()
    assert line is not None
    assert (line.subject_id, line.details["rows"], line.details["persons"]) == ("interviews", 2, 2)
    assert (line.details["since"], line.details["until"]) == ("2026-01-01", "2026-12-31")


def test_nobody_carries_away_a_long_list_of_people(
    world: World, read: Callable[..., Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_large_rules, "MANY", 1)
    with pytest.raises(DomainError, match="Choose fewer days or a section, or let"):
        read("interviews", world.users[Role.HR].actor)
    assert db.session.scalars(select(FileView)).all() == []
    assert len(read("interviews")) == 4  # The terminal is not held.


def test_register_by_register_the_limit_holds_for_the_person_and_the_year(
    world: World,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = world.corners[Place.OWN]
    for number in range(3):
        opened = datetime(2026, 3 + number, 2, tzinfo=UTC)
        make_case(
            "pool",
            section=own.section,
            staff=make_staff(own.section),
            opened_at=opened,
            closed_at=opened,
            state="settled",
        )
    monkeypatch.setattr(export_large_rules, "MANY", 2)
    person = make_staff()
    officer, twin = (make_user(Role.HR, staff_id=person.id) for _ in range(2))

    def status(user: User, month: int) -> int:
        span = f"since=2026-{month:02}-01&until=2026-{month:02}-28&section={own.section.code}"
        answer = sign_in(user).get(f"/ledgers/pool?{span}")
        assert (b"would have 3" in answer.data) == (answer.status_code == 422)
        return answer.status_code

    assert [status(officer, month) for month in (3, 3, 4, 4)] == [200] * 4
    assert [status(one, 5) for one in (officer, twin)] == [422, 422], "one person is one person"
    assert status(make_user(Role.HR), 5) == 200


def test_questions_do_not_grow_with_the_cases(
    world: World, read: Callable[..., Table], statements: list[str]
) -> None:
    own = world.corners[Place.OWN]
    make_return(own.section, own.member)
    for name in ("returns", "interviews"):
        read(name)
        statements.clear()
        read(name)
        few = len(statements)
        for _ in range(3):
            make_return(own.section, make_staff(own.section))
        statements.clear()
        read(name)
        assert len(statements) <= few <= 20


def test_days_are_read_or_refused() -> None:
    assert read_span("", "", TODAY) == (date(2026, 1, 1), TODAY)
    assert read_span("2026-03-01", "2026-03-01", TODAY) == (date(2026, 3, 1), date(2026, 3, 1))
    for bad in (("nonsense", ""), ("2026-03-02", "2026-03-01"), ("", "9999-12-31")):
        with pytest.raises(DomainError, match="is no span of days"):
            read_span(*bad, TODAY)


def test_the_file_says_what_it_is(world: World) -> None:
    filters = {"organ": "SP"}
    request = request_register(SYSTEM, "returns", YEAR, filters, lang="zh", now=NOW)
    assert file_name(request) == "退人台账_20260101-20261231_审批局_20261124.xlsx"
    assert say(request.filter_words, "zh") == "单位：SP"


def test_an_archive_has_scores_and_record_good_and_bad(world: World, tmp_path: Path) -> None:
    own = world.corners[Place.OWN]
    case = make_case("commendation", section=own.section, staff=own.chief, state="commended")
    add_step(case, "commend", decider="=赵立新", document="云组〔2026〕31号", reasons="x")
    path = tmp_path / "book.xlsx"
    export_archive(
        request_archive(world.users[Role.HR].actor, own.chief.number, lang="zh", now=NOW), path
    )
    book = sheets(path)
    assert list(book) == ["封面", "各期评价", "工作实绩（不计入得分）", "记事"]
    assert {row[0]: row[1] for row in book["封面"]}["姓名"] == own.chief.name
    scores = dict(zip(book["各期评价"][0], book["各期评价"][1], strict=True))
    assert (scores["评价周期"], scores["得分（未调整）"]) == ("2026年第三季度", 84)
    record = book["记事"]
    assert {"表彰", "科长约谈案"} <= set(column(record, "类别"))
    assert column(record, "日期") == sorted(column(record, "日期"), reverse=True)
    [cell] = [row[4] for row in record[1:] if "31号" in str(row[4])]
    assert "=赵立新" in cell


def test_an_archive_in_english_and_of_few_ballots(world: World, tmp_path: Path) -> None:
    own = world.corners[Place.OWN]
    person = make_staff(own.section)
    make_thin_member_score(world.result, own.section, person)
    path = tmp_path / "book.xlsx"
    export_archive(request_archive(SYSTEM, person.number, lang="en", now=NOW), path)
    book = sheets(path)
    assert list(book) == ["Cover", "Ratings", "Work, not in the score", "Record"]
    scores = only(book["Ratings"])
    assert (scores["Score (unadjusted)"], scores["Valid ballots"]) == ("too few", "<10")


def test_the_owner_may_have_the_own_archive_and_sees_who_else_took_it(
    world: World, sign_in: SignIn
) -> None:
    own, foreign = world.corners[Place.OWN].member, world.corners[Place.FOREIGN].member
    owner = sign_in(world.users[Role.STAFF])
    answer = owner.get(f"/archive/{own.number}/workbook")
    assert answer.status_code == 200
    assert answer.data[:2] == b"PK"
    assert db.session.scalars(select(FileView)).all() == []
    office = sign_in(world.users[Role.HR])
    assert office.get(f"/archive/{own.number}/workbook").status_code == 200
    assert [look.page for look in db.session.scalars(select(FileView))] == ["workbook"]
    assert office.get(f"/archive/{foreign.number}/workbook").status_code == 404
    assert owner.get(f"/archive/{foreign.number}/workbook").status_code == 404


def test_the_page_offers_what_the_visitor_may_have(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.users[Role.HR]).get("/ledgers?since=2026-07-01").text
    assert page.count("/ledgers/") == len(registers_for(world.users[Role.HR].actor))
    assert "since=2026-07-01" in page
    chief = sign_in(world.users[Role.CHIEF])
    assert chief.get("/ledgers").text.count("/ledgers/") == 3
    assert chief.get("/ledgers/pool").status_code == 404
    assert chief.get("/ledgers/returns").status_code == 200
    assert sign_in(world.users[Role.STAFF]).get("/ledgers").status_code == 404
    assert sign_in(world.users[Role.HR]).get("/ledgers?since=nonsense").status_code == 422
    assert make_user(Role.HR)  # An office of the whole city has no organ of its own.


@pytest.mark.parametrize("command", ["register", "ledger"])
def test_the_commands_write_files(world: World, app: Flask, tmp_path: Path, command: str) -> None:
    runner = app.test_cli_runner()
    out = tmp_path / "register.xlsx"
    args = ["exchange", command, "interviews", "--out", str(out), "--since", "2026-01-01"]
    done = runner.invoke(args=[*args, "--until", "2026-12-31"])
    assert done.exit_code == 0, done.output
    assert len(sheets(out)["约谈记录"]) == 4
    number = world.corners[Place.OWN].member.number
    done = runner.invoke(args=["exchange", "archive", number, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "记事" in sheets(out)
    refused = runner.invoke(args=["exchange", "archive", "nobody", "--out", str(out)])
    assert refused.exit_code == 1

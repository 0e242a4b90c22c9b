"""The registers 督办台账 and 移送台账, opened again: rows, shares, the chart, who gets which."""

import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from evalsys.core.errors import NotAllowed, NotFound
from evalsys.core.permissions import Actor, Role
from evalsys.exports.registers.books import export_register, registers_for, request_register
from evalsys.foundation.accounts.models import User
from tests.factories import make_user
from tests.supervision.coordination.office import Coordinations
from tests.supervision.office import NOW
from tests.supervision.referrals.office import REASONED, Referrals

SignIn = Callable[[User], FlaskClient]
Rows = list[dict[str, Any]]
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
LATER = NOW + timedelta(days=20)  # 4 March: five working days after the term of five ended


@pytest.fixture
def city(app: Flask) -> Iterator[Referrals]:
    with time_machine.travel(NOW, tick=False):
        yield Referrals()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., dict[str, Rows]]:
    """Return a function that exports a register and returns the rows of its sheets."""

    def read(actor: Actor, name: str, *, lang: str = "zh", **filters: str) -> dict[str, Rows]:
        path = tmp_path / "book.xlsx"
        request = request_register(actor, name, YEAR, filters, lang=lang, now=LATER)
        export_register(request, path)
        book, found = CalamineWorkbook.from_path(path), {}
        for title in book.sheet_names[1:]:
            head, *rows = book.get_sheet_by_name(title).to_python()
            found[title] = [dict(zip(map(str, head), row, strict=True)) for row in rows]
        return found

    return read


def test_it_says_of_each_matter_whose_it_is_and_how_its_term_stands(
    city: Referrals, read: Callable[..., dict[str, Rows]]
) -> None:
    city.supervised()
    city.taken_in(reference="RX-300", title="尚未交办")
    done = city.fed_back(reference="RX-301", title="按期办结")
    asked: dict[str, Any] = {
        "asked_on": NOW.date().isoformat(),
        "answer": "satisfied",
        "conclusion": "属实。",
    }
    city.take(city.office, done, "close", **asked)
    late, waiting, closed = read(city.office, "matters")["督办台账"]
    assert (late["事项编号"], late["来源"], late["来源编号"]) == (
        city.matter.number,
        "热线工单",
        "RX-207",
    )
    assert (late["单位"], late["科室"], late["责任人"]) == ("审批局", "企业登记科", "张三")
    assert (late["交办日期"], late["到期日"]) == (NOW.date(), date(2026, 2, 26))
    assert (late["亮灯"], late["逾期工作日"], late["延期"]) == ("逾期", 5.0, "否")
    assert late["催办日期"] == late["督办日期"] == NOW.date()
    assert (waiting["单位"], waiting["科室"], waiting["亮灯"]) == ("审批局", "—", "—")
    assert (closed["亮灯"], closed["逾期工作日"], closed["反馈日期"]) == ("办结", 0.0, NOW.date())
    assert (closed["办结日期"], closed["诉求人评价"], closed["结论"]) == (
        NOW.date(),
        "满意",
        "属实。",
    )


def test_shares_in_time_stand_by_section_with_a_chart_and_by_person(
    city: Referrals, read: Callable[..., dict[str, Rows]], tmp_path: Path
) -> None:
    city.fed_back(reference="RX-301")
    book = read(city.office, "matters")
    assert list(book) == ["督办台账", "科室按期率", "责任人按期率"]
    assert [list(row.values()) for row in book["科室按期率"]] == [
        ["企业登记科", "审批局", 2, 1, 0.5]
    ]
    assert [list(row.values()) for row in book["责任人按期率"]] == [["张三", "审批局", 2, 1, 0.5]]
    with zipfile.ZipFile(tmp_path / "book.xlsx") as packed:
        charts = [name for name in packed.namelist() if name.startswith("xl/charts/chart")]
        assert len(charts) == 1
        assert "科室按期率" in packed.read(charts[0]).decode()


def test_nothing_yet_is_an_empty_register(
    city: Referrals, read: Callable[..., dict[str, Rows]]
) -> None:
    book = read(make_user(Role.SUPERVISOR, organ_id=None).actor, "referrals")
    assert book == {"移送台账": []}
    assert read(city.office, "matters", section="SP02") == {
        "督办台账": [],
        "科室按期率": [],
        "责任人按期率": [],
    }


def test_a_referral_says_who_approved_it_and_what_came_of_it(
    city: Referrals, read: Callable[..., dict[str, Rows]]
) -> None:
    city.answered("return_it")
    for actor in (city.office, city.watch.actor):
        [row] = read(actor, "referrals")["移送台账"]
        assert (row["移送编号"], row["事项编号"]) == ("2026-001", city.matter.number)
        assert (row["起草方式"], row["批准人"]) == ("系统", REASONED["decider"])
        assert (row["移送日期"], row["签收日期"]) == (NOW.date(), NOW.date())
        assert (row["处理决定"], row["理由"]) == ("已退回督查机构", REASONED["reasons"])


def test_the_discipline_organ_takes_what_was_referred_to_it_alone(
    city: Referrals, read: Callable[..., dict[str, Rows]]
) -> None:
    city.fed_back(reference="RX-301")
    city.drafted()
    assert read(city.watch.actor, "matters")["督办台账"] == []
    assert read(city.watch.actor, "referrals")["移送台账"] == []


def test_the_tasks_of_a_coordination_stand_beside_it(
    app: Flask, read: Callable[..., dict[str, Rows]]
) -> None:
    with time_machine.travel(NOW, tick=False):
        city = Coordinations()
        case = city.decided()
        tasks = [city.given(case), city.given(case, title="公告期限")]
        city.assigned(reference="RX-1")
        found = read(city.office, "coordinations")["任务清单"]
    assert {row["事项编号"] for row in found} == {task.number for task in tasks}
    assert {row["任务"] for row in found} == {"专窗设置方案", "公告期限"}
    assert {row["协调编号"] for row in found} == {case.number}


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (
            Role.SUPERVISOR,
            {"coordinations", "hotline", "matters", "objections", "referrals", "visits"},
        ),
        (Role.DISCIPLINE, {"matters", "referrals"}),
        (Role.STAFF, set()),
    ],
)
def test_a_role_has_its_registers_and_no_workbook_of_scores(
    city: Referrals, sign_in: SignIn, role: Role, names: set[str]
) -> None:
    user = make_user(role)
    assert set(registers_for(user.actor)) == names
    client = sign_in(user)
    assert client.get("/ledgers").status_code == (200 if names else 404)
    for name in names:
        assert client.get(f"/ledgers/{name}", buffered=True).status_code == 200
    with pytest.raises(NotAllowed if names else NotFound):
        request_register(user.actor, "returns", YEAR, {}, lang="zh", now=NOW)
    assert client.get("/export/ranking/2026-Q1").status_code == 404


def test_leaders_take_the_matters_of_their_sections(
    city: Referrals, read: Callable[..., dict[str, Rows]]
) -> None:
    assert len(read(city.leader, "matters")["督办台账"]) == 1

"""The words that hotlines have for the state of a ticket."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.uploads.cells import Unreadable
from evalsys.supervision.hotline.imports.states import read_status
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.matters.models import Matter
from tests.factories import make_user
from tests.supervision.hotline.lists import as_csv, checked, row, written
from tests.supervision.office import NOW, Supervision

SignIn = Callable[[User], FlaskClient]
CLOSED = (
    "已办结 已办结（满意） 办结归档 办结 已办理完毕 办理完成 已结案 已结 已销单 销单 已撤单 撤单 "
    "已评价 已回访 已关闭 归档 已归档 已办理 已完成 已回复 【已办结】已办结 是 Closed 1"
)
OPEN = (
    "办理中 处理中 待签收 待办结 未办结 未完成 已受理 已派单 已签收 已退回 办结审核中 办结申请 "
    "已办结退回 回访中 待回访 延期办理 重办 否 open 0 正在办理（超期）"
)


@pytest.fixture
def client(app: Flask, sign_in: SignIn) -> Iterator[FlaskClient]:
    with time_machine.travel(NOW, tick=False):
        Supervision()
        yield sign_in(make_user(Role.SUPERVISOR))


def seen() -> tuple[list[bool], int | None]:
    """Which tickets are open, and how many matters there are."""
    db.session.rollback()
    tickets = db.session.scalars(select(HotlineTicket.is_open).order_by(HotlineTicket.number))
    return list(tickets), db.session.scalar(select(func.count()).select_from(Matter))


@pytest.mark.parametrize("word", CLOSED.split())
def test_it_is_closed(word: str) -> None:
    assert read_status(word).value is False


@pytest.mark.parametrize("word", OPEN.split())
def test_it_is_open(word: str) -> None:
    assert read_status(word).value is True


@pytest.mark.parametrize("word", ["甲", "（满意）", "unclear", "状态"])
def test_nobody_knows(word: str) -> None:
    with pytest.raises(Unreadable):
        read_status(word)


def test_an_empty_state_says_nothing(client: FlaskClient) -> None:
    written(client, as_csv([row("RX-1", 工单状态="已办结"), row("RX-2", 工单状态="")]))
    assert seen() == ([False, True], 1), "a new one is open"
    rows = [row("RX-1", 工单状态="", 标题="新标题"), row("RX-2", 工单状态="", 标题="新标题")]
    written(client, as_csv(rows))
    assert seen() == ([False, True], 1), "a known one stays as it was"


def test_an_unknown_state_is_told_by_its_cell(client: FlaskClient) -> None:
    path = checked(client, as_csv([row("RX-1", 工单状态="甲类"), row("RX-2")]))
    page = client.get(f"{path}?lang=en").text
    assert "This state is not known: write “办理中” or “已办结”" in page
    assert "甲类" in page
    client.post(f"{path}/write")
    assert seen() == ([True], 1)

"""The minutes of a coordination: laid out as minutes, and as things stood at the decision."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import docx
import pytest
import time_machine
from docx.oxml.ns import qn
from flask import Flask
from flask.testing import FlaskClient

from evalsys.cases.engine.queries import find_step
from evalsys.cases.letters.queries import source_of
from evalsys.cases.letters.rules.blocks import Letter
from evalsys.core.extensions import db
from evalsys.foundation.accounts.models import User
from evalsys.supervision.coordination.letters.papers import minutes
from tests.cases.letters.reading import read
from tests.supervision.coordination.office import Coordinations
from tests.supervision.office import NOW

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def city(app: Flask) -> Iterator[Coordinations]:
    with time_machine.travel(NOW, tick=False):
        yield Coordinations()


def letter_of(city: Coordinations) -> Letter:
    """Return the minutes of a coordination to which a section was called before and one after."""
    case = city.taken_up()
    city.take(city.head, case, "call", called="SP02")
    entry: dict[str, Any] = {"conclusion": "一次办清。", "attendees": "丁建国、王海宁"}
    city.take(city.head, case, "decide", **entry)
    late = city.elsewhere.code
    city.take(city.head, case, "call", called=late)
    decided = find_step(case, "decide")
    assert decided is not None
    return minutes(source_of(case, decided))


def test_minutes_have_their_mark_and_no_addressee_nor_seal(city: Coordinations) -> None:
    letter = letter_of(city)
    paragraphs = read(letter).paragraphs
    texts = [one.text for one in paragraphs]
    assert texts[0] == "审批局会议纪要"
    assert "审批局\t2026年2月12日" in texts
    assert "关于“企业注销跑五个窗口”的顶格协调会议纪要" in texts
    assert "一次办清。" in texts
    assert (letter.addressee, letter.receipt) == ("", False)
    assert "2026年2月12日" not in texts, "the day stands below the mark, not below a seal"
    issued = paragraphs[texts.index("审批局\t2026年2月12日")]
    assert issued.paragraph_format.element.pPr.find(qn("w:pBdr")) is not None, "the red line"


def test_who_was_there_stands_below_the_label_in_black(city: Coordinations) -> None:
    [line] = [one for one in read(letter_of(city)).paragraphs if one.text.startswith("出席：")]
    assert line.text == "出席：丁建国、王海宁"
    runs: list[Any] = [run.element for run in line.runs]
    assert [one.rPr.rFonts.get(qn("w:eastAsia")) for one in runs] == ["黑体", "仿宋_GB2312"]
    shape = line.paragraph_format
    assert shape.left_indent is not None
    assert shape.first_line_indent is not None
    assert shape.left_indent > -shape.first_line_indent > 0


def test_they_name_who_was_called_up_to_the_decision(city: Coordinations) -> None:
    city.elsewhere.name = "社保处"
    db.session.commit()
    text = "\n".join(one.text for one in read(letter_of(city)).paragraphs)
    assert "单位：审批局企业登记科、人社局社保处、审批局工程建设科。" in text


def test_the_page_offers_them_and_calls_the_head_by_the_office(
    city: Coordinations, sign_in: SignIn
) -> None:
    case = city.decided()
    client = sign_in(db.session.get_one(User, city.head.user_id))
    client.set_cookie("lang", "zh")
    page = client.get(f"/cases/{case.id}").text
    assert "会议纪要" in page
    link = page.split(f'href="/cases/{case.id}/letter/')[1].split('"')[0]
    sent = client.get(f"/cases/{case.id}/letter/{link}", buffered=True)
    assert docx.Document(BytesIO(sent.data)).paragraphs[0].text == "审批局会议纪要"
    assert "主要负责人" in page.split('<ol class="tline">')[1].partition("</ol>")[0]
    head = page.partition("<main")[0]
    assert "主要负责人" in head
    assert "分管领导" not in head
    leader = sign_in(db.session.get_one(User, city.leader.user_id))
    leader.set_cookie("lang", "zh")
    assert "分管领导" in leader.get("/").text.partition("<main")[0]

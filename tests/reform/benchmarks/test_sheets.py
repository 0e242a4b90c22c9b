"""Figures from a sheet and into a workbook, which is opened again and read back."""

import io
import re
import zipfile
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.reform.benchmarks.models import Figure, Indicator
from tests.factories import make_user
from tests.reform.benchmarks.library import make_city, make_figure, make_indicator

pytestmark = pytest.mark.usefixtures("clock")
SignIn = Callable[[User], FlaskClient]
PAGES = "/reform/benchmarks"
HEAD = "指标,城市,年份,数值,单位,来源,网址或文号\n"


@pytest.fixture
def office(sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.SUPERVISOR))


@pytest.fixture
def indicator() -> Indicator:
    one = make_indicator(name="企业开办用时")
    own = make_city("云州市", is_own=True)
    make_city("青澜市")
    make_figure(one, own, 2024, "2.5", source="公报", reference="1号")
    return one


def look(client: FlaskClient, content: str | bytes, name: str = "对标.csv") -> tuple[int, str]:
    content = content if isinstance(content, bytes) else (HEAD + content).encode()
    data = {"file": (io.BytesIO(content), name), "hidden": "ask"}
    answer = client.post(f"{PAGES}/sheet", data=data)
    return answer.status_code, answer.text


def enter(client: FlaskClient, page: str) -> int:
    seen = re.findall(r'name="seen" value="([^"]+)"', page)
    data = {"seen": unescape(seen[0]), "hidden": "ask"}
    return client.post(f"{PAGES}/sheet", data=data).status_code


def stored() -> list[tuple[int, str, int]]:
    db.session.rollback()
    query = select(Figure).where(Figure.is_current).order_by(Figure.year, Figure.city_id)
    return [(row.year, str(row.value), row.version) for row in db.session.scalars(query)]


def test_a_look_from_before_an_indicator_was_retired_enters_nothing(
    office: FlaskClient, indicator: Indicator
) -> None:
    _, page = look(office, "企业开办用时,云州市,2026,1.4,工作日,公报,2号\n")
    gone = {"since": "2026-01-01", "reason": "国家口径停用"}
    assert office.post(f"{PAGES}/{indicator.id}/retire", data=gone).status_code == 303
    assert enter(office, page) == 422
    assert stored() == [(2024, "2.5", 1)]


def test_what_would_change_is_shown_before_and_after_then_entered_once(
    office: FlaskClient, indicator: Indicator
) -> None:
    text = (
        "企业开办用时,云州市,2024,2.4,工作日,公报,2号\n"
        "企业 开办用时,青澜市,2024年,1.8,,年鉴,3号\n"
        "企业开办用时,青澜市,2025,,,年鉴,3号\n"
        "企业开办用时,云州市,2025,无数据,,年鉴,3号\n"
    )
    status, page = look(office, text)
    assert status == 200
    assert "<b>2.5 工作日</b>" in page
    assert "<b>2.4 工作日</b>" in page
    assert "公报 · 1号" in page
    assert stored() == [(2024, "2.5", 1)], "a look enters nothing"
    assert enter(office, page) == 303
    assert stored() == [(2024, "2.4", 2), (2024, "1.8", 1)]
    assert enter(office, page) == 422, "what was shown is entered once"
    status, page = look(office, text)
    assert (status, "Nothing would change" in page) == (200, True)
    assert len(db.session.scalars(select(Figure)).all()) == 3, "the earlier version is kept"


def test_everything_that_is_wrong_is_named_by_its_cell(
    office: FlaskClient, indicator: Indicator
) -> None:
    status, page = look(
        office,
        "企业开办用时,云州市,2025,1.6,工作日,公报,1号\n"
        "没有的指标,云州市,2025,1.6,工作日,公报,1号\n"
        "企业开办用时,无名市,2025,1.6,工作日,公报,1号\n"
        "企业开办用时,青澜市,去年,1.6,工作日,公报,1号\n"
        "企业开办用时,青澜市,2023,若干,工作日,公报,1号\n"
        "企业开办用时,青澜市,2022,1.6,小时,公报,1号\n"
        "企业开办用时,青澜市,2021,1.6,工作日,,1号\n"
        "企业开办用时,云州市,2025,1.7,工作日,公报,1号\n"
        "企业开办用时,青澜市,2027,1.66,工作日,公报,1号\n",
    )
    assert status == 422
    line = r'data-l="Row">(\d+)</th><td>(.*?)</td><td class="cell-bad">(.*?)</td>'
    assert re.findall(line, page) == [
        ("3", "指标", "没有的指标"),
        ("4", "城市", "无名市"),
        ("5", "年份", "去年"),
        ("6", "数值", "若干"),
        ("7", "单位", "小时"),
        ("8", "来源", "—"),
        ("9", "数值", "1.7"),
        ("10", "数值", "1.66"),
        ("10", "年份", "2027"),
    ]
    assert "Enter these figures" not in page
    assert stored() == [(2024, "2.5", 1)]


@pytest.mark.parametrize("content", ["", b"PK\x03\x04 broken", b"a,b\n1,2\n"])
def test_a_file_without_figures_is_said_to_be_one(
    office: FlaskClient, indicator: Indicator, content: str | bytes
) -> None:
    name = "对标.xlsx" if content == b"PK\x03\x04 broken" else "对标.csv"
    assert look(office, content, name)[0] == 422
    assert office.post(f"{PAGES}/sheet", data={"hidden": "ask"}).status_code == 422


def test_a_preview_of_somebody_else_or_of_before_enters_nothing(
    office: FlaskClient, indicator: Indicator, sign_in: SignIn
) -> None:
    row = "企业开办用时,云州市,2024,{},工作日,公报,2号\n"
    _status, page = look(office, row.format("2.4"))
    other = sign_in(make_user(Role.SUPERVISOR))
    assert enter(other, page) == 422
    _status, faster = look(other, row.format("2.3"))
    assert enter(other, faster) == 303
    assert enter(office, page) == 422
    assert stored() == [(2024, "2.3", 2)]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_workbook_is_filled_in_and_read_back(
    office: FlaskClient, indicator: Indicator, lang: str
) -> None:
    form = {"urgency": 5, "urgency_reason": "=急", "ease": 4, "ease_reason": "易"}
    office.post(f"{PAGES}/{indicator.id}/judge", data=form)
    answer = office.get(f"{PAGES}/workbook?lang={lang}")
    assert answer.status_code == 200
    book = load_workbook(io.BytesIO(answer.data))
    titles = {
        "zh": ["封面", "对标表", "先急后缓清单", "指标数据", "指标库"],
        "en": ["Cover", "Comparison", "What to do first", "Figures", "Indicators"],
    }
    assert book.sheetnames == titles[lang]
    queue, figures = book[titles[lang][2]], book[titles[lang][3]]
    assert [cell.value for cell in queue[2]][:3] == ["企业开办用时", 1, 5]
    assert queue[2][3].data_type == "s", "no formula"
    parts = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert sum(part.startswith("xl/charts/chart") for part in parts) == 1
    rows = list(figures.iter_rows(min_row=2, values_only=True))
    assert [row[1:4] for row in rows] == [
        ("云州市", 2024, 2.5),
        ("青澜市", 2024, {"zh": "无数据", "en": "no figure"}[lang]),
    ]
    status, page = look(office, answer.data, "对标.xlsx")
    assert (status, "Nothing would change" in page) == (200, True)
    figures["D3"] = 1.9
    figures["F3"], figures["G3"] = "年鉴", "4号"
    filled = io.BytesIO()
    book.save(filled)
    status, page = look(office, filled.getvalue(), "对标.xlsx")
    assert enter(office, page) == 303
    assert stored() == [(2024, "2.5", 1), (2024, "1.9", 1)]
    lines = db.session.scalars(select(AuditEvent).filter_by(action=Action.BENCHMARK_EXPORT)).all()
    assert len(lines) == 1

"""五减对照表, opened again: each matter before and now, the sums, the chart, who gets it."""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from tests.factories import make_chief, make_organ, make_policy, make_section, make_user
from tests.reform.reductions.matters import NOW, make_matter, shorten

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def section(app: Flask) -> Iterator[Section]:
    with time_machine.travel(NOW, tick=False):
        make_policy()
        yield make_section(make_organ(code="SP", name="审批局"), code="SP01", name="企业登记科")


def read(
    client: FlaskClient, address: str = "/reform/reductions/workbook?lang=zh"
) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    book, found = load_workbook(io.BytesIO(answer.data)), {}
    for sheet in book.worksheets[1:]:
        head, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip(head, row, strict=True)) for row in rows]
    return found


def test_it_has_each_matter_before_and_now(section: Section, sign_in: SignIn) -> None:
    matter = make_matter(section, certificates=0)
    shorten(matter, section, certificates=0, spared=6)
    make_matter(section, "SP-2", "证照补领", actual=None)
    client = sign_in(make_user(Role.SUPERVISOR, name="ducha"))
    sheets = read(client)
    first, second = sheets["五减对照表"]
    assert (first["事项编码"], first["事项名称"], first["单位"]) == (
        "SP-1",
        "企业设立登记",
        "审批局",
    )
    assert first["现行版本起始日"].date() == date(2026, 7, 1)
    assert (first["环节（前）"], first["环节（现）"], first["环节压减率"]) == (5, 2, 0.6)
    assert (first["材料（前）"], first["材料（现）"]) == (14, 8)
    assert first["证明压减率"] == "基数为0"
    assert (first["承诺时限压减率"], first["时限目标"]) == (0.833, "达到目标")
    assert (second["环节压减率"], second["环节目标"]) == (0, "未达目标")
    assert second["实际平均时限（现）"] == "—"
    sums = {row["指标"]: row for row in sheets["分项合计"]}
    assert (sums["环节"]["压减前"], sums["环节"]["现在"], sums["环节"]["压减率"]) == (10, 7, 0.3)
    assert (sums["实际平均时限"]["事项数"], sums["环节"]["事项数"]) == (1, 2)
    line = db.session.scalars(select(AuditEvent).filter_by(action=Action.REDUCTION_EXPORT)).one()
    assert line.details == {"filters": {}, "rows": 9}


def test_it_has_the_filter_of_the_page_and_its_scope(section: Section, sign_in: SignIn) -> None:
    shorten(make_matter(section), section)
    other = make_section(section.organ, code="SP02", name="工程建设科")
    make_matter(other, "SP-2", "施工许可")
    client = sign_in(make_user(Role.SUPERVISOR, name="ducha"))
    met = read(client, "/reform/reductions/workbook?lang=zh&outcome=met")
    assert [row["事项编码"] for row in met["五减对照表"]] == ["SP-1"]
    chief = sign_in(make_user(Role.CHIEF, name="kezhang", staff_id=make_chief(other).id))
    assert [row["事项编码"] for row in read(chief)["五减对照表"]] == ["SP-2"]
    member = sign_in(make_user(Role.STAFF, name="keyuan"))
    assert member.get("/reform/reductions/workbook").status_code == 404


def test_it_has_a_chart_and_is_written_in_english_too(section: Section, sign_in: SignIn) -> None:
    shorten(make_matter(section), section)
    client = sign_in(make_user(Role.SUPERVISOR, name="ducha"))
    answer = client.get("/reform/reductions/workbook?lang=en")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as parts:
        assert [name for name in parts.namelist() if name.startswith("xl/charts/chart")]
    assert load_workbook(io.BytesIO(answer.data)).sheetnames[1:] == [
        "Five reductions",
        "By measure",
    ]


def test_without_matters_it_has_headings_alone(section: Section, sign_in: SignIn) -> None:
    sheets = read(sign_in(make_user(Role.SUPERVISOR, name="ducha")))
    assert sheets["五减对照表"] == []
    assert [row["事项数"] for row in sheets["分项合计"]] == [0] * 7

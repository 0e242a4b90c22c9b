"""The certificate of honour, read back from its file."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from docx.enum.section import WD_ORIENTATION
from docx.oxml.ns import qn
from docx.shared import Length
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsys.cases.letters.rules.blocks import Certificate
from evalsys.cases.letters.rules.source import BLANK
from evalsys.personnel.chiefs.letters import commendation
from tests.cases.letters.reading import read, words
from tests.personnel.letters.sources import make_source

HONOUR = Certificate(
    title="荣誉证书",
    addressee="王海宁同志",
    words="履职尽责，予以表彰。",
    signed_by="市审批局",
    dated_on=date(2026, 11, 24),
    number="表彰决定：青审党〔2026〕31号",
)


def millimetres(length: Any) -> int:
    return round(float(Length(length).mm))


def test_the_paper_lies_across_and_has_a_red_frame() -> None:
    section: Any = read(HONOUR).sections[0]
    assert section.orientation == WD_ORIENTATION.LANDSCAPE
    assert (millimetres(section.page_width), millimetres(section.page_height)) == (297, 210)
    borders = section._sectPr.find(qn("w:pgBorders"))  # noqa: SLF001
    assert {side.get(qn("w:color")) for side in borders} == {"C00000"}
    assert len(borders) == 4
    assert not section.footer.paragraphs[0].text, "no number on a wall"


def test_the_golden_frame_fills_the_page_and_leaves_no_room_for_a_second() -> None:
    document = read(HONOUR)
    [table] = document.tables
    section: Any = document.sections[0]
    height = table.rows[0].height
    assert height is not None
    area = section.page_height - section.top_margin - section.bottom_margin
    assert 0 < millimetres(area - height) <= 5
    [below] = document.paragraphs
    assert below.style is not None
    assert below.style.name == "证书末行", "a line of a point, which stays on the page"


def test_its_parts_stand_in_their_order() -> None:
    cell = read(HONOUR).tables[0].cell(0, 0)
    assert [p.text for p in cell.paragraphs if p.text] == [
        "荣誉证书",
        "王海宁同志：",
        "履职尽责，予以表彰。",
        "市审批局",
        "2026年11月24日",
        "表彰决定：青审党〔2026〕31号",
    ]


def test_it_names_person_section_period_honour_organ_day_and_decision() -> None:
    entry = {"commend": {"document": "青审党〔2026〕31号", "decider": "李局长"}}
    said = words(commendation.certificate(make_source("commendation", "commend", entry)))
    for part in (
        "王海宁同志：",
        "企业登记处科长岗位",
        "2026年第三季度",
        "予以表彰",
        "青岛市行政审批服务局",
        "2026年11月24日",
        "青审党〔2026〕31号",
    ):
        assert part in said, part


def test_it_leaves_room_for_a_period_that_is_not_known() -> None:
    made = commendation.certificate(make_source("commendation", "commend", grounds={}, post=""))
    assert f"{BLANK}服务对象" in made.words
    assert "企业登记处岗位" in made.words


@pytest.mark.parametrize("field", ["title", "addressee", "words", "signed_by", "number"])
@settings(deadline=None)
@given(typed=st.text())
def test_nothing_that_people_type_breaks_it(field: str, typed: str) -> None:
    values: Any = {field: typed}
    assert read(replace(HONOUR, **values)).tables

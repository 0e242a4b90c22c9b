"""The page of GB/T 9704-2012, read back from the file."""

import io
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from docx.document import Document
from docx.enum.text import WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from hypothesis import given
from hypothesis import strategies as st

from evalsys.cases.letters.layout import day_words
from evalsys.cases.letters.render import render, width_of
from evalsys.cases.letters.rules.blocks import (
    Annex,
    BodyText,
    FormCell,
    FormRow,
    Heading,
    Letter,
    PaperForm,
)
from tests.cases.letters.reading import read, text_of

LETTER = Letter(
    title="诫勉书",
    number="青审人〔2026〕3号",
    addressee="王海宁同志",
    paragraphs=(
        Heading("一、事实和理由"),
        BodyText("两期得分偏低。\n整改没有落实。"),
        Heading("（一）补充", 2),
        BodyText("经核实属实。"),
    ),
    remedy=("可以申请复核。",),
    signed_by="市审批局",
    dated_on=date(2026, 1, 4),
    annexes=("约谈记录", "整改方案"),
    head="市审批局",
    note="案卷：2026-003",
    receipt=True,
)
FORM = Letter(
    title="约谈记录",
    paragraphs=(
        PaperForm((FormRow((FormCell("时间", is_label=True), FormCell("1月4日", span=3)), 20),)),
    ),
)


def fonts_of(document: Document, style: str) -> dict[str, str]:
    element: Any = document.styles[style].element
    names = element.rPr.find(qn("w:rFonts")).attrib
    return {key.rpartition("}")[2]: value for key, value in names.items()}


def test_the_paper_has_the_margins_and_the_type_area_of_the_standard() -> None:
    section: Any = read(LETTER).sections[0]

    def millimetres(length: Any) -> int:
        return round(float(Length(length).mm))

    assert (millimetres(section.page_width), millimetres(section.page_height)) == (210, 297)
    assert (millimetres(section.top_margin), millimetres(section.left_margin)) == (37, 28)
    assert millimetres(section.page_width - section.left_margin - section.right_margin) == 156
    assert millimetres(section.page_height - section.top_margin - section.bottom_margin) == 225


@pytest.mark.parametrize(
    ("style", "font", "size"),
    [
        ("公文标题", "方正小标宋简体", Pt(22)),
        ("公文正文", "仿宋_GB2312", Pt(16)),
        ("公文一级标题", "黑体", Pt(16)),
        ("公文二级标题", "楷体_GB2312", Pt(16)),
        ("公文页码", "宋体", Pt(14)),
    ],
)
def test_every_style_names_its_font_for_chinese_too(style: str, font: str, size: int) -> None:
    document = read(LETTER)
    assert fonts_of(document, style) == dict.fromkeys(("ascii", "hAnsi", "eastAsia", "cs"), font)
    look: Any = document.styles[style]
    assert look.font.size == size


def test_the_body_has_22_lines_of_28_characters() -> None:
    look: Any = read(LETTER).styles["公文正文"]
    shape = look.paragraph_format
    assert (shape.line_spacing_rule, shape.line_spacing) == (WD_LINE_SPACING.EXACTLY, Pt(28))
    assert int(Mm(225) / shape.line_spacing) == 22
    indent = look.element.pPr.find(qn("w:ind"))
    assert indent.get(qn("w:firstLineChars")) == "200", "two characters"
    closer = int(look.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert 28 * (16 + closer) <= Mm(156).pt < 29 * (16 + closer)


def test_the_page_number_stands_at_the_outer_edge() -> None:
    document = read(LETTER)
    assert document.settings.odd_and_even_pages_header_footer
    section = document.sections[0]
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        paragraph = footer.paragraphs[0]
        element: Any = paragraph.paragraph_format.element
        assert paragraph.text == "—  —", "the number itself is a field"
        assert element.find(qn("w:fldSimple")).get(qn("w:instr")) == "PAGE"
        assert element.pPr.find(qn("w:ind")).get(qn(f"w:{side}Chars")) == "100"
    assert section.footer.paragraphs[0].alignment == 2


def test_the_parts_stand_in_the_order_of_the_standard() -> None:
    said = [p.text for p in read(LETTER).paragraphs if p.text.strip()]
    assert said == [
        "市审批局",
        "青审人〔2026〕3号",
        "诫勉书",
        "王海宁同志：",
        "一、事实和理由",
        "两期得分偏低。",
        "整改没有落实。",
        "（一）补充",
        "经核实属实。",
        "二、救济途径和期限",
        "可以申请复核。",
        "附件：1. 约谈记录",
        "2. 整改方案",
        "市审批局",
        "2026年1月4日",
        "（案卷：2026-003）",
        "送　达　回　执",
        "　　王海宁同志已于＿＿＿＿年＿＿月＿＿日收到《诫勉书》（青审人〔2026〕3号）。",
        "收件人（签字）：＿＿＿＿＿＿　　送达人（签字）：＿＿＿＿＿＿",
    ]


def signature(letter: Letter) -> tuple[float, float, float, float]:
    """The right indents of organ and date, and their widths, in points."""
    lines = [p for p in read(letter).paragraphs if p.style and p.style.name == "公文署名"]
    organ, date_line = [p for p in lines if p.text]
    one, other = organ.paragraph_format.right_indent, date_line.paragraph_format.right_indent
    assert one is not None
    assert other is not None
    return one.pt, width_of(organ.text).pt, other.pt, width_of(date_line.text).pt


def test_the_date_stands_four_characters_in_with_the_organ_centred_above_it() -> None:
    right, wide, date_right, narrow = signature(LETTER)
    assert date_right == 4 * 16
    assert right + wide / 2 == pytest.approx(date_right + narrow / 2, abs=0.1)


def test_a_long_organ_stays_inside_and_the_date_moves_below_its_middle() -> None:
    letter = replace(LETTER, signed_by="某某市自由贸易试验区行政审批服务管理局组织人事部门")
    right, wide, date_right, narrow = signature(letter)
    assert right >= 0
    assert right + wide / 2 == pytest.approx(date_right + narrow / 2, abs=0.1)


def test_there_is_room_for_the_seal_and_the_signature_never_stands_alone() -> None:
    paragraphs = read(replace(LETTER, annexes=(), note="", receipt=False)).paragraphs
    *_, body, first, second, organ, day = paragraphs
    assert (first.text, second.text) == ("", "")
    assert body.text == "可以申请复核。"
    assert body.paragraph_format.keep_with_next
    assert (organ.text, day.text) == ("市审批局", "2026年1月4日")
    assert day.paragraph_format.keep_with_next is False


def test_a_remedy_below_a_body_without_headings_has_none() -> None:
    said = text_of(read(replace(LETTER, paragraphs=(BodyText("正文。"),))))
    assert "可以申请复核。" in said
    assert "救济途径" not in said


def test_a_form_is_ruled_and_leaves_room_for_hands() -> None:
    table = read(FORM).tables[0]
    assert [cell.text for cell in table.rows[0].cells] == ["时间", *["1月4日"] * 3]
    height = table.rows[0].height
    assert height is not None
    assert round(height.mm) == 20
    assert table.style is not None
    assert table.style.name == "公文表格"


def test_a_letter_without_a_date_leaves_room_for_one() -> None:
    assert day_words(None) == "　　　　年　　月　　日"


def test_the_file_names_what_stands_in_for_a_font_and_carries_nothing_foreign() -> None:
    with zipfile.ZipFile(io.BytesIO(render(LETTER))) as file:
        names = set(file.namelist())
        fonts = file.read("word/fontTable.xml").decode()
    assert 'w:name="仿宋_GB2312"' in fonts
    assert "FangSong" in fonts
    assert not {name for name in names if "thumbnail" in name or "customXml" in name}
    facts = read(LETTER).core_properties
    assert (facts.title, facts.author, facts.comments) == ("诫勉书", "市审批局", "")


def test_an_annex_stands_on_a_page_of_its_own_under_columns_that_every_page_repeats() -> None:
    table = PaperForm(
        (FormRow((FormCell("姓名", is_label=True),)), FormRow((FormCell("王海宁"),))), (1,)
    )
    document = read(replace(LETTER, annex=Annex("表彰名单", table)))
    mark = next(p for p in document.paragraphs if p.text == "附件")
    assert mark.paragraph_format.page_break_before
    said = [p.text for p in document.paragraphs if p.text]
    assert said[-2:] == ["附件", "表彰名单"]
    head, line = document.tables[0].rows
    repeated = [row._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") for row in (head, line)]  # noqa: SLF001
    assert [found is not None for found in repeated] == [True, False]


@given(st.text(), st.text())
def test_nothing_that_people_type_breaks_a_letter(words: str, more: str) -> None:
    letter = replace(
        LETTER,
        title=words,
        addressee=more,
        number=words,
        head=more,
        paragraphs=(
            BodyText(words),
            PaperForm((FormRow((FormCell(more), FormCell(words, span=9))),)),
        ),
        remedy=(more,),
        signed_by=words,
        annexes=(more,),
    )
    assert read(letter).paragraphs

"""Rendering letters and certificates to .docx, whatever text users entered."""

import io
import unicodedata
from collections.abc import Sequence
from typing import Any

from docx.document import Document as DocumentFile
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.shared import Length, Mm, Pt
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph

from evalsys.cases.letters.certificate import certify
from evalsys.cases.letters.layout import (
    AREA,
    BODY,
    FANG,
    FORM,
    HEADINGS,
    HEI,
    LEFTWARD,
    RED,
    SAN_HAO,
    border,
    clean,
    day_words,
    indent,
    name_file,
    new_document,
    set_font,
    shape_of,
)
from evalsys.cases.letters.rules.blocks import (
    Annex,
    Block,
    BodyText,
    Certificate,
    FormCell,
    FormRow,
    Heading,
    Letter,
    PaperForm,
    Written,
    remedy_heading,
)

WIDE = {"W", "F", "A"}  # east_asian_width of full-width characters
DATE_INDENT = 4  # characters
ANNEX_INDENT = 5  # characters: two, and those of 附件：
HEAD_LARGEST, HEAD_SMALLEST = 42, 22  # points
LOW_ROW = 24  # mm; text is centred up to this height, above it at the top


def render(written: Written) -> bytes:
    """Return a letter or a certificate as .docx."""
    document = certify(written) if isinstance(written, Certificate) else _write_out(written)
    name_file(document, written.title, written.signed_by, written.dated_on)
    stored = io.BytesIO()
    document.save(stored)
    return stored.getvalue()


def _write_out(letter: Letter) -> DocumentFile:
    document = new_document()
    _open(document, letter)
    for block in letter.paragraphs:
        _block(document, block)
    heading = remedy_heading(letter)
    if heading is not None:
        _block(document, heading)
    for words in letter.remedy:
        _block(document, BodyText(words))
    _list_annexes(document, letter)
    _attend(document, letter)
    if not letter.subject:
        _sign(document, letter)
    if letter.note:
        _add(document, f"（{letter.note}）", "公文附注")
    if letter.receipt:
        _receipt(document, letter)
    if letter.annex is not None:
        _annex(document, letter.annex)
    return document


def width_of(words: str) -> Length:
    """Return the width of a text, counting digits as half a character."""
    halves = sum(2 if unicodedata.east_asian_width(sign) in WIDE else 1 for sign in words)
    return Length(round(halves * SAN_HAO / 2))


def _add(document: DocumentFile, words: str, style: str) -> Paragraph:
    return document.add_paragraph(clean(words), style)


def _open(document: DocumentFile, letter: Letter) -> None:
    """Write the header: red head, number, title, addressee."""
    words = clean(letter.head)
    if letter.subject:
        words += clean(letter.title)
    if words:
        mark = _add(document, words, "公文机关标志").runs[0]
        fitting = AREA[0].pt / max(1, len(words))
        mark.font.size = Pt(int(max(HEAD_SMALLEST, min(HEAD_LARGEST, fitting))))
        _add(document, "", "公文字号")
        numbered = _add(document, letter.number, "公文字号")
        _red_line(_issued(document, letter) if letter.subject else numbered)
        _add(document, "", "公文字号")
    elif letter.number and not letter.is_ruled:
        _add(document, letter.number, "公文字号")
        _add(document, "", "公文字号")
    _add(document, letter.subject or letter.title, "公文标题")
    if letter.is_ruled:
        _add(document, letter.number, "公文编号")
    else:
        _add(document, "", "公文主送")
    if letter.addressee:
        _add(document, f"{letter.addressee}：", "公文主送")


def _issued(document: DocumentFile, letter: Letter) -> Paragraph:
    """Write who issues minutes on the left, and the day on the right."""
    words = f"{letter.signed_by}\t{day_words(letter.dated_on)}"
    paragraph = _add(document, words, "公文附件")
    paragraph.paragraph_format.tab_stops.add_tab_stop(AREA[0], WD_TAB_ALIGNMENT.RIGHT)
    return paragraph


def _red_line(paragraph: Paragraph) -> None:
    """Draw a red line as wide as the type area, 4 mm below the number."""
    red = {"val": "single", "sz": "16", "space": "11", "color": str(RED)}
    border(paragraph, "bottom", red)


def _block(document: DocumentFile, block: Block) -> None:
    match block:
        case BodyText():
            for words in clean(block.words).splitlines() or [""]:
                _add(document, words, BODY)
        case Heading():
            _add(document, block.words, HEADINGS[block.level])
        case PaperForm():
            _form(document, block)


def _form(document: DocumentFile, form: PaperForm) -> None:
    table = document.add_table(len(form.rows), len(form.widths), FORM)
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    shares = [Length(AREA[0] * width // sum(form.widths)) for width in form.widths]
    for column, width in zip(table.columns, shares, strict=True):
        column.width = width
    if form.rows and all(cell.is_label for cell in form.rows[0].cells):
        _repeat(table.rows[0])
    for number, row in enumerate(form.rows):
        table.rows[number].height = Mm(row.height)
        table.rows[number].height_rule = WD_ROW_HEIGHT_RULE.AT_LEAST
        _fill(table.rows[number].cells, row, shares)


def _repeat(head: _Row) -> None:
    """Repeat a table's header row on every page."""
    element: Any = head._tr  # noqa: SLF001  # The library has no name for it.
    element.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _fill(places: Sequence[_Cell], row: FormRow, shares: Sequence[Length]) -> None:
    start = 0
    for cell in row.cells:
        end = min(start + cell.span, len(shares)) - 1
        place = places[start].merge(places[end]) if end > start else places[start]
        place.width = Length(sum(shares[start : end + 1]))
        _write(place, cell, is_low=row.height <= LOW_ROW)
        start = end + 1


def _write(place: _Cell, cell: FormCell, *, is_low: bool) -> None:
    lines = clean(cell.words).splitlines() or [""]
    place.text = lines[0]
    for words in lines[1:]:
        place.add_paragraph(words)
    for paragraph in place.paragraphs:
        paragraph.style = "公文表题" if cell.is_label else "公文表文"
    middle, top = WD_CELL_VERTICAL_ALIGNMENT.CENTER, WD_CELL_VERTICAL_ALIGNMENT.TOP
    place.vertical_alignment = middle if cell.is_label or is_low else top


def _list_annexes(document: DocumentFile, letter: Letter) -> None:
    if not letter.annexes:
        return
    _add(document, "", "公文附件")
    for number, words in enumerate(letter.annexes, 1):
        mark = f"{number}. " if len(letter.annexes) > 1 else ""
        begin = "附件：" if number == 1 else ""
        shape = _add(document, f"{begin}{mark}{words}", "公文附件").paragraph_format
        shape.keep_with_next = True
        shape.left_indent = Length(SAN_HAO * ANNEX_INDENT + width_of(mark))
        shape.first_line_indent = Length(-width_of(begin + mark))


def _attend(document: DocumentFile, letter: Letter) -> None:
    """Write who took part, each label in black type, the names hanging beside it."""
    for number, (label, names) in enumerate(letter.attendance):
        if number == 0:
            _add(document, "", "公文附件")
        paragraph, begin = _add(document, "", "公文附件"), f"{label}："
        for words, font in ((begin, HEI), (clean(names), FANG)):
            element: Any = paragraph.add_run(words).element
            set_font(element.get_or_add_rPr(), font)
        shape = paragraph.paragraph_format
        shape.left_indent = Length(SAN_HAO * 2 + width_of(begin))
        shape.first_line_indent = Length(-width_of(begin))


def _sign(document: DocumentFile, letter: Letter) -> None:
    """Write organ and date, with room for the seal over both.

    The date is four characters from the right, the organ centred above it. Neither may stand alone
    on a page, so the end of the body is kept with them.
    """
    if not letter.signed_by:
        return
    last = document.paragraphs[-1]
    if not letter.is_ruled:
        last.paragraph_format.keep_with_next = True
    for _ in range(1 if letter.is_ruled else 2):
        _add(document, "", "公文署名")
    date, organ = day_words(letter.dated_on), clean(letter.signed_by)
    wide, narrow = width_of(organ), width_of(date)
    middle = max(SAN_HAO * DATE_INDENT + narrow / 2, wide / 2)
    for words, width in ((organ, wide), (date, narrow)):
        paragraph = _add(document, words, "公文署名")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = Length(round(middle - width / 2))
    if width_of(organ) <= 2 * (SAN_HAO * DATE_INDENT + narrow / 2):
        indent(shape_of(document.paragraphs[-1]), SAN_HAO, right=DATE_INDENT)
    if not letter.note and not letter.receipt:
        document.paragraphs[-1].paragraph_format.keep_with_next = False


def _annex(document: DocumentFile, annex: Annex) -> None:
    """Write a table on a page of its own, under its label and title."""
    mark = _add(document, "附件", "公文附件标志")
    mark.paragraph_format.page_break_before = True
    _add(document, "", "公文主送")
    _add(document, annex.title, "公文标题")
    _add(document, "", "公文主送")
    _form(document, annex.form)


def _receipt(document: DocumentFile, letter: Letter) -> None:
    """Write the slip on which the addressee confirms the day of receipt."""
    mark = _add(document, "送　达　回　执", "公文回执")
    mark.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _dashed(mark)
    for words in (
        (
            f"　　{letter.addressee or '本人'}已于＿＿＿＿年＿＿月＿＿日收到《{letter.title}》"
            f"（{letter.number or '无文号'}）。"
        ),
        "收件人（签字）：＿＿＿＿＿＿　　送达人（签字）：＿＿＿＿＿＿",
    ):
        last = _add(document, words, "公文回执")
        last.alignment = LEFTWARD
    last.paragraph_format.keep_with_next = False


def _dashed(paragraph: Paragraph) -> None:
    border(paragraph, "top", {"val": "dashed", "sz": "6", "space": "6", "color": "808080"})
    paragraph.paragraph_format.space_before = Pt(18)

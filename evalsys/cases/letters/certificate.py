"""A certificate of honour: A4 landscape, a red frame around a golden one."""

from typing import Any

from docx.document import Document as DocumentFile
from docx.enum.section import WD_ORIENTATION
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from evalsys.cases.letters.layout import (
    CENTRED,
    FANG,
    KAI,
    LEFTWARD,
    PAPER,
    SI_HAO,
    SONG_TITLE,
    TextStyle,
    add_style,
    bare_document,
    border,
    clean,
    day_words,
    drawn_once,
    part,
    set_defaults,
)
from evalsys.cases.letters.rules.blocks import Certificate

WIDTH, HEIGHT = PAPER[1], PAPER[0]
MARGIN = Mm(22)
INNER = (Length(WIDTH - 2 * MARGIN), Length(HEIGHT - 2 * MARGIN - Mm(3)))  # the golden frame
AIR = Mm(18)  # between the golden frame and the text
HONOUR, GOLD = RGBColor(0xC0, 0x00, 0x00), "BF9000"
APART = 320  # twentieths of a point between the characters of the title
TITLE, NAME, WORDS, SIGN, NUMBER = "证书标题", "证书姓名", "证书正文", "证书署名", "证书文号"
TAIL = "证书末行"
STYLES = {
    TITLE: TextStyle(SONG_TITLE, Pt(54), CENTRED, Pt(72), color=HONOUR),
    NAME: TextStyle(KAI, Pt(28), LEFTWARD, Pt(50)),
    WORDS: TextStyle(FANG, Pt(24), WD_ALIGN_PARAGRAPH.JUSTIFY, Pt(44), first=2),
    SIGN: TextStyle(FANG, Pt(22), CENTRED, Pt(34)),
    NUMBER: TextStyle(FANG, SI_HAO, LEFTWARD, Pt(22)),
    TAIL: TextStyle(FANG, Pt(1), LEFTWARD, Pt(1)),
}


def certify(certificate: Certificate) -> DocumentFile:
    """Return a certificate as a one-page document."""
    document = _empty()
    frame = _frame(document)
    _write_title(frame, certificate.title)
    _add(frame, f"{certificate.addressee}：", NAME)
    _add(frame, certificate.words, WORDS)
    _add(frame, "", NUMBER)
    for words in (certificate.signed_by, day_words(certificate.dated_on)):
        # On the right half, organ and date centred on one line, with room for the seal over both.
        shape = _add(frame, words, SIGN).paragraph_format
        shape.left_indent = Length((INNER[0] - 2 * AIR) // 2)
    _add(frame, certificate.number, NUMBER)
    # Word puts a line below every table; one as high as the body would open a second page.
    document.add_paragraph("", TAIL)
    return document


@drawn_once
def _empty() -> DocumentFile:
    """Return a landscape page with its red frame and the styles, and no words."""
    document = bare_document()
    set_defaults(document)
    for name, look in STYLES.items():
        add_style(document, name, look)
    _set_paper(document)
    return document


def _add(frame: _Cell, words: str, style: str) -> Paragraph:
    paragraph: Paragraph = frame.add_paragraph(clean(words), style)
    return paragraph


def _write_title(frame: _Cell, words: str) -> None:
    title = frame.paragraphs[0]
    title.style = TITLE
    run: Any = title.add_run(clean(words)).font.element
    run.get_or_add_rPr().append(part("spacing", {"val": str(APART)}))
    line = {"val": "single", "sz": "12", "space": "6", "color": GOLD}
    border(title, "bottom", line)
    shape = title.paragraph_format
    shape.left_indent = shape.right_indent = Mm(30)
    shape.space_after = Pt(20)


def _set_paper(document: DocumentFile) -> None:
    """Set the page to landscape with a red border."""
    section = document.sections[0]
    section.orientation = WD_ORIENTATION.LANDSCAPE
    section.page_width, section.page_height = WIDTH, HEIGHT
    section.left_margin = section.right_margin = MARGIN
    section.top_margin = section.bottom_margin = MARGIN
    section.header_distance = section.footer_distance = Mm(10)
    lines = part("pgBorders", {"offsetFrom": "page"})
    for side in ("top", "left", "bottom", "right"):
        look = {"val": "thinThickSmallGap", "sz": "36", "space": "28", "color": str(HONOUR)}
        lines.append(part(side, look))
    page: Any = document.element.body.sectPr
    page.insert_element_before(lines, "w:lnNumType", "w:pgNumType", "w:cols", "w:docGrid")
    page.remove(page.find("{*}docGrid"))


def _frame(document: DocumentFile) -> _Cell:
    """Return the golden frame: one cell filling the page, vertically centred."""
    table = document.add_table(1, 1)
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    table.columns[0].width = INNER[0]
    element: Any = table._tbl  # noqa: SLF001  # The library has no name for it.
    lines, margins = OxmlElement("w:tblBorders"), OxmlElement("w:tblCellMar")
    for side in ("top", "left", "bottom", "right"):
        lines.append(part(side, {"val": "single", "sz": "12", "space": "0", "color": GOLD}))
    for side in ("left", "right"):
        margins.append(part(side, {"w": str(round(AIR.pt * 20)), "type": "dxa"}))
    look = element.tblPr
    look.insert_element_before(lines, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    look.insert_element_before(margins, "w:tblLook")
    table.rows[0].height, table.rows[0].height_rule = INNER[1], WD_ROW_HEIGHT_RULE.EXACTLY
    cell: _Cell = table.cell(0, 0)
    cell.width, cell.vertical_alignment = INNER[0], WD_CELL_VERTICAL_ALIGNMENT.CENTER
    return cell

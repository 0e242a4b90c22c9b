"""The page layout of GB/T 9704-2012 in python-docx: paper, fonts, styles, page numbers.

The fonts of the standard are commercial and not shipped: a document names them with their
substitutes.
"""

import functools
import io
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from docx import Document
from docx.document import Document as DocumentFile
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import XmlPart
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

PAPER = (Mm(210), Mm(297))
TOP, LEFT = Mm(37), Mm(28)  # 天头, 订口
AREA = (Mm(156), Mm(225))  # 版心
LINE = Pt(28)  # 22 lines on a page
# 28 characters of 16 points are 2 mm wider than the type area, so that they stand closer; a grid
# would do the same, but not every office suite reads one that is narrower than its characters.
CLOSER = -5  # twentieths of a point
RED = RGBColor(0xE6, 0x00, 0x12)

SONG_TITLE, FANG, HEI, KAI, SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
# Font -> (substitutes, family).
INSTEAD = {
    SONG_TITLE: ("方正小标宋_GBK,宋体,SimSun,Noto Serif CJK SC", "roman"),
    FANG: ("仿宋,FangSong,Noto Serif CJK SC", "modern"),
    HEI: ("SimHei,Noto Sans CJK SC", "swiss"),
    KAI: ("楷体,KaiTi,Noto Serif CJK SC", "modern"),
    SONG: ("SimSun,Noto Serif CJK SC", "roman"),
}
# Sizes by their Chinese names.
ER_HAO, SAN_HAO, SI_HAO = Pt(22), Pt(16), Pt(14)


@dataclass(frozen=True)
class TextStyle:
    """The formatting of a style. `first` indents the first line, `left` all, in characters."""

    font: str = FANG
    size: Length = SAN_HAO
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY
    line: Length = LINE
    first: int = 0
    left: int = 0
    keeps: bool = False  # with the next paragraph
    is_close: bool = False  # 28 characters to the line
    color: RGBColor | None = None


LEFTWARD, CENTRED = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER
FORM = "公文表格"
BODY, HEADINGS = "公文正文", {1: "公文一级标题", 2: "公文二级标题"}
STYLES: dict[str, TextStyle] = {
    "公文机关标志": TextStyle(SONG_TITLE, Pt(36), CENTRED, Pt(48), color=RED, keeps=True),
    "公文字号": TextStyle(align=CENTRED, keeps=True),
    "公文标题": TextStyle(SONG_TITLE, ER_HAO, CENTRED, Pt(33), keeps=True),
    "公文编号": TextStyle(FANG, SI_HAO, WD_ALIGN_PARAGRAPH.RIGHT, Pt(24), keeps=True),
    "公文主送": TextStyle(align=LEFTWARD, keeps=True, is_close=True),
    BODY: TextStyle(first=2, is_close=True),
    HEADINGS[1]: TextStyle(HEI, align=LEFTWARD, first=2, keeps=True, is_close=True),
    HEADINGS[2]: TextStyle(KAI, align=LEFTWARD, first=2, keeps=True, is_close=True),
    "公文附件": TextStyle(align=LEFTWARD),
    "公文附件标志": TextStyle(HEI, align=LEFTWARD, keeps=True),
    "公文署名": TextStyle(align=WD_ALIGN_PARAGRAPH.RIGHT, keeps=True),
    "公文附注": TextStyle(align=LEFTWARD, left=2),
    "公文表题": TextStyle(HEI, SI_HAO, CENTRED, Pt(22)),
    "公文表文": TextStyle(FANG, SI_HAO, LEFTWARD, Pt(22)),
    "公文回执": TextStyle(FANG, SI_HAO, LEFTWARD, Pt(26), keeps=True),
    "公文页码": TextStyle(SONG, SI_HAO, LEFTWARD, Pt(16)),
}


def drawn_once(draw: Callable[[], DocumentFile]) -> Callable[[], DocumentFile]:
    """Let a function draw its empty document once for a process; each caller gets a copy."""

    @functools.cache
    def stored() -> bytes:
        draw().save(file := io.BytesIO())
        return file.getvalue()

    @functools.wraps(draw)
    def copy() -> DocumentFile:
        return Document(io.BytesIO(stored()))

    return copy


@drawn_once
def new_document() -> DocumentFile:
    """Return an empty document with the page and styles of the standard."""
    document = bare_document()
    _set_paper(document)
    for name, look in STYLES.items():
        add_style(document, name, look)
    _rule_forms(document)
    _set_numbers(document)
    return document


def bare_document() -> DocumentFile:
    """Return an empty document with font substitutes and no styles."""
    document = Document()
    _strip(document)
    _name_fonts(document)
    return document


def clean(words: str) -> str:
    """Return a text without characters invalid in XML: control characters and surrogates."""
    return "".join(
        sign
        for sign in words
        if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs", "Cn"}
    )


def day_words(day: date | None) -> str:
    """Return a date in Arabic digits without leading zeros; a blank for None."""
    return f"{day.year}年{day.month}月{day.day}日" if day else "　　　　年　　月　　日"


def name_file(document: DocumentFile, title: str, author: str, on: date | None) -> None:
    """Set the document properties: title, author and date."""
    facts = document.core_properties
    facts.title = facts.subject = clean(title)[:200]
    facts.author = facts.last_modified_by = clean(author)[:200]
    facts.comments = facts.keywords = ""
    facts.language = "zh-CN"
    if on:
        facts.created = facts.modified = datetime.combine(on, time(), UTC)


def set_font(properties: Any, font: str) -> None:
    """Set a font for every script: Word reads `eastAsia` for Chinese."""
    fonts = properties.get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), font)
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def indent(properties: Any, size: Length, **characters: int) -> None:
    """Indent by characters (`firstLine`, `left`, `right`), with points as a fallback."""
    ind = properties.get_or_add_ind()
    for side, count in characters.items():
        ind.set(qn(f"w:{side}Chars"), str(count * 100))
        ind.set(qn(f"w:{side}"), str(round(count * size.pt * 20)))


def shape_of(paragraph: Paragraph) -> Any:
    """Return the w:pPr element of a paragraph."""
    element: Any = paragraph.paragraph_format.element
    return element.get_or_add_pPr()


def add_style(document: DocumentFile, name: str, look: TextStyle) -> None:
    """Add a paragraph style to a document."""
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    style.base_style = None
    style.font.size = look.size
    if look.color is not None:
        style.font.color.rgb = look.color
    element: Any = style.element
    set_font(element.get_or_add_rPr(), look.font)
    shape = style.paragraph_format
    shape.alignment = look.align
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, look.line
    shape.space_before = shape.space_after = Pt(0)
    shape.keep_with_next, shape.widow_control = look.keeps, False
    if look.first or look.left:
        indent(element.get_or_add_pPr(), look.size, firstLine=look.first, left=look.left)
    # A quarter of a space between digits and characters would break the lines of 28 characters.
    for gap in ("autoSpaceDE", "autoSpaceDN"):
        element.pPr.find(qn("w:spacing")).addprevious(part(gap, {"val": "0"}))
    if look.is_close:
        closer = part("spacing", {"val": str(CLOSER)})
        element.rPr.insert_element_before(closer, "w:w", "w:kern", "w:position", "w:sz", "w:szCs")


def _strip(document: DocumentFile) -> None:
    """Remove the library template's styles, thumbnail and language."""
    kept = {"Normal", "Default Paragraph Font", "Normal Table", "No List"}
    for style in list(document.styles):
        if style.name not in kept:
            style.delete()
    foreign = ("/stylesWithEffects", "/customXml", "/numbering", "/fontTable")
    for owner in (document.part, document.part.package):
        for key, relation in list(owner.rels.items()):
            if relation.reltype.endswith((*foreign, "/thumbnail")):
                del owner.rels[key]
    for tag in (qn("w:lang"), qn("w:themeFontLang")):
        for root in (document.styles.element, document.settings.element):
            for element in root.iter(tag):
                element.set(qn("w:val"), "en-US")
                element.set(qn("w:eastAsia"), "zh-CN")


def _name_fonts(document: DocumentFile) -> None:
    """Write the font table with substitutes for fonts not installed."""
    fonts = OxmlElement("w:fonts")
    for name, (instead, family) in INSTEAD.items():
        font = part("font", {"name": name})
        for tag, value in (("altName", instead), ("charset", "86"), ("family", family)):
            font.append(part(tag, {"val": value}))
        fonts.append(font)
    name, package = PackURI("/word/fontTable.xml"), document.part.package
    assert package is not None
    table = XmlPart(name, CONTENT_TYPE.WML_FONT_TABLE, fonts, package)
    document.part.relate_to(table, RELATIONSHIP_TYPE.FONT_TABLE)


def _set_paper(document: DocumentFile) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = PAPER
    section.top_margin, section.left_margin = TOP, LEFT
    section.right_margin = Length(PAPER[0] - LEFT - AREA[0])
    section.bottom_margin = Length(PAPER[1] - TOP - AREA[1])
    section.footer_distance = Mm(22)  # The number stands 7 mm below the type area.
    set_defaults(document)
    # The lines are spaced exactly, and the characters by their style: a grid would do it twice.
    page: Any = document.element.body.sectPr
    page.remove(page.find(qn("w:docGrid")))


def set_defaults(document: DocumentFile) -> None:
    """Set the default paragraph format: a body line without spacing."""
    normal: Any = document.styles["Normal"].element.get_or_add_rPr()
    defaults: Any = document.styles.element.find(qn("w:docDefaults"))
    for properties in (normal, defaults.find(qn("w:rPrDefault")).find(qn("w:rPr"))):
        set_font(properties, FANG)
        properties.sz_val = SAN_HAO
    defaults.remove(defaults.find(qn("w:pPrDefault")))


def _rule_forms(document: DocumentFile) -> None:
    """Add the table style of forms: 0.75 pt lines and cell margins."""
    element: Any = document.styles.add_style(FORM, WD_STYLE_TYPE.TABLE).element
    look, borders, margins = (OxmlElement(f"w:{n}") for n in ("tblPr", "tblBorders", "tblCellMar"))
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = {"val": "single", "sz": "6", "space": "0", "color": "000000"}
        borders.append(part(side, line))
    for side, air in (("top", "60"), ("left", "100"), ("bottom", "60"), ("right", "100")):
        margins.append(part(side, {"w": air, "type": "dxa"}))
    look.extend((borders, margins))
    element.append(look)


def part(name: str, values: Mapping[str, str]) -> Any:
    """Return an XML element with its attributes."""
    element = OxmlElement(f"w:{name}")
    for key, value in values.items():
        element.set(qn(f"w:{key}"), value)
    return element


def border(paragraph: Paragraph, side: str, values: Mapping[str, str]) -> None:
    """Draw a line above or below a paragraph."""
    lines = OxmlElement("w:pBdr")
    lines.append(part(side, values))
    following = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
    shape_of(paragraph).insert_element_before(lines, *following)


def _set_numbers(document: DocumentFile) -> None:
    """Add page numbers — 1 — at the outer edge, one character in."""
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    odd, even = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]
    for paragraph, side in ((odd, "right"), (even, "left")):
        paragraph.style = document.styles["公文页码"]
        indent(shape_of(paragraph), SI_HAO, **{side: 1})
        _number(paragraph)
    odd.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _number(paragraph: Paragraph) -> None:
    paragraph.add_run("— ")
    field, run = part("fldSimple", {"instr": "PAGE"}), OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph.paragraph_format.element.append(field)
    paragraph.add_run(" —")

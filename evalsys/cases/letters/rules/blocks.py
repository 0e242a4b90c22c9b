"""A letter as data: its blocks in order. Pure.

Letters are Chinese official documents in either language of the pages: their sentences are in the
features' code, terms (measures, periods, evidence) come from the catalogue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

NUMERALS = "〇一二三四五六七八九十"
FORM_WIDTHS = (4, 10, 4, 8)  # two labels, each with its value


@dataclass(frozen=True)
class BodyText:
    """A body paragraph, its first line indented by two characters."""

    words: str


@dataclass(frozen=True)
class Heading:
    """A heading of the body, its number included in the text. `level` is 1 or 2."""

    words: str
    level: int = 1


@dataclass(frozen=True)
class FormCell:
    """A cell of a form. `span` is the number of columns covered."""

    words: str
    is_label: bool = False
    span: int = 1


@dataclass(frozen=True)
class FormRow:
    """A row of a form. `height` is the minimum in millimetres, with room for handwriting."""

    cells: Sequence[FormCell]
    height: int = 12


@dataclass(frozen=True)
class PaperForm:
    """A ruled form. `widths` are the relative widths of its columns."""

    rows: Sequence[FormRow]
    widths: Sequence[int] = FORM_WIDTHS


def pair(first: str, value: str, second: str, second_value: str) -> FormRow:
    """Return a form row with two labels and values."""
    return FormRow(
        (
            FormCell(first, is_label=True),
            FormCell(value),
            FormCell(second, is_label=True),
            FormCell(second_value),
        )
    )


def wide(label: str, words: str, height: int = 16) -> FormRow:
    """Return a form row with one label and a wide value."""
    span = len(FORM_WIDTHS) - 1
    return FormRow((FormCell(label, is_label=True), FormCell(words, span=span)), height)


Block = BodyText | Heading | PaperForm


@dataclass(frozen=True)
class Annex:
    """A table on a page of its own after a letter, named in its list of annexes."""

    title: str
    form: PaperForm


@dataclass(frozen=True)
class Letter:
    """An official document. Empty parts are left out, but for number and date.

    `head` is the organ's name in red at the top (发文机关标志); records and forms have none.
    `remedy` are the remedies of the addressee, with dates. `note` (附注) is in brackets below the
    date; `receipt` adds the slip confirming receipt. `annexes` are the names of all enclosures,
    `annex` the printed one. Minutes (纪要) have a `subject`: then the red head ends with the title,
    who issues them and the day stand below it, and no seal is put. `attendance` are (label, names)
    of who took part, below the body.
    """

    title: str
    number: str = ""
    addressee: str = ""
    paragraphs: Sequence[Block] = ()
    remedy: Sequence[str] = ()
    signed_by: str = ""
    dated_on: date | None = None
    annexes: Sequence[str] = ()
    head: str = ""
    note: str = ""
    receipt: bool = False
    annex: Annex | None = None
    subject: str = ""
    attendance: Sequence[tuple[str, str]] = ()

    @property
    def is_ruled(self) -> bool:
        """Whether it is a form to fill in."""
        return any(isinstance(block, PaperForm) for block in self.paragraphs)


@dataclass(frozen=True)
class Certificate:
    """A certificate on one landscape page. `number` is that of its decision."""

    title: str
    addressee: str
    words: str
    signed_by: str
    dated_on: date | None = None
    number: str = ""


Written = Letter | Certificate


def numeral(number: int) -> str:
    """Return 1-19 as a Chinese numeral, for headings."""
    tens, ones = divmod(number, 10)
    return f"{'十' * tens}{NUMERALS[ones] if ones or not tens else ''}"


def remedy_heading(letter: Letter) -> Heading | None:
    """Return the numbered heading of the remedies if the body has headings, else None."""
    used = sum(isinstance(b, Heading) and b.level == 1 for b in letter.paragraphs)
    if not letter.remedy or not used:
        return None
    return Heading(f"{numeral(used + 1)}、救济途径和期限")

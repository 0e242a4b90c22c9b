"""A letter as data: what it says, in which order, and for whom. Pure.

Letters are Chinese official documents in either language of the pages: their sentences stand with
their features, not in a catalogue. What they name (measures, periods, evidence) they take from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

NUMERALS = "〇一二三四五六七八九十"


@dataclass(frozen=True)
class Text:
    """A paragraph of the body, its first line indented by two characters."""

    words: str


@dataclass(frozen=True)
class Heading:
    """A heading of the body; its number is part of its words. `level` is 1 or 2."""

    words: str
    level: int = 1


@dataclass(frozen=True)
class Cell:
    """A cell of a form. `span` is how many of the form's columns it covers."""

    words: str
    is_label: bool = False
    span: int = 1


@dataclass(frozen=True)
class FormRow:
    """A line of a form. `height` in millimetres is the least: room for what is written by hand."""

    cells: Sequence[Cell]
    height: int = 12


@dataclass(frozen=True)
class Form:
    """A ruled form. `widths` are the shares of its columns."""

    rows: Sequence[FormRow]
    widths: Sequence[int] = (2, 3, 2, 3)


Block = Text | Heading | Form


@dataclass(frozen=True)
class Annex:
    """A table that follows a letter on a page of its own, named in its list of annexes."""

    title: str
    form: Form


@dataclass(frozen=True)
class Letter:
    """An official document. What is empty is left out, but for the number and the date.

    `head` is the organ's name in red above all (发文机关标志); a record or a form has none.
    `remedy` is what the addressee may do against it, with the dates. `note` (附注) stands in
    brackets below the date; `receipt` adds the slip on which the addressee confirms the day of
    receipt. `annexes` are the names of all that is enclosed, `annex` the one that is printed.
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

    @property
    def is_ruled(self) -> bool:
        """Whether it is a form to fill in, not a running text."""
        return any(isinstance(block, Form) for block in self.paragraphs)


@dataclass(frozen=True)
class Certificate:
    """An honour for the wall: one page across. `number` is that of the decision it rests on."""

    title: str
    addressee: str
    words: str
    signed_by: str
    dated_on: date | None = None
    number: str = ""


Written = Letter | Certificate


def numeral(number: int) -> str:
    """Write 1-19 as a Chinese numeral, for the number of a heading."""
    tens, ones = divmod(number, 10)
    return f"{'十' * tens}{NUMERALS[ones] if ones or not tens else ''}"


def remedy_heading(letter: Letter) -> Heading | None:
    """Return the heading above the remedy: numbered on, where the body has headings; else None."""
    used = sum(isinstance(b, Heading) and b.level == 1 for b in letter.paragraphs)
    if not letter.remedy or not used:
        return None
    return Heading(f"{numeral(used + 1)}、救济途径和期限")

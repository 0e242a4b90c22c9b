"""Rating slips: a PDF of A4 sheets that brings its Chinese font along, so that any reader shows it.

A slip is made from a code, which only exists on the page or paper that shows it: the page hands the
codes back to get the PDF, and the server keeps none.
"""

import functools
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import segno
from flask import current_app
from flask_babel import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from evalsys.core.pages import day_words
from evalsys.core.qr import QUIET
from evalsys.ratings.codes import grouped, write_code
from evalsys.ratings.queries import HeldTicket
from evalsys.ratings.words import post_words

FONT = "SlipSansSC"  # The signs that a PDF uses are embedded in it.
FONT_FILE = Path(__file__).with_name("fonts") / "slip-sans-sc.ttf"
MISSING = "〓"  # What Chinese printers set for a sign that they have not.
COLUMNS, ROWS = 2, 4  # slips on a sheet
MARGIN = 10 * mm
QR_SIZE = 34 * mm
LARGE, SMALL, LEADING = 9, 8, 4.5 * mm
MOST_BY_POST = 3  # people on a slip with their posts


@dataclass(frozen=True)
class Slip:
    """What is printed for one ticket."""

    code: str
    people: tuple[str, ...]
    section: str
    service_type: str | None
    served_on: date
    valid_until: date
    addressee: str = ""

    @property
    def link(self) -> str:
        """The address in the QR code."""
        return rating_link(self.code)


def slip_of(ticket: HeldTicket, addressee: str = "") -> Slip:
    """Return the slip of a ticket; only who handed it out knows the name of who was invited."""
    return Slip(
        code=write_code(ticket.secret),
        people=_people(ticket),
        section="、".join(dict.fromkeys(p.section for p in ticket.served)),
        service_type=ticket.service_type,
        served_on=ticket.served_on,
        valid_until=ticket.valid_until,
        addressee=addressee,
    )


def _people(ticket: HeldTicket) -> tuple[str, ...]:
    """Return who served, by post and number; by number alone where there are many."""
    if len(ticket.served) > MOST_BY_POST:
        return tuple(person.number for person in ticket.served)
    return tuple(f"{post_words(person)} {person.number}" for person in ticket.served)


def rating_link(code: str) -> str:
    """Return the address of a ticket: what stands behind # reaches no server and no log."""
    return f"{current_app.config['PUBLIC_URL']}/r#{code}"


def write_pdf(slips: Sequence[Slip]) -> bytes:
    """Return A4 sheets with eight slips each, with lines to cut along."""
    _load_font()
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, initialFontName=FONT)  # type: ignore[arg-type]  # Wrong stub.
    canvas.setTitle(_("Rating slips"))
    width, height = (A4[0] - 2 * MARGIN) / COLUMNS, (A4[1] - 2 * MARGIN) / ROWS
    for number, slip in enumerate(slips):
        place = number % (COLUMNS * ROWS)
        if number and not place:
            canvas.showPage()
        left = MARGIN + place % COLUMNS * width
        bottom = A4[1] - MARGIN - (place // COLUMNS + 1) * height
        canvas.setDash(1, 2)
        canvas.rect(left, bottom, width, height)
        canvas.setDash()
        _draw(canvas, slip, Place(left, bottom, width, height))
    canvas.save()
    return file.getvalue()


@functools.cache
def _load_font() -> TTFont:
    """Read the font once in the life of the process."""
    font = TTFont(FONT, FONT_FILE)
    pdfmetrics.registerFont(font)
    return font


def printable(text: str) -> str:
    """Return a text as the font can print it: a sign that it has not is a visible gap."""
    known = _load_font().face.charToGlyph
    return "".join(sign if ord(sign) in known else MISSING for sign in text)


class Place(NamedTuple):
    """Where a slip stands on its sheet, from the lower left corner."""

    left: float
    bottom: float
    width: float
    height: float


def _draw(canvas: Canvas, slip: Slip, place: Place) -> None:
    """Draw a slip: the code at the left, who and when beside it, the rest below."""
    top, edge = place.bottom + place.height - 9 * mm, place.left + 5 * mm
    beside = edge + QR_SIZE + 4 * mm
    _draw_qr(canvas, slip.link, edge, top - QR_SIZE)
    canvas.setFont(FONT, 12)
    canvas.drawString(beside, top - 4 * mm, _("Please rate this service"))
    canvas.setFont(FONT, LARGE)
    line = top - 11 * mm
    for text in _lines(slip):
        for part in _fit(text, place.width - QR_SIZE - 13 * mm, LARGE):
            canvas.drawString(beside, line, part)
            line -= LEADING
    line = top - QR_SIZE - 5 * mm
    canvas.drawString(edge, line, grouped(slip.code))
    canvas.setFont(FONT, SMALL)
    address = f"{current_app.config['PUBLIC_URL']}/r"
    promise = _("Nobody here can see who rated. Nobody may ask you for a good rating.")
    for text in (_("Or type the code at %(address)s", address=address), promise):
        for part in _fit(text, place.width - 10 * mm, SMALL):
            line -= LEADING
            canvas.drawString(edge, line, part)


def _lines(slip: Slip) -> list[str]:
    who = "、".join(slip.people)
    until = _("Until %(day)s, midnight", day=day_words(slip.valid_until))
    invited = _("Invited: %(name)s", name=slip.addressee) if slip.addressee else ""
    served = "" if slip.addressee else day_words(slip.served_on)
    lines = [invited, who, slip.section, served, slip.service_type or "", until]
    return [line for line in lines if line]


def _fit(text: str, room: float, size: float) -> list[str]:
    """Break a text into lines no wider than `room`; Chinese may break anywhere."""
    lines = [""]
    for symbol in printable(text):
        if pdfmetrics.stringWidth(lines[-1] + symbol, FONT, size) > room:
            lines.append("")
        lines[-1] += symbol
    return lines


def _draw_qr(canvas: Canvas, text: str, left: float, bottom: float) -> None:
    """Draw the dark modules of a row as one rectangle each run: no picture, sharp in print."""
    code = segno.make_qr(text, error="m")
    matrix = [bytes(row) for row in code.matrix_iter(border=QUIET)]
    size = QR_SIZE / len(matrix)
    path = canvas.beginPath()
    for y, row in enumerate(matrix):
        start = 0
        for x in range(len(row) + 1):
            if x < len(row) and row[x]:
                continue
            if x > start:
                height = bottom + QR_SIZE - (y + 1) * size
                path.rect(left + start * size, height, (x - start) * size, size)
            start = x + 1
    canvas.drawPath(path, stroke=0, fill=1)

"""A PDF of A4 sheets with slips, its Chinese font embedded.

The only module that imports reportlab.
"""

import functools
import io
import re
from collections.abc import Sequence
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
from evalsys.foundation.qr import QUIET
from evalsys.ratings.tickets.rules.codes import groups_of
from evalsys.ratings.tickets.slips import Slip

FONT = "SlipSansSC"  # Embedded as a subset.
FONT_FILE = Path(__file__).with_name("fonts") / "slip-sans-sc.ttf"
WORD = re.compile(r"[!-~]+ *|.")  # Latin words are not broken.
MISSING = "〓"  # The Chinese printers' mark for a missing glyph.
COLUMNS, ROWS = 2, 4  # slips on a sheet
MARGIN, PADDING = 10 * mm, 5 * mm
QR_SIZE = 32 * mm
TITLE, SMALL = 13, 8  # points
SIZES = (9, 8, 7)  # of who and when, points: the first that fits
LEADING = 1.35  # line height, times the size
CODE_SIZE, CODE_STEP, CODE_GAP = 16, 11, 10  # glyph, advance, gap between groups; points
CODE_LINE = 7 * mm
GREY = 0.6  # of the cutting lines, 0 black to 1 white


def write_pdf(slips: Sequence[Slip]) -> bytes:
    """Return A4 sheets with eight slips each and cutting lines."""
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
        canvas.setStrokeGray(GREY)
        canvas.setDash(1, 2)
        canvas.rect(left, bottom, width, height)
        canvas.setDash()
        _draw(canvas, slip, SlipPosition(left, bottom, width, height))
    canvas.save()
    return file.getvalue()


@functools.cache
def _load_font() -> TTFont:
    """Load the font once per process."""
    font = TTFont(FONT, FONT_FILE)
    pdfmetrics.registerFont(font)
    return font


def printable(text: str) -> str:
    """Return a text with MISSING for characters the font lacks."""
    known = _load_font().face.charToGlyph
    return "".join(sign if ord(sign) in known else MISSING for sign in text)


class SlipPosition(NamedTuple):
    """The position of a slip on its sheet, from the lower left corner, in points."""

    left: float
    bottom: float
    width: float
    height: float


def _draw(canvas: Canvas, slip: Slip, place: SlipPosition) -> None:
    """Draw a slip: the QR code at the left, who and when beside it, the code below."""
    top, edge = place.bottom + place.height - PADDING, place.left + PADDING
    width = place.width - 2 * PADDING
    _draw_qr(canvas, slip.link, edge, top - QR_SIZE)
    beside, room = edge + QR_SIZE + 4 * mm, width - QR_SIZE - 4 * mm
    canvas.setFont(FONT, TITLE)
    canvas.drawString(beside, top - 5 * mm, _("Please rate this service"))
    size, lines = _fit_all(_lines(slip), room, QR_SIZE - 6 * mm)
    _draw_lines(canvas, lines, beside, top - 6 * mm, size)
    below = _draw_code(canvas, slip.code, SlipPosition(edge, 0, width, top - QR_SIZE - mm))
    address = f"{current_app.config['PUBLIC_URL']}/r"
    promise = _("Nobody here can see who rated. Nobody may ask you for a good rating.")
    texts = (_("Or type the code at %(address)s", address=address), promise)
    small = [part for text in texts for part in _fit(text, width, SMALL)]
    _draw_lines(canvas, small, edge, below - mm, SMALL)


def _draw_lines(canvas: Canvas, lines: Sequence[str], left: float, top: float, size: float) -> None:
    canvas.setFont(FONT, size)
    for nth, line in enumerate(lines, start=1):
        canvas.drawString(left, top - nth * size * LEADING, line)


def _draw_code(canvas: Canvas, code: str, place: SlipPosition) -> float:
    """Draw a code in monospaced cells, framed, below the top of `place`; return the frame's bottom.

    A code of the old format, with more groups, takes two lines.
    """
    rows = _rows_of(groups_of(code), place.width)
    bottom = place.height - len(rows) * CODE_LINE - 2 * mm
    canvas.roundRect(place.left, bottom, place.width, place.height - bottom, 1.5 * mm)
    canvas.setFont(FONT, CODE_SIZE)
    line = place.height - mm - CODE_LINE + 1.8 * mm
    for row in rows:
        x = place.left + (place.width - _width_of(row)) / 2
        for group in row:
            for sign in group:
                _draw_sign(canvas, sign, x, line)
                x += CODE_STEP
            x += CODE_GAP
        line -= CODE_LINE
    return bottom


def _draw_sign(canvas: Canvas, sign: str, left: float, line: float) -> None:
    """Draw a symbol of a code centred in its cell, W and M condensed to fit."""
    width = pdfmetrics.stringWidth(sign, FONT, CODE_SIZE)
    scale = min(1.0, 0.95 * CODE_STEP / width)
    canvas.saveState()
    text = canvas.beginText(left + (CODE_STEP - width * scale) / 2, line)
    text.setFont(FONT, CODE_SIZE)
    text.setHorizScale(100 * scale)
    text.textOut(sign)
    canvas.drawText(text)
    canvas.restoreState()


def _rows_of(groups: Sequence[str], room: float) -> list[list[str]]:
    """Split the groups of a code into as few lines as fit, of about equal length."""
    for number in range(1, len(groups) + 1):
        size = -(-len(groups) // number)
        rows = [list(groups[start : start + size]) for start in range(0, len(groups), size)]
        if max(map(_width_of, rows)) <= room:
            return rows
    raise ValueError("no group of a code is wider than a slip")


def _width_of(row: Sequence[str]) -> float:
    return sum(map(len, row)) * CODE_STEP + (len(row) - 1) * CODE_GAP


def _lines(slip: Slip) -> list[str]:
    who = "、".join(slip.people)
    until = _("Until %(day)s, midnight", day=day_words(slip.valid_until))
    invited = _("Invited: %(name)s", name=slip.addressee) if slip.addressee else ""
    served = "" if slip.addressee else day_words(slip.served_on)
    lines = [invited, who, slip.section, served, slip.service_type or "", until]
    return [line for line in lines if line]


def _fit(text: str, room: float, size: float) -> list[str]:
    """Break a text into lines no wider than `room`: between words, anywhere in Chinese."""
    lines = [""]
    for word in WORD.findall(printable(text)):
        if lines[-1] and not _has_room(lines[-1] + word.rstrip(), room, size):
            lines.append("")
        for symbol in word:
            if not _has_room((lines[-1] + symbol).rstrip(), room, size):
                lines.append("")
            lines[-1] += symbol
    return lines


def _has_room(text: str, room: float, size: float) -> bool:
    return bool(pdfmetrics.stringWidth(text, FONT, size) <= room)


def _fit_all(texts: Sequence[str], room: float, height: float) -> tuple[float, list[str]]:
    """Return the size and lines in which texts fit.

    If they do not fit in the smallest size, the longest text but the last (until when) is cut.
    """
    for size in SIZES:
        parts = [_fit(text, room, size) for text in texts]
        if sum(map(len, parts)) * size * LEADING <= height:
            break
    while sum(map(len, parts)) * size * LEADING > height:
        longest = max(parts[:-1], key=len)
        longest.pop()
        longest[-1] = longest[-1][:-1] + "…"
    return size, [line for lines in parts for line in lines]


def _draw_qr(canvas: Canvas, text: str, left: float, bottom: float) -> None:
    """Draw each run of dark modules as one rectangle: vectors are sharp in print."""
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

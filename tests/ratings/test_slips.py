"""The PDF of slips, read by another program than the one that wrote it."""

import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from evalsys.ratings.slips import FONT, MISSING, Slip, printable, write_pdf

SLIP = Slip(
    code="7K3QZ8XM9R2TVABCD",
    people=("3 号窗口 受理岗 000217",),
    section="企业登记科",
    service_type="营业执照变更",
    served_on=date(2026, 11, 24),
    valid_until=date(2026, 12, 1),
    addressee="桥西社区居民委员会",
)
Read = Callable[..., str]


@pytest.fixture
def read(app: Flask, tmp_path: Path) -> Read:
    """Return what a program of poppler says of the PDF of ten slips."""
    file = tmp_path / "slips.pdf"
    with app.test_request_context(), force_locale("zh"):
        file.write_bytes(write_pdf([SLIP] * 10))

    def read(program: str, *options: str) -> str:
        command = [program, *options, str(file)]
        command += ["-"] if program == "pdftotext" else []
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    return read


def test_every_font_of_the_slips_is_embedded_as_a_subset(read: Read) -> None:
    fonts = [line.split() for line in read("pdffonts").splitlines()[2:]]
    assert fonts
    for font in fonts:
        assert FONT in font[0]
        assert font[-5:-3] == ["yes", "yes"], font  # embedded, subset


def test_another_program_finds_the_words_on_the_slips(read: Read) -> None:
    words = read("pdftotext", "-layout").replace(" ", "")
    for text in ("请评价这次服务", "企业登记科", "营业执照变更", "桥西社区居民委员会", "3号窗口"):
        assert words.count(text) >= 10, text


def test_a_sign_that_the_font_has_not_is_a_visible_gap(app: Flask) -> None:
    assert printable("王𬱖科长 A012") == f"王{MISSING}科长 A012"
    assert printable("李娜（三）〇") == "李娜（三）〇"

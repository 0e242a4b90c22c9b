"""The PDF of slips, read by another program than the one that wrote it."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from evalsys.ratings.tickets.pdf import FONT, MISSING, printable, write_pdf
from evalsys.ratings.tickets.rules.codes import groups_of
from evalsys.ratings.tickets.slips import Slip

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


LONG = replace(
    SLIP,
    code="WM8WMWMWMWMWMWMWM",
    people=tuple(f"{n} 号窗口 发证综合服务岗 00021{n}" for n in range(3)),
    section="企业登记科、外商投资企业登记注册科",
    service_type="股权转让（含国有股权无偿划转）变更登记及章程备案" * 3,
    addressee="",
)
OLD = replace(SLIP, code="7K3QZ8XM9R2TVABCD7K3QZ8XM9R", addressee="")
WORD = re.compile(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>')


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("slip", [SLIP, LONG, OLD], ids=["usual", "long", "of before"])
def test_the_code_is_large_and_nothing_lies_over_it(
    app: Flask, tmp_path: Path, slip: Slip, lang: str
) -> None:
    """Somebody of 70 types it: at least 14 points, in groups, nothing across, nothing cut off."""
    file = tmp_path / "slip.pdf"
    with app.test_request_context(), force_locale(lang):
        file.write_bytes(write_pdf([slip]))
    command = ["pdftotext", "-bbox", str(file), "-"]
    page = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    words = [(*map(float, found[:4]), found[4]) for found in WORD.findall(page)]
    code = [word for word in words if word[3] - word[1] >= 14]
    assert "".join(word[4] for word in code) == slip.code
    lines = len({word[1] for word in code})
    gaps = [b[0] - a[2] for a, b in pairwise(code) if a[1] == b[1]]
    assert sum(gap > 8 for gap in gaps) == len(groups_of(slip.code)) - lines
    top, bottom = min(word[1] for word in code), max(word[3] for word in code)
    others = [word for word in words if word not in code]
    assert all(word[3] <= top or word[1] >= bottom for word in others)
    right, foot = (210 - 20) / 2 + 10, (297 - 20) / 4 + 10
    assert max(word[2] for word in words) < (right - 4) * 72 / 25.4
    assert max(word[3] for word in words) < (foot - 1) * 72 / 25.4
    until = "2026年12月1日" if lang == "zh" else "midnight"
    assert any(until in word[4] for word in others), "the last day is never cut"


def test_a_sign_that_the_font_has_not_is_a_visible_gap(app: Flask) -> None:
    assert printable("王𬱖科长 A012") == f"王{MISSING}科长 A012"
    assert printable("李娜（三）〇") == "李娜（三）〇"

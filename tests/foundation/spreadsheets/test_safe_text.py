import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.foundation.spreadsheets.characters import length
from evalsys.foundation.spreadsheets.formulas import FORMULA_STARTS, GUARD
from evalsys.foundation.spreadsheets.safe_text import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    safe_file_name,
    safe_text,
    safe_title,
)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "＝1+1",
        "－1",
        " =1",
        "\t=1",
        "\r=1",
        "\n1",
        "\u3000=1",
        "#N/A",
    ],
)
def test_what_could_become_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe_text(text).startswith(GUARD)


@pytest.mark.parametrize("text", ["", "周敏", "a=b", "0040217", "# 标题", " 空格", "3-5"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


@given(st.text(max_size=60))
def test_no_text_is_ever_a_formula_after_a_detour_over_csv(text: str) -> None:
    target = io.StringIO()
    csv.writer(target).writerow([safe_text(text)])
    read = next(csv.reader(io.StringIO(target.getvalue())), [""])[0]
    assert read.lstrip(" \t\r\n\u3000\ufeff")[:1] not in FORMULA_STARTS


def test_what_xml_cannot_hold_is_replaced_and_long_texts_are_cut() -> None:
    assert safe_text("a\x00b\ud800") == "a\ufffdb\ufffd"
    assert safe_text("_x0009_") == "_x005F_x0009_"
    assert len(safe_text("长" * 40_000)) == LONGEST_TEXT


@pytest.mark.parametrize("text", ["𠮷" * 40_000, "a" + "𠮷" * 40_000, "𠮷" * 16_383, "𠮷" * 16_384])
def test_a_text_is_as_long_as_excel_counts_it(text: str) -> None:
    short = safe_text(text)
    assert len(short.encode("utf-16-le")) // 2 <= LONGEST_TEXT
    assert short.encode("utf-8")  # No character is halved.
    assert short == text if length(text) <= LONGEST_TEXT else short.endswith("…")
    title = safe_title(text)
    assert length(title) <= LONGEST_TITLE
    assert set(title) <= {"𠮷", "a"}


@given(st.text(max_size=80))
def test_every_text_gives_a_name_that_excel_takes_for_a_sheet(text: str) -> None:
    title = safe_title(text)
    assert 1 <= length(title) <= LONGEST_TITLE
    assert not set(title) & set("[]:*?/\\")
    assert title[0] not in {"'", *FORMULA_STARTS}
    assert title[-1] != "'"


def test_a_file_name_has_no_character_that_a_system_refuses() -> None:
    assert safe_file_name("科室 绩效", "a/b:c", "", "..") == "科室绩效_abc"

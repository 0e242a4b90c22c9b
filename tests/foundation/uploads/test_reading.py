import io
import os
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from evalsys.foundation.uploads.cells import ExcelError
from evalsys.foundation.uploads.errors import BadFile
from evalsys.foundation.uploads.lists import Wanted, read_list, stream_rows
from evalsys.foundation.uploads.reading.limits import ReadLimits
from evalsys.foundation.uploads.reading.reader import open_table, stream_lines
from evalsys.foundation.uploads.tables import RawLine, TableRow
from tests.foundation.uploads.files import rebuilt, workbook

ROSTER = Wanted({"number": ("工号", "Staff number"), "name": ("姓名", "Name")}, ("number", "name"))
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def rows_of(name: str, content: bytes) -> list[TableRow]:
    return list(read_list(name, content, ROSTER).rows)


def zipped(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return target.getvalue()


def test_values_keep_their_kind_and_rows_their_number() -> None:
    content = workbook(["工号", 40217, 1.5, True, date(2026, 9, 1)], [], [" ", None, "李娜"])
    lines = open_table("a.xlsx", content)["人员"].lines
    assert [line.number for line in lines] == [1, 3]
    assert lines[0].values == ["工号", 40217, 1.5, True, datetime(2026, 9, 1)]  # noqa: DTZ001
    assert lines[1].values == [None, None, "李娜"]


def test_every_sheet_is_found_even_an_empty_one() -> None:
    assert list(open_table("a.xlsx", workbook(["x"], more=("单位处室",)))) == ["人员", "单位处室"]


def test_a_failed_formula_is_told_apart_from_text() -> None:
    content = rebuilt(
        workbook(["工号"]),
        lambda name, data: re.sub(
            rb'<c r="A1"[^>]*>.*?</c>', b'<c r="A1" t="e"><v>#N/A</v></c>', data
        ),
    )
    value = open_table("a.xlsx", content)["人员"].lines[0].values[0]
    assert isinstance(value, ExcelError)
    assert value == "#N/A"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_of_every_chinese_excel_is_read(encoding: str) -> None:
    content = "工号,姓名\r\n\r\n001,李娜\r\n".encode(encoding)
    lines = open_table("a.csv", content)[""].lines
    assert lines == [RawLine(1, ["工号", "姓名"]), RawLine(3, ["001", "李娜"])]


def test_a_cell_of_two_lines_does_not_shift_the_line_numbers() -> None:
    lines = open_table("a.csv", '工号,备注\n1,"两\n行"\n2,x\n'.encode())[""].lines
    assert [line.number for line in lines] == [1, 2, 4]


def test_tabs_separate_too() -> None:
    assert open_table("a.txt", "工号\t姓名\n1\t李,娜".encode())[""].lines[1].values == [
        "1",
        "李,娜",
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("工号,姓名\n001,李娜\n002,".encode() + "王".encode()[:2], 3),
        ("工号,姓名\n001,李娜\n".encode("gb18030") + "王".encode("gb18030")[:1], 3),
        (b"\xef\xbb\xbf" + "工号\n".encode() + b"\xc0\xaf", 2),
    ],
)
def test_half_a_character_is_named_with_its_line(content: bytes, line: int) -> None:
    with pytest.raises(BadFile, match="holds a character that is cut in half: it is") as caught:
        open_table("a.csv", content)
    assert caught.value.params["row"] == line


@pytest.mark.parametrize("content", [b"", b"  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_called_empty(content: bytes) -> None:
    with pytest.raises(BadFile, match=r"a\.csv is empty"):
        open_table("a.csv", content)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7", ".pdf"),
        (b"\xff\xd8\xff\xe0 JFIF", ".jpg"),
        (b"\x89PNG\r\n", ".png"),
        (b"<html><table>", ".html"),
        (OLD_OFFICE, ".xls"),
        ("工号".encode("utf-16"), "UTF-16"),
        (zipped(word__document_xml=b"<w/>"), ".docx"),
        (zipped(content_xml=b"<w/>"), ".ods"),
        (zipped(readme=b"x"), ".zip"),
        (rebuilt(workbook(["x"]), parts={"xl/vbaProject.bin": b"x"}), ".xlsm"),
    ],
)
def test_the_content_decides_what_a_file_is(content: bytes, kind: str) -> None:
    with pytest.raises(BadFile, match=r"Only \.xlsx and CSV are read") as caught:
        open_table("roster.xlsx", content)
    assert caught.value.params["kind"] == kind


def test_what_is_no_text_is_told_so_and_one_zero_byte_stays_in_its_cell() -> None:
    with pytest.raises(BadFile, match=r"neither an Excel workbook nor CSV"):
        open_table("a.csv", b"\x07\x00\x01\x00" * 40)
    [table] = open_table("a.csv", "工号,姓名\n000217,张\x00三\n000218,李四\n".encode()).values()
    assert [line.values[1] for line in table.lines] == ["姓名", "张\x00三", "李四"]


def test_a_text_that_calls_itself_a_workbook_is_refused() -> None:
    with pytest.raises(BadFile, match="damaged"):
        open_table("a.xlsx", b"hello")


def test_a_password_is_recognised() -> None:
    with pytest.raises(BadFile, match="password"):
        open_table("a.xlsx", OLD_OFFICE + "EncryptedPackage".encode("utf-16-le"))


def test_a_hundred_megabytes_are_refused_unread() -> None:
    with pytest.raises(BadFile, match=r"100\.0 MB"):
        open_table("a.xlsx", bytes(100 << 20))


def test_a_zip_bomb_is_stopped_by_its_real_bytes() -> None:
    bomb = rebuilt(workbook(["x"]), parts={"xl/media/big.xml": bytes(60 << 20)})
    assert len(bomb) < 100_000
    with pytest.raises(BadFile, match="unpacks to more than 50 MB"):
        open_table("a.xlsx", bomb)


def test_a_billion_laughs_are_not_told() -> None:
    def declare(name: str, data: bytes) -> bytes:
        return b'<!DOCTYPE x [<!ENTITY l "lol">]>' + data if name == "xl/workbook.xml" else data

    with pytest.raises(BadFile, match="document type declaration"):
        open_table("a.xlsx", rebuilt(workbook(["x"]), declare))


def test_a_document_type_across_two_chunks_is_seen() -> None:
    part = b" " * ((1 << 16) - 4) + b"<!DOCTYPE x>"
    with pytest.raises(BadFile, match="document type declaration"):
        open_table("a.xlsx", rebuilt(workbook(["x"]), parts={"xl/x.xml": part}))


@pytest.mark.parametrize("size", ["A1:B999999", "A1"])
def test_a_lying_dimension_changes_nothing(size: str) -> None:
    def lie(name: str, data: bytes) -> bytes:
        return data.replace(b'ref="A1:B3"', f'ref="{size}"'.encode())

    content = rebuilt(workbook(["工号", "姓名"], ["1", "李"], ["2", "王"]), lie)
    assert len(open_table("a.xlsx", content)["人员"].lines) == 3


def test_a_cell_in_the_last_corner_costs_no_memory() -> None:
    def corner(name: str, data: bytes) -> bytes:
        return data.replace(
            b"</sheetData>",
            b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
        )

    with pytest.raises(BadFile, match="empty rows up to row") as caught:
        open_table("a.xlsx", rebuilt(workbook(["x"]), corner))
    assert caught.value.params["row"] == 1_048_576


def test_rows_and_columns_have_limits() -> None:
    three = workbook(["a"], ["b"], ["c", "d", "e"])
    with pytest.raises(BadFile, match=r"“人员”.*2 filled"):
        open_table("a.xlsx", three, ReadLimits(rows=2))
    with pytest.raises(BadFile, match="filled beyond column 2"):
        open_table("a.xlsx", three, ReadLimits(columns=2))
    with pytest.raises(BadFile, match="more than 2 filled rows"):
        open_table("a.csv", b"a\nb\nc", ReadLimits(rows=2))
    with pytest.raises(BadFile, match="filled beyond column 2"):
        open_table("a.csv", b"a,b,c", ReadLimits(columns=2))


def with_rows(rows: bytes, after: bytes = b"") -> bytes:
    def lengthen(name: str, data: bytes) -> bytes:
        return data.replace(b"</sheetData>", rows + b"</sheetData>" + after)

    return rebuilt(workbook(["x"]), lengthen)


def test_too_much_memory_is_refused_in_words() -> None:
    merged = b"".join(b'<mergeCell ref="A%d:B%d"/>' % (row, row) for row in range(2, 700_000))
    with pytest.raises(BadFile, match="too much memory or time"):
        open_table("a.xlsx", with_rows(b"", merged), ReadLimits(memory=96 << 20))


def test_too_much_time_is_refused_in_words() -> None:
    rows = b"<row><c><v>1</v></c></row>" * 800_000
    with pytest.raises(BadFile, match="too much memory or time"):
        open_table("a.xlsx", with_rows(rows), ReadLimits(rows=10**6, seconds=1))


@pytest.mark.parametrize("cut", [30, 200, -60])
def test_a_damaged_workbook_says_how_to_mend_it(cut: int) -> None:
    with pytest.raises(BadFile, match="save it as"):
        open_table("a.xlsx", workbook(["x"])[:cut])


def test_a_workbook_without_its_sheets_is_damaged() -> None:
    with pytest.raises(BadFile):
        open_table("a.xlsx", zipped(xl__workbook_xml=b"<workbook"))


def test_the_child_does_not_know_our_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spy = tmp_path / "spy.py"
    spy.write_text(
        "import os, json\nprint(json.dumps({'sheet': str(sorted(os.environ)), 'hidden': 0}))"
    )
    monkeypatch.setattr("evalsys.foundation.uploads.reading.reader.CHILD", spy)
    monkeypatch.setitem(os.environ, "EVALSYS_SECRET_KEY", "secret")
    sheet, _ = next(stream_lines("a.xlsx", workbook(["x"]), ReadLimits()))
    assert "PATH" in sheet.title
    assert "EVALSYS" not in sheet.title


def test_rows_stream_under_their_heading_below_a_title() -> None:
    content = workbook(
        ["云州市审批局花名册"],
        ["制表：组织人事科"],
        ["序号", " 工号* ", "姓名（必填）", "爱好"],
        [1, "001", "李娜", "棋"],
        [],
        [2, None, "王芳"],
    )
    rows = rows_of("a.xlsx", content)
    assert [(row.number, dict(row.values)) for row in rows] == [
        (4, {"number": "001", "name": "李娜"}),
        (6, {"name": "王芳"}),
    ]


def test_english_headings_are_known() -> None:
    (row,) = rows_of("a.csv", b"staff_number,NAME *\n1,Li")
    assert row.values == {"number": "1", "name": "Li"}


def test_a_reader_may_stop_early(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(["工号", "姓名"], *[["1", "李"]] * 5_000))
    rows = stream_rows("a.xlsx", path, ROSTER, ReadLimits())
    assert next(rows).number == 2
    rows.close()  # type: ignore[attr-defined]  # It is a generator; its child must not linger.


def test_a_sheet_without_headings_says_which_are_needed() -> None:
    with pytest.raises(BadFile, match=r"“工号”、“姓名”"):
        rows_of("a.xlsx", workbook(["x", "y"], ["1", "2"]))


@pytest.mark.parametrize("cell", ["x" * 200_000, '"' + "x,\n" * 60_000])
def test_a_text_table_with_an_endless_cell_is_refused(cell: str) -> None:
    with pytest.raises(BadFile, match=r"line 2 of a\.csv"):
        open_table("a.csv", f"工号,姓名\n{cell}".encode())

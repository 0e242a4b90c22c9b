"""Files that exceed the limits are rejected by the page with a message."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.foundation.accounts.models import User
from evalsys.foundation.uploads.reading import reader as reading
from evalsys.foundation.uploads.reading.limits import ReadLimits
from evalsys.roster.models import RosterBatch
from tests.factories import make_user
from tests.foundation.uploads.files import rebuilt, workbook

pytestmark = pytest.mark.usefixtures("app")

HEAD = ("工号", "姓名", "处室编码")


@pytest.fixture
def refusal(sign_in: Callable[[User], FlaskClient]) -> Callable[..., str]:
    """Return a function that uploads a file and returns the error message."""
    client = sign_in(make_user())

    def refusal(content: bytes, name: str = "花名册.xlsx") -> str:
        answer = client.post("/roster/import", data={"file": (io.BytesIO(content), name)})
        assert answer.status_code == 400, answer.text
        assert db.session.scalar(select(func.count()).select_from(RosterBatch)) == 0
        return answer.text

    return refusal


def with_rows(rows: bytes, part: str = "sheet1.xml") -> bytes:
    def lengthen(name: str, data: bytes) -> bytes:
        end = b"</sheetData>"
        return data.replace(end, rows + end) if name.endswith(part) else data

    return rebuilt(workbook(HEAD), lengthen)


@pytest.mark.parametrize("row", ["1048577", "10000000000", "9" * 5000])
def test_a_row_beyond_excel_is_refused(refusal: Callable[..., str], row: str) -> None:
    words = refusal(with_rows(f'<row r="{row}"><c><v>1</v></c></row>'.encode()))
    assert "Copy only the filled rows" in words or "damaged" in words


@pytest.mark.parametrize(
    "rows", [b'<row r="100003"><c><v>1</v></c></row>', b"<row/>" * 100_001, b'<row r="1048576"/>']
)
def test_a_hundred_thousand_empty_rows_are_refused(
    refusal: Callable[..., str], rows: bytes
) -> None:
    assert "more than 100000 empty rows" in refusal(with_rows(rows))


def test_empty_lines_of_a_text_table_are_refused_too(refusal: Callable[..., str]) -> None:
    text = f"{','.join(HEAD)}\n{',' * 2}\n" + "\n" * 100_001 + "1,2,3"
    assert "empty rows" in refusal(text.encode(), "a.csv")


@pytest.mark.parametrize("text", ["字" * 32_768, "𠮷" * 16_384, "_x000D_" * 40_000])
def test_a_cell_that_excel_cannot_hold_is_refused_by_its_place(
    refusal: Callable[..., str], text: str
) -> None:
    cell = f'<row r="2"><c r="B2" t="inlineStr"><is><t>{text}</t></is></c></row>'
    assert "人员 B2" in refusal(with_rows(cell.encode()))


def test_a_cell_as_long_as_excel_allows_is_only_too_long_for_its_column(
    sign_in: Callable[[User], FlaskClient],
) -> None:
    content = workbook(HEAD, ("000217", "𠮷" * 16_383, "QY01"))
    data = {"file": (io.BytesIO(content), "a.xlsx")}
    answer = sign_in(make_user()).post("/roster/import", data=data, follow_redirects=True)
    assert "32766 characters are too many" in answer.text


SHARED = (
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    f"<si><t>{'x' * 32_000}</t></si></sst>"
)


def test_a_long_text_repeated_costs_no_more_than_was_asked_for(
    refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    bounded = reading._bounded  # noqa: SLF001

    def note(*given: object) -> object:
        for line in bounded(*given):  # type: ignore[arg-type]
            taken.append(len(line))
            yield line

    monkeypatch.setattr(reading, "_bounded", note)
    rows = "".join(
        f'<row r="{row}">' + '<c t="s"><v>0</v></c>' * 90 + "</row>" for row in range(2, 600)
    )

    def point(name: str, data: bytes) -> bytes:
        shared = b'<Relationship Id="r9" Type="x/sharedStrings" Target="sharedStrings.xml"/>'
        if name.endswith("workbook.xml.rels"):
            return data.replace(b"</Relationships>", shared + b"</Relationships>")
        end = b"</sheetData>"
        return data.replace(end, rows.encode() + end) if "sheet1" in name else data

    bomb = rebuilt(workbook(HEAD), point, parts={"xl/sharedStrings.xml": SHARED.encode()})
    assert len(bomb) < 20_000
    assert "unpacks to more than 16 MB" in refusal(bomb)
    assert sum(taken) <= ReadLimits().answer


DOCTYPE = '<!DOCTYPE x [<!ENTITY l "lol">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "name", ["xl/theme/other.xml", "customXml/item1.XML", "xl/media/image1.png", "docProps/x.bin"]
)
def test_a_document_type_is_found_in_every_part(
    refusal: Callable[..., str], name: str, encoding: str
) -> None:
    content = rebuilt(workbook(HEAD), parts={name: DOCTYPE.encode(encoding)})
    assert "document type declaration" in refusal(content)


def test_a_document_type_in_an_odd_encoding_is_found_where_it_counts(
    refusal: Callable[..., str],
) -> None:
    def encode(name: str, data: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return data
        return f'<?xml version="1.0" encoding="cp500"?>{DOCTYPE}<worksheet/>'.encode("cp500")

    assert refusal(rebuilt(workbook(HEAD), encode))


def test_no_transaction_is_open_while_a_file_is_read(
    app: Flask,
    sign_in: Callable[[User], FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """No page or command has an open transaction while it parses a file."""
    seen: list[bool] = []
    lines = reading._lines  # noqa: SLF001

    def look(*given: object) -> object:
        for line in lines(*given):  # type: ignore[arg-type]
            seen.append(db.session.registry.has() and db.session().in_transaction())
            yield line

    monkeypatch.setattr(reading, "_lines", look)
    client = sign_in(make_user())
    content = workbook(HEAD, ("000217", "王海宁", "QY01"))
    client.post(
        "/roster/import", data={"file": (io.BytesIO(content), "a.xlsx")}, follow_redirects=True
    )
    client.get("/roster/1/marked")
    tickets = "办理日期,工号\n2026-11-02,000217\n".encode()
    client.post("/tickets/list", data={"file": (io.BytesIO(tickets), "a.csv")})
    path = tmp_path / "list.csv"
    path.write_bytes(tickets)
    for command in (
        ["ratings", "issue", str(path)],
        ["calendars", "import", str(path)],
        ["ratings", "import", str(path)],
        ["exchange", "import-roster", str(path)],
    ):
        app.test_cli_runner().invoke(args=command)
    assert len(seen) >= 7
    assert not any(seen)


def test_a_file_inside_a_unit_of_work_is_a_bug(app: Flask) -> None:
    db.session.info["unit"] = True
    try:
        with pytest.raises(RuntimeError, match="inside a unit of work"):
            reading.open_table("a.csv", b"1,2")
    finally:
        db.session.info["unit"] = False

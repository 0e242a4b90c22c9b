from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action
from tests.exports.books import column, make_closed_city
from tests.factories import make_period
from tests.results.closing.city import CODE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder, unlike `tmp_path` with the database."""
    made = tmp_path / "books"
    made.mkdir()
    return made


def run(app: Flask, *args: str) -> Result:
    return app.test_cli_runner().invoke(args=["exchange", "export", *args])


def test_the_command_writes_a_file_and_says_how_many_rows_it_has(app: Flask, folder: Path) -> None:
    make_closed_city()
    out = folder / "distribution.xlsx"
    done = run(app, "distribution", CODE, "--out", str(out))
    assert done.exit_code == 0
    book = CalamineWorkbook.from_path(out)
    rows = sum(book.get_sheet_by_name(name).height - 1 for name in ("评价分布", "分布图"))
    assert f"{rows} rows" in done.output
    assert [path.name for path in folder.iterdir()] == ["distribution.xlsx"]


def test_the_command_writes_english_on_request(app: Flask, folder: Path) -> None:
    make_closed_city()
    out = folder / "members.xlsx"
    assert run(app, "members", CODE, "--out", str(out), "--lang", "en").exit_code == 0
    assert CalamineWorkbook.from_path(out).sheet_names == ["Cover", "Members"]


def test_a_filter_that_no_section_matches_is_named(app: Flask, folder: Path) -> None:
    make_closed_city()
    done = run(app, "ranking", CODE, "--out", str(folder / "a.xlsx"), "--organ", "NOBODY")
    assert done.exit_code == 1
    assert "matches the filter: organ: NOBODY" in done.output
    assert list(folder.iterdir()) == []


def test_the_command_has_the_filters_of_the_page(app: Flask, folder: Path) -> None:
    low, _ = make_closed_city()
    out = folder / "a.xlsx"
    options = ("--proposal", "interview", "--sort=-total", "--kind", low.kind.value)
    assert run(app, "ranking", CODE, "--out", str(out), *options).exit_code == 0
    book = CalamineWorkbook.from_path(out)
    assert column(book.get_sheet_by_name("科长排名").to_python(), "科室") == [low.name]
    cover = {row[0]: str(row[1]) for row in book.get_sheet_by_name("封面").to_python()}
    assert "建议：建议约谈" in cover["筛选与排序"]
    line = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == Action.EXCHANGE_EXPORT)
    ).one()
    assert line.details["filters"] == {
        "kind": low.kind.value,
        "proposal": "interview",
        "sort": "-total",
    }


def test_the_command_runs_as_the_system_so_it_may_list_single_ballots(
    app: Flask, folder: Path
) -> None:
    make_closed_city()
    out = folder / "a.xlsx"
    assert run(app, "ratings", CODE, "--out", str(out)).exit_code == 0
    cover = CalamineWorkbook.from_path(out).get_sheet_by_name("封面").to_python()
    assert ["导出人", "系统（命令行）"] in [row[:2] for row in cover]


def test_the_command_refuses_with_reasons(app: Flask, folder: Path) -> None:
    make_closed_city()
    make_period("2026-Q4")
    out = str(folder / "a.xlsx")
    refused = run(app, "ranking", "2026-Q4", "--out", out)
    assert (refused.exit_code, list(folder.iterdir())) == (1, [])
    assert "Q4 2026 is not closed yet" in refused.output
    assert run(app, "members", CODE, "--out", out, "--section", "NONE").exit_code == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ("nothing", CODE),
        ("ranking", "2026-Q7"),
        ("ranking", CODE, "--sort", "beauty"),
        ("ranking", CODE, "--lang", "fr"),
        ("ranking", CODE, "--kind", "palace"),
    ],
)
def test_misuse_of_the_command_is_told_from_a_refusal(
    app: Flask, folder: Path, wrong: tuple[str, ...]
) -> None:
    assert run(app, *wrong, "--out", str(folder / "a.xlsx")).exit_code == 2


def test_a_folder_that_is_not_there_is_said_before_the_work_begins(
    app: Flask, folder: Path
) -> None:
    make_closed_city()
    done = run(app, "ranking", CODE, "--out", str(folder / "nowhere" / "a.xlsx"))
    assert done.exit_code == 2
    assert "There is no folder" in done.output


def test_an_earlier_file_stays_as_it_was_if_the_export_breaks_off(
    app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_closed_city()
    out = folder / "a.xlsx"
    out.write_bytes(b"of yesterday")
    monkeypatch.setattr("evalsys.foundation.spreadsheets.workbook.MOST_ROWS", 3)
    refused = run(app, "members", CODE, "--out", str(out))
    assert refused.exit_code == 1
    assert "do not fit into a sheet" in refused.output
    assert out.read_bytes() == b"of yesterday"
    assert list(folder.iterdir()) == [out]

"""Real-life formats of all lists: service events, past ratings, calendars."""

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core import pages
from evalsys.core.extensions import db
from evalsys.foundation.accounts.models import User
from evalsys.foundation.calendars.models import CalendarDay
from evalsys.organisation.org.models import Section
from evalsys.ratings.ballots.models import Rating, Ticket
from tests.factories import make_organ, make_section, make_staff, make_user
from tests.foundation.uploads.files import book, rebuilt

pytestmark = pytest.mark.usefixtures("app")

SERVICES = ("办理日期", "工号", "事项", "办件编号")
RATINGS = "处室编码 工号 服务日期 评价人类别 服务态度 工作作风 办事效率 业务能力".split()  # noqa: SIM905
Command = Callable[..., Result]


@pytest.fixture(autouse=True)
def office(app: Flask) -> None:
    section = make_section(code="QY01", started_on=date(2018, 1, 1))
    for number in ("000217", "000218"):
        make_staff(section, number=number)


@pytest.fixture
def command(app: Flask, tmp_path: Path) -> Command:
    """Return a function that runs a command on a file."""

    def command(*words: str, content: bytes, options: tuple[str, ...] = ()) -> Result:
        path = tmp_path / "list.xlsx"
        path.write_bytes(content)
        result = app.test_cli_runner().invoke(args=[*words, str(path), *options])
        db.session.rollback()
        return result

    return command


def services(*rows: Any, touch: Callable[[Any], object] = id) -> bytes:
    return book({"办件清单": [["十一月办件"], SERVICES, *rows]}, touch)


def ratings(*rows: Any, touch: Callable[[Any], object] = id) -> bytes:
    return book({"Sheet1": [RATINGS, *rows]}, touch)


def count(model: type[Ticket | Rating]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


DAY = pages.today() - timedelta(days=1)
ROWS = [
    [f"{DAY.year}年{DAY.month}月{DAY.day}日 上午9时", "\u200b000217", "证照 补领", "A1"],
    [None, "０００２１８", "证照补领", "A2"],
    ["制表人：李娜"],
]


def merge_day(found: Any) -> None:
    found["办件清单"].merge_cells("A3:A4")


def hide_row(found: Any) -> None:
    found.worksheets[0].row_dimensions[2 if found.sheetnames == ["Sheet1"] else 3].hidden = True


def test_a_list_of_services_is_read_as_the_roster_is(
    sign_in: Callable[[User], FlaskClient],
) -> None:
    data = {"file": (io.BytesIO(services(*ROWS, touch=merge_day)), "list.xlsx")}
    answer = sign_in(make_user()).post("/tickets/list", data=data)
    assert answer.status_code == 200, answer.text
    assert "A3:A4" in answer.text
    days = db.session.scalars(select(Ticket.served_on)).all()
    assert days == [DAY] * 2


@pytest.mark.parametrize(
    "row", [["2026年11月3日", None, "变更：章程", "A9"], ["2026年11月3日", None, "变更：章程"]]
)
def test_a_service_without_a_person_is_no_foot(
    sign_in: Callable[[User], FlaskClient], row: list[Any]
) -> None:
    data = {"file": (io.BytesIO(services(ROWS[0], row)), "list.xlsx")}
    answer = sign_in(make_user()).post("/tickets/list", data=data)
    assert answer.status_code == 422
    assert "Nobody is named who served" in answer.text


LOST_ZEROS = "There is no staff member with this number"


def test_zeros_that_excel_dropped_are_asked_for(sign_in: Callable[[User], FlaskClient]) -> None:
    hr, elsewhere = sign_in(make_user()), sign_in(make_user(organ_id=make_organ().id))
    handled = book({"Sheet1": [("日期", "工号", "办件数"), [str(DAY), 217, 5]]})
    tickets = services([str(DAY), 217, "证照补领", "A1"])

    def send(client: FlaskClient, path: str, content: bytes) -> str:
        return client.post(path, data={"file": (io.BytesIO(content), "a.xlsx")}).text

    for path, content in (("/tickets/list", tickets), ("/handled/list", handled)):
        assert f"{LOST_ZEROS}. Did you mean 000217?" in send(hr, path, content)
        theirs = send(elsewhere, path, content)
        assert LOST_ZEROS in theirs
        assert "000217" not in theirs
    make_staff(db.session.scalars(select(Section)).first(), number="0217")
    for path, content in (("/tickets/list", tickets), ("/handled/list", handled)):
        assert "Did you mean" not in send(hr, path, content)


def test_hidden_rows_of_a_list_are_asked_for(sign_in: Callable[[User], FlaskClient]) -> None:
    client = sign_in(make_user())
    content = services(*ROWS[:1], [str(DAY), "000218", "证照补领", "A2"], touch=hide_row)

    def send(**more: str) -> Any:
        return client.post("/tickets/list", data={"file": (io.BytesIO(content), "a.xlsx"), **more})

    asked = send()
    assert asked.status_code == 422
    assert "1 row of sheet “办件清单”" in asked.text
    assert 'name="hidden"' in asked.text
    assert count(Ticket) == 0
    assert send(hidden="leave").status_code == 200
    assert count(Ticket) == 1
    assert send(hidden="read").status_code == 422  # A2 has its ticket; one of both is new.
    assert count(Ticket) == 1


@pytest.mark.parametrize(("choice", "found"), [("ask", 0), ("leave", 1), ("read", 2)])
def test_a_command_asks_for_hidden_rows_too(command: Command, choice: str, found: int) -> None:
    row = ["QY01", "000217", datetime(2026, 5, 4, 8, 30), "服务对象", 5, 4, 3, 2]  # noqa: DTZ001
    content = ratings(row, row, touch=hide_row)
    result = command("ratings", "import", content=content, options=("--hidden", choice))
    assert count(Rating) == found, result.output
    assert (result.exit_code == 0) is (choice != "ask")
    if choice == "ask":
        assert "hidden in Excel" in result.output


def test_merged_cells_in_a_long_list_are_named(command: Command) -> None:
    row = ["QY01", "000217", "2026-05-04", "服务对象", 5, 4, 3, 2]
    content = ratings(row, row, touch=lambda found: found["Sheet1"].merge_cells("C2:C3"))
    result = command("ratings", "import", content=content)
    assert "C2:C3 are merged" in result.output
    assert count(Rating) == 0


def test_a_second_sheet_of_ratings_is_not_left_out_silently(command: Command) -> None:
    row = ["QY01", "000217", "2026-05-04", "服务对象", 5, 4, 3, 2]
    content = book({"上半年": [RATINGS, row], "下半年": [RATINGS, row]})
    result = command("ratings", "import", content=content)
    assert "“上半年”、“下半年”" in result.output
    assert count(Rating) == 0


def test_a_calendar_is_read_as_the_roster_is(command: Command) -> None:
    days = [[f"2027年1月{day}日", "休", "寒假"] for day in range(1, 32)]
    result = command(
        "calendars", "import", content=book({"Sheet1": [["日期", "是否上班", "名称"], *days]})
    )
    assert result.exit_code == 0, result.output
    assert db.session.get(CalendarDay, date(2027, 1, 4)) is not None


FORMULA = (b"<v>5</v>", b"<f>2+3</f><v></v>")


def test_a_formula_without_a_value_is_told_in_every_list(command: Command) -> None:
    row = ["QY01", "000217", "2026-05-04", "服务对象", 5, 4, 3, 2]
    content = rebuilt(ratings(row), lambda name, data: data.replace(*FORMULA))
    result = command("ratings", "import", content=content)
    assert "formula without a value" in result.output
    assert count(Rating) == 0

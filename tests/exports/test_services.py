"""Import of services handled, and the workbook of the comparison, read independently."""

import io
import re
from collections.abc import Callable
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from evalsys.ratings.services.models import ServicesHandled
from evalsys.ratings.tickets.models import IssuingTally
from tests.factories import make_section, make_staff, make_user, save

pytestmark = pytest.mark.usefixtures("clock")
SignIn = Callable[[User], FlaskClient]
HEAD = "日期,工号,办件数\n"


@pytest.fixture
def clerks(section: Section) -> list[Staff]:
    return [make_staff(section, number=number) for number in ("000217", "000218")]


@pytest.fixture
def client(sign_in: SignIn, section: Section) -> FlaskClient:
    return sign_in(make_user(Role.SUPERVISOR, organ_id=section.organ_id))


def look(client: FlaskClient, text: str | bytes, name: str = "办件.csv") -> tuple[int, str]:
    content = text if isinstance(text, bytes) else (HEAD + text).encode()
    data = {"file": (io.BytesIO(content), name), "hidden": "ask"}
    answer = client.post("/handled/list", data=data)
    return answer.status_code, answer.text


def enter(client: FlaskClient, page: str) -> tuple[int, str]:
    seen = re.findall(r'name="seen" value="([^"]+)"', page)
    answer = client.post("/handled/list", data={"seen": unescape(seen[0]), "hidden": "ask"})
    db.session.rollback()
    return answer.status_code, answer.text


def stored() -> list[tuple[str, int]]:
    db.session.rollback()
    query = select(ServicesHandled).order_by(ServicesHandled.served_on, ServicesHandled.staff_id)
    return [(str(row.served_on), row.services) for row in db.session.scalars(query)]


def test_what_would_change_is_shown_then_entered_and_the_same_file_changes_nothing(
    client: FlaskClient, clerks: list[Staff]
) -> None:
    text = "2026-11-23,000217,35\n2026年11月24日,000218,0\n2026-11-24,000217,\n"
    status, page = look(client, text)
    assert status == 200
    assert "Enter these numbers" in page
    assert stored() == [], "a look enters nothing"
    assert enter(client, page)[0] == 303
    assert stored() == [("2026-11-23", 35), ("2026-11-24", 0)]
    status, page = look(client, text)
    assert (status, "Nothing would change" in page) == (200, True)
    assert 'name="seen" value="."' not in page
    status, page = look(client, "2026-11-23,000217,36\n2026-11-24,000218,0\n")
    assert enter(client, page)[0] == 303
    lines = db.session.scalars(select(AuditEvent).filter_by(action=Action.HANDLED_ENTER)).all()
    assert [(one.subject_id, one.details.get("before")) for one in lines] == [
        ("list", None),
        ("000217", 35),
    ]


def test_everything_that_is_wrong_is_named_by_its_cell_and_nothing_is_entered(
    client: FlaskClient, clerks: list[Staff]
) -> None:
    make_staff(make_section(), number="000999")
    status, page = look(
        client,
        "2026-11-23,000217,35\n"
        "昨天,000217,1\n"
        "2026-11-23,000218,许多\n"
        "2026-11-23,777777,5\n"
        "2026-11-23,000999,5\n"
        "2026-11-25,000217,5\n"
        "2026-11-23,000217,35\n"
        ",000217,3\n"
        "2026-11-24,000218,-1\n",
    )
    assert status == 422
    line = (
        r'<tr><th scope="row" data-l="Row">(\d+)</th>'
        r'<td>(.*?)</td><td class="cell-bad">(.*?)</td>'
    )
    cells = re.findall(line, page)
    assert cells == [
        ("3", "日期", "昨天"),
        ("4", "办件数", "许多"),
        ("5", "工号", "777777"),
        ("6", "工号", "000999"),
        ("7", "日期", "2026-11-25"),
        ("8", "工号", "000217"),
        ("9", "日期", "—"),
        ("10", "办件数", "-1"),
    ]
    assert page.count("This is not a whole number from 0 to 9999") == 2  # 许多 and -1.
    assert 'name="seen" value="."' not in page
    assert "Enter these numbers" not in page
    assert stored() == []


@pytest.mark.parametrize("text", ["", "2026-11-24,000217,\n"])
def test_a_sheet_without_a_number_is_said_to_be_one(
    client: FlaskClient, clerks: list[Staff], text: str
) -> None:
    status, page = look(client, text)
    assert status == 422
    assert "no row with a number of services" in page


def test_what_was_shown_to_somebody_else_or_before_another_change_is_not_entered(
    client: FlaskClient, clerks: list[Staff], sign_in: SignIn
) -> None:
    _status, page = look(client, "2026-11-23,000217,35\n")
    other = sign_in(make_user(Role.HR))
    assert enter(other, page)[0] == 422
    assert stored() == []
    _status, faster = look(other, "2026-11-23,000217,12\n")
    assert enter(other, faster)[0] == 303
    status, again = enter(client, page)
    assert (status, "have changed since you looked" in again) == (422, True)
    assert stored() == [("2026-11-23", 12)]
    for made_up in ("x", ".eJw", page[:40]):
        answer = client.post("/handled/list", data={"seen": made_up, "hidden": "ask"})
        assert answer.status_code == 422


def test_the_workbook_says_all_and_is_filled_in_and_read_back(
    client: FlaskClient, clerks: list[Staff], section: Section, sign_in: SignIn
) -> None:
    hand = make_user(Role.COUNTER, display_name="=大厅甲", name="hall")
    for clerk, tickets in zip(clerks, (8, 3), strict=True):
        key = {"served_on": date(2026, 11, 23), "staff_id": clerk.id, "section_id": section.id}
        save(
            IssuingTally(**key, issuer_id=hand.id, tickets=tickets, invitations=1, for_colleagues=0)
        )
    foreign = make_section()
    other = make_staff(foreign)
    key = {"served_on": date(2026, 11, 23), "staff_id": other.id, "section_id": foreign.id}
    save(IssuingTally(**key, issuer_id=hand.id, tickets=5, invitations=0, for_colleagues=0))
    assert enter(client, look(client, "2026-11-23,000217,6\n")[1])[0] == 303
    answer = client.get("/handled/workbook?since=2026-11-01&until=2026-11-30&lang=zh")
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    days = book.get_sheet_by_name("评价单与办件对照").to_python()
    rows = [dict(zip(days[0], row, strict=True)) for row in days[1:]]
    assert [(r["工号"], r["办件数"], r["评价单"], r["多于办件"]) for r in rows] == [
        ("000217", 6, 8, "是"),
        ("000218", "未填", 3, "否"),
    ]
    assert rows[0]["评价单占办件"] == pytest.approx(8 / 6)
    assert rows[1]["评价单占办件"] == ""
    issuers = book.get_sheet_by_name("按发放人").to_python()
    assert [row[5] for row in issuers[1:]] == [8, 3]
    cover = book.get_sheet_by_name("封面" if "封面" in book.sheet_names else book.sheet_names[0])
    text = "\n".join(str(cell) for row in cover.to_python() for cell in row)
    assert "133.3%（评价单8张，办件6件）" in text
    assert "2人日中的1人日，其评价单3张" in text
    line = db.session.scalars(select(AuditEvent).filter_by(action=Action.HANDLED_EXPORT)).one()
    assert (line.details["persons"], line.details["rows"]) == (2, 4)
    assert fill_in_and_read_back(client, answer.data) == [("2026-11-23", 6), ("2026-11-23", 4)]


def fill_in_and_read_back(client: FlaskClient, content: bytes) -> list[tuple[str, int]]:
    """Fill in the number that is missing, as Excel would, and hand the workbook in."""
    book = load_workbook(io.BytesIO(content))
    sheet = book["评价单与办件对照"]
    heads = next(row for row in sheet.iter_rows() if row[0].value == "日期")
    place = next(cell.column for cell in heads if cell.value == "办件数")
    [row] = [cell.row for line in sheet.iter_rows() for cell in line if cell.value == "未填"]
    sheet.cell(row, place).value = 4
    filled = io.BytesIO()
    book.save(filled)
    status, page = look(client, filled.getvalue(), "对照.xlsx")
    assert status == 200, page
    assert enter(client, page)[0] == 303
    return stored()


def test_the_largest_sheet_of_one_page_can_be_entered(
    client: FlaskClient, section: Section
) -> None:
    people = [make_staff(section, number=f"3101150{n:05}") for n in range(120)]
    rows = [
        f"2026-10-{day:02},{one.number},{(one.id * 37 + day * 11) % 90}\n"
        for one in people
        for day in range(1, 26)
    ]
    status, page = look(client, "".join(rows))
    assert status == 200
    assert enter(client, page)[0] == 303
    assert len(stored()) == 3000
    status, page = look(client, "".join([*rows, "2026-10-26,310115000001,1\n"]))
    assert (status, "at most 3000" in page) == (422, True)


@pytest.mark.parametrize("role", [Role.CHIEF, Role.STAFF, Role.COUNTER, Role.LEADER, Role.AUDITOR])
def test_who_may_not_enter_or_carry_it_away_finds_nothing(
    sign_in: SignIn, section: Section, role: Role
) -> None:
    client = sign_in(make_user(role, organ_id=section.organ_id))
    for path in ("/handled/list", "/handled/workbook"):
        assert client.get(path).status_code == 404

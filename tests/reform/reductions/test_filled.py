"""五减对照表 filled in and read back: wrong cells, what would change, entered once and whole."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.reform.reductions.filled.cells import FilledRow, from_json, heading, to_json
from evalsys.reform.reductions.models import MatterVersion, ServiceMatter
from evalsys.reform.reductions.rules.measures import SHARES, Way
from evalsys.reform.reductions.rules.steps import read_steps
from evalsys.reform.reductions.sheets import HEADINGS
from tests.factories import make_chief, make_organ, make_policy, make_section, make_user
from tests.reform.reductions.matters import NOW, SHORT, entry, make_matter, shorten

SignIn = Callable[[User], FlaskClient]
PATH = "/reform/reductions/sheet"
ROW = {
    "code": "SP-9", "name": "施工许可", "section": "SP01", "starts_on": "2026-03-02", "items": 2,
    "count": 2, "steps": "受理，窗口，1；发证，制证岗，0.5", "documents": 5, "certificates": 1,
    "promised": 6, "actual": "5.5", "visits": 1, "spared": 2, "replaced": 0, "legal": 20,
    "online": "是", "phone": "否", "terminal": "否", "bookable": "是", "once": "是",
    "online_share": "40", "phone_share": "", "terminal_share": 0, "bookable_share": "25.5",
    "once_share": "100%", "basis": "云审批〔2026〕3号",
}  # fmt: skip


@pytest.fixture
def section(app: Flask) -> Iterator[Section]:
    with time_machine.travel(NOW, tick=False):
        make_policy()
        yield make_section(make_organ(code="SP", name="审批局"), code="SP01", name="企业登记科")


@pytest.fixture
def office(section: Section, sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.SUPERVISOR, name="ducha"))


def sheet(*rows: dict[str, Any]) -> bytes:
    """A list in CSV with the headings of the workbook; rows say what is other than `ROW`."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow([heading(key) for key in HEADINGS])
    out.writerows([{**ROW, **row}[key] for key in HEADINGS] for row in rows)
    return text.getvalue().encode()


def look(client: FlaskClient, content: bytes, name: str = "五减.csv") -> tuple[int, str]:
    data = {"file": (io.BytesIO(content), name), "hidden": "ask"}
    answer = client.post(PATH, data=data)
    return answer.status_code, answer.text


def enter(client: FlaskClient, page: str) -> int:
    seen = re.findall(r'name="seen" value="([^"]+)"', page)
    return client.post(PATH, data={"seen": unescape(seen[0]), "hidden": "ask"}).status_code


def stored() -> tuple[int, int]:
    db.session.rollback()
    counts = (select(func.count(model.id)) for model in (ServiceMatter, MatterVersion))
    matters, versions = (db.session.scalar(query) or 0 for query in counts)
    return matters, versions


def test_our_own_workbook_read_back_changes_nothing(section: Section, office: FlaskClient) -> None:
    shorten(make_matter(section, certificates=0), section, certificates=0, spared=6)
    make_matter(section, "SP-2", "证照补领", actual=None, legal=None, online_share=None)
    every = {way.share: Decimal("20.25") for way in Way}
    make_matter(section, "SP-3", "变更登记", ways=frozenset(Way), visits=1, **every)
    for lang in ("zh", "en"):
        book = office.get(f"/reform/reductions/workbook?lang={lang}").data
        status, page = look(office, book, "五减对照表.xlsx")
        assert (status, "Nothing would change" in page) == (200, True)
        assert "Enter these" not in page
    assert stored() == (3, 4)


def test_a_filled_in_workbook_is_looked_at_and_entered_once(
    section: Section, office: FlaskClient
) -> None:
    matter = make_matter(section)
    book = load_workbook(io.BytesIO(office.get("/reform/reductions/workbook?lang=zh").data))
    page = book["五减对照表"]
    places = {cell.value: cell.column for cell in page[1]}
    for key, value in {
        "starts_on": date(2026, 12, 1),
        "documents": 3,
        "spared": 11,
        "promised": 2,
        "count": 2,
        "steps": "受理即审查，窗口，0.5；发证，制证岗，0.5",
        "basis": "云审批〔2026〕12号",
    }.items():
        page.cell(2, places[heading(key)], value)
    for key in HEADINGS:
        page.cell(3, places[heading(key)], ROW[key])
    content = io.BytesIO()
    book.save(content)
    status, text = look(office, content.getvalue(), "五减.xlsx")
    assert status == 200
    assert "6 → 2" in text
    assert stored() == (1, 1), "a look enters nothing"
    assert enter(office, text) == 303
    assert stored() == (2, 3)
    newest = db.session.scalars(select(MatterVersion).order_by(MatterVersion.id)).all()
    second = next(one for one in newest if one.service_matter_id == matter.id and one.number == 2)
    assert (second.starts_on, second.documents, second.spared) == (date(2026, 12, 1), 14, 11)
    assert [step.name for step in second.steps] == ["受理即审查", "发证"]
    new = next(one for one in newest if one.matter.code == "SP-9")
    assert (new.actual, new.online_share) == (Decimal("5.5"), Decimal(40))
    assert [getattr(new, share) for share in SHARES[1:]] == [None, 0, Decimal("25.5"), 100]
    assert (new.legal, new.step_count) == (20, 2)
    assert (new.once, new.phone, new.basis) == (True, False, "云审批〔2026〕3号")
    assert enter(office, text) == 422, "what was shown is entered once"
    status, text = look(office, content.getvalue(), "五减.xlsx")
    assert (status, "Nothing would change" in text) == (200, True)
    assert stored() == (2, 3)


def test_a_row_of_the_same_day_is_a_correction(section: Section, office: FlaskClient) -> None:
    content = sheet({})
    assert enter(office, look(office, content)[1]) == 303
    _status, page = look(office, sheet({"visits": 0}))
    assert "correction" in page
    assert enter(office, page) == 303
    assert stored() == (1, 2)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("code", "SP 9"),
        ("name", ""),
        ("section", "XX01"),
        ("starts_on", "去年"),
        ("starts_on", "1999-01-01"),
        ("starts_on", "2027-01-01"),  # A first version is how it is done today.
        ("items", "若干"),
        ("count", 3),
        ("steps", ""),
        ("steps", "受理，窗口"),
        ("promised", 21),  # Longer than the law allows.
        ("actual", "-1"),
        ("actual", "1.234"),
        ("online", "也许"),
        ("online_share", 101),
        ("phone_share", 1),  # By phone it cannot be done, it says.
        ("once_share", "120"),
        ("visits", 2),  # One visit at most, it says.
        ("basis", "字" * 501),
    ],
)
def test_what_is_wrong_is_named_by_its_cell_and_nothing_is_entered(
    section: Section, office: FlaskClient, column: str, value: Any
) -> None:
    status, page = look(office, sheet({"code": "SP-8"}, {column: value}))
    assert status == 422
    line = r'data-l="Row">(\d+)</th><td>(.*?)</td><td class="cell-bad">'
    assert re.findall(line, page) == [("3", heading(column))]
    assert "Enter these" not in page
    assert stored() == (0, 0)


def test_a_matter_of_another_name_twice_or_out_of_scope_is_an_error(
    section: Section, office: FlaskClient, sign_in: SignIn
) -> None:
    make_matter(section, "SP-9", "施工许可")
    status, page = look(office, sheet({"name": "施工登记", "starts_on": "2026-12-01"}))
    assert (status, "施工许可”" in page) == (422, True)
    status, page = look(office, sheet({}, {"visits": 0}))
    assert (status, "Row 2 is about this matter already" in page) == (422, True)
    before = {"starts_on": "2024-01-01"}
    assert "Not before the first version" in look(office, sheet(before))[1]
    other = make_section(make_organ(code="RS", name="人社局"), code="RS01", name="社保科")
    organ = sign_in(make_user(Role.SUPERVISOR, name="other", organ_id=other.organ_id))
    status, page = look(organ, sheet({"section": "RS01", "starts_on": "2026-12-01"}))
    assert (status, "out of your scope" in page) == (422, True)
    chief = sign_in(make_user(Role.CHIEF, name="kezhang", staff_id=make_chief(section).id))
    assert chief.get(PATH).status_code == 404


def test_what_changed_meanwhile_is_not_entered_by_what_was_shown(
    section: Section, office: FlaskClient
) -> None:
    matter = make_matter(section, "SP-9", "施工许可")
    _status, page = look(office, sheet({"starts_on": "2026-12-01"}, {"code": "SP-8"}))
    shorten(matter, section, day=date(2026, 11, 2))
    assert enter(office, page) == 422
    assert stored() == (1, 2), "not the new matter either"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", "编码,名称\n1,2\n".encode()])
def test_a_file_that_is_no_such_sheet_is_said_to_be_none(
    section: Section, office: FlaskClient, content: bytes
) -> None:
    name = "五减.xlsx" if content.startswith(b"PK") else "五减.csv"
    assert look(office, content, name)[0] == 422
    assert stored() == (0, 0)


def test_more_than_fit_a_page_are_refused_whole(section: Section, office: FlaskClient) -> None:
    rows = [{"code": f"SP-{number}", "name": f"事项{number}"} for number in range(101)]
    status, page = look(office, sheet(*rows))
    assert (status, "at most 100 at once" in page) == (422, True)
    status, page = look(office, sheet(*rows[:100]))
    assert (status, enter(office, page)) == (200, 303)
    assert stored() == (100, 100)


def test_rows_come_back_from_a_page_as_they_went(section: Section) -> None:
    one = FilledRow(2, "SP-1", "企业设立登记", entry(section, steps=SHORT, actual=None, legal=None))
    assert from_json(to_json([one])) == [one]
    assert read_steps(SHORT)[0] == list(from_json(to_json([one]))[0].entry.steps)

"""The pages of visits: logging one, who sees which, the list, the photo, the register."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.exports.registers.books import export_register, request_register
from evalsys.foundation.accounts.models import User
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.visits.models import Visit
from evalsys.supervision.visits.rules import VisitEntry, VisitOutcome
from evalsys.supervision.visits.service import log_visit
from tests.applications import noted_statements
from tests.cases.papers.files import PLACE, jpeg, pdf
from tests.factories import make_organ, make_user
from tests.supervision.office import NOW, Supervision

SignIn = Callable[[User], FlaskClient]
MOST = 12  # questions of a page


def who(actor: Actor) -> User:
    return db.session.get_one(User, actor.user_id)


def sent(**values: Any) -> dict[str, Any]:
    plain = {
        "key": str(uuid4()),
        "visited_on": NOW.date().isoformat(),
        "place": "柳河镇服务站",
        "found": "站点宽带中断多日。",
        "outcome": "nothing",
    }
    return {**plain, **values}


def post(client: FlaskClient, **values: Any) -> Any:
    data = sent(**values)
    client.set_cookie("lang", "en")
    return client.post("/visits/new", data=data, content_type="multipart/form-data")


def logged(actor: Actor, place: str, outcome: VisitOutcome = VisitOutcome.NOTHING) -> int:
    how = "当场解决。" if outcome is VisitOutcome.SOLVED else None
    entry = VisitEntry(str(uuid4()), NOW.date(), place, "所见情况。", outcome, how)
    return log_visit(actor, entry, now=NOW).visit_id


def test_a_clerk_logs_a_visit_without_script(office: Supervision, sign_in: SignIn) -> None:
    client = sign_in(who(office.handler))
    assert 'name="key"' in client.get("/visits/new").text
    answer = post(client, outcome="follow_up", photos=(BytesIO(jpeg()), "IMG.jpg"))
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "柳河镇服务站" in page
    assert "Followed up as a matter" in page
    assert "/cases/" not in page.partition("<main")[2], "the matter is not the clerk's"
    photo = client.get(f"{answer.headers['Location']}/photos/1")
    assert photo.headers["Content-Disposition"].startswith("attachment")
    assert PLACE not in photo.data
    assert client.get(f"{answer.headers['Location']}/photos/2").status_code == 404
    matter = db.session.scalars(select(Matter)).one()
    path = answer.headers["Location"]
    assert path in sign_in(who(office.office)).get(f"/cases/{matter.subject_id}").text


def test_the_same_form_sent_again_leads_to_the_visit_on_file(
    office: Supervision, sign_in: SignIn
) -> None:
    client, key = sign_in(who(office.handler)), str(uuid4())
    first = post(client, key=key).headers["Location"]
    again = post(client, key=key, found="后来改了几个字。")
    assert again.headers["Location"] == first
    assert "stored once" in client.get(first).text
    assert len(db.session.scalars(select(Visit)).all()) == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"place": ""}, "Please fill this in."),
        ({"visited_on": "2026-13-45"}, "This is not a date"),
        ({"visited_on": "2027-01-01"}, "not before"),
        ({"outcome": "solved"}, "Please say how it was solved."),
        ({"outcome": "else"}, "This is not one of the choices"),
        ({"organ": "987654"}, "This is not one of the choices"),
        ({"found": "长" * 2001}, "At most 2000 characters"),
        ({"key": "1"}, "Open it again"),
        ({"photos": (BytesIO(pdf()), "a.jpg")}, "It is no photo"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    office: Supervision, sign_in: SignIn, values: dict[str, Any], words: str
) -> None:
    answer = post(sign_in(who(office.handler)), **values)
    assert answer.status_code == 422
    assert words in answer.text
    assert "站点宽带中断多日。" in answer.text or "found" in values
    assert db.session.scalar(select(Visit)) is None


def test_each_sees_the_visits_of_the_own_scope(office: Supervision, sign_in: SignIn) -> None:
    own = logged(office.handler, "本科室")
    beside = logged(office.chief_beside, "邻科室")
    leader = logged(office.leader, "分管领导")
    elsewhere = make_organ(code="JT")
    sees = {
        who(office.handler): {own},
        who(office.chief): {own},
        who(office.chief_beside): {beside},
        who(office.leader): {own, leader},
        who(office.office): {own, beside, leader},
        make_user(Role.HR, organ_id=office.organ.id): {own, beside, leader},
        make_user(Role.SUPERVISOR, organ_id=elsewhere.id): set(),
        make_user(Role.STAFF): set(),
    }
    for user, seen in sees.items():
        client = sign_in(user)
        page = client.get("/visits").text
        for visit in (own, beside, leader):
            assert (f"/visits/{visit}" in page) == (visit in seen), user.role
            assert client.get(f"/visits/{visit}").status_code == (200 if visit in seen else 404)
    for role in (Role.DISCIPLINE, Role.AUDITOR, Role.SYSADMIN):
        client = sign_in(make_user(role))
        assert client.get("/visits").status_code == client.get("/visits/new").status_code == 404


def test_the_list_has_filters_pages_and_few_questions(office: Supervision, sign_in: SignIn) -> None:
    for number in range(34):
        logged(office.handler, f"地点{number}", VisitOutcome.FOLLOW_UP)
    logged(office.chief_beside, "集市", VisitOutcome.SOLVED)
    client = sign_in(who(office.office))
    with noted_statements() as asked:
        page = client.get("/visits").text
    assert len([one for one in asked if one.startswith("SELECT")]) <= MOST
    assert "1–30" in page
    assert "地点33" in page
    assert "地点1<" in client.get("/visits?page=2").text
    for query in ("outcome=solved", "section=SP02", "text=集市", "organ=SP&section=SP02"):
        found = client.get(f"/visits?{query}").text
        assert "集市" in found
        assert "地点3" not in found
    assert "张三" in client.get("/visits?text=张三").text
    assert "集市" not in client.get("/visits?text=张三").text
    assert client.get("/visits?outcome=nonsense&section=' OR 1").status_code == 200


def test_what_a_phone_keeps_names_nobody(office: Supervision, sign_in: SignIn) -> None:
    client = sign_in(who(office.handler))
    kept = client.get("/visits/offline").text
    assert "csrf_token" not in kept
    assert "data-account" not in kept
    assert office.member.name not in kept
    worker = client.get("/visits/worker.js")
    assert worker.mimetype == "text/javascript"
    assert client.post("/logout").headers["Clear-Site-Data"] == '"storage"'


def test_the_register_counts_what_was_solved_on_the_spot(
    office: Supervision, tmp_path: Path
) -> None:
    office.section.is_front_line = True
    db.session.commit()
    logged(office.handler, "社区", VisitOutcome.SOLVED)
    logged(office.handler, "园区", VisitOutcome.FOLLOW_UP)
    logged(office.chief_beside, "集市")
    logged(office.leader, "大厅")
    path, span = tmp_path / "book.xlsx", (date(2026, 1, 1), date(2026, 12, 31))
    request = request_register(office.office, "visits", span, {}, lang="zh", now=NOW)
    assert export_register(request, path) == 7
    book = CalamineWorkbook.from_path(path)
    _cover, rows, sums = book.sheet_names
    table = book.get_sheet_by_name(rows).to_python()
    assert [row[7] for row in table[1:]] == ["社区", "园区", "集市", "大厅"]
    assert [row[4] for row in table] == ["是否一线科室", "是", "是", "否", "—"]
    counted = {row[0]: row[3:] for row in book.get_sheet_by_name(sums).to_python()[1:]}
    assert counted["企业登记科"] == [2.0, 1.0, 1.0, 0.5]
    assert counted["工程建设科"][:3] == [1.0, 0.0, 0.0]
    front = {row[0]: row[2] for row in book.get_sheet_by_name(sums).to_python()[1:]}
    assert front == {"企业登记科": "是", "工程建设科": "否", "—": "—"}
    own = request_register(office.chief, "visits", span, {}, lang="zh", now=NOW)
    assert export_register(own, path) == 3
    later = (date(2026, 3, 1), date(2026, 12, 31))
    none = request_register(
        office.office, "visits", later, {}, lang="zh", now=NOW + timedelta(days=1)
    )
    assert export_register(none, path) == 0

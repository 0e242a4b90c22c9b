"""Ticked matters are accepted or assigned together; one that refuses stops no other."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from evalsys.cases.engine.models import Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from tests.factories import make_organ, make_section, make_user
from tests.supervision.office import Supervision

SignIn = Callable[[User], FlaskClient]


def taken_in(office: Supervision, count: int) -> list[Subject]:
    return [office.taken_in(title=f"事项{n}", reference=f"RX-{n}") for n in range(count)]


def accepted(office: Supervision, count: int) -> list[Subject]:
    return [office.take(office.office, case, "accept") for case in taken_in(office, count)]


def address(page: str, cases: list[Subject]) -> str:
    return f"/matters/{page}?lang=en&" + "&".join(f"case={case.id}" for case in cases)


def states(cases: list[Subject]) -> list[str]:
    keys = [case.id for case in cases]
    db.session.rollback()
    return [db.session.get_one(Subject, key).state for key in keys]


def test_ticked_ones_are_accepted_after_a_look(office: Supervision, client: FlaskClient) -> None:
    cases = taken_in(office, 3)
    done = office.take(office.office, cases[2], "accept")
    listed = client.get("/matters?lang=en").text
    assert listed.count('type="checkbox" name="case"') == 3
    page = client.get(address("accept", cases)).text
    assert "Accept 2 matters?" in page
    assert "事项2" not in page, "it is accepted already"
    assert states(cases) == ["taken_in", "taken_in", "accepted"]
    answer = client.post(address("accept", cases), follow_redirects=True)
    assert "2 matters moved on." in answer.text
    assert states([*cases, done]) == ["accepted"] * 4


def test_they_are_assigned_after_the_names_were_repeated(
    office: Supervision, client: FlaskClient
) -> None:
    cases = accepted(office, 3)
    entry = {"section": "SP01", "handler": office.member.number, "demand": "请限期办结。"}
    page = client.post(address("assign", cases), data=entry)
    assert page.status_code == 200
    for words in ("Assign 3 matters?", "审批局 企业登记科", f"张三 {office.member.number}"):
        assert words in page.text
    assert states(cases) == ["accepted"] * 3, "nothing is done yet"
    answer = client.post(address("assign", cases), data={**entry, "sure": "yes"})
    assert answer.status_code == 303
    assert states(cases) == ["assigned"] * 3
    assert db.session.get_one(Subject, cases[0].id).home == db.session.get_one(
        Section, office.section.id
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"section": "XX"}, "There is no section XX today."),
        ({"handler": "000"}, "Nobody has the staff number 000."),
        ({"demand": ""}, "Please fill this in."),
    ],
)
def test_a_wrong_entry_is_said_at_its_field(
    office: Supervision, client: FlaskClient, wrong: dict[str, str], said: str
) -> None:
    cases = accepted(office, 1)
    entry = {"section": "SP01", "handler": office.member.number, "demand": "请限期办结。"}
    page = client.post(address("assign", cases), data={**entry, "sure": "yes", **wrong})
    assert page.status_code == 422
    assert said in page.text
    assert states(cases) == ["accepted"]


def test_what_is_refused_is_reported_with_its_reason(
    office: Supervision, client: FlaskClient
) -> None:
    cases = accepted(office, 2)
    entry = {"section": "SP02", "handler": office.member.number, "demand": "请限期办结。"}
    page = client.post(address("assign", cases), data={**entry, "sure": "yes"})
    assert page.status_code == 422
    assert "2 matters were refused" in page.text
    reason = f"{office.member.number} does not belong to section SP02 today."
    assert page.text.count(reason) == 2
    assert 'name="sure" type="hidden" value=""' in page.text, "it is looked through again"
    assert 'value="SP02"' in page.text
    assert states(cases) == ["accepted"] * 2


def test_only_the_office_of_their_scope_moves_them(office: Supervision, sign_in: SignIn) -> None:
    cases = taken_in(office, 1)
    other = make_section(make_organ(code="GA")).organ_id
    for user in (make_user(Role.SUPERVISOR, organ_id=other),):
        answer = sign_in(user).post(address("accept", cases), follow_redirects=True)
        assert "None of the ticked matters is at this step." in answer.text
    chief = sign_in(db.session.get_one(User, office.chief.user_id))
    assert chief.get(address("accept", cases)).status_code == 404
    assert chief.get(address("assign", cases)).status_code == 404
    assert states(cases) == ["taken_in"]

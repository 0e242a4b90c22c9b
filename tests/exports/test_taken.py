"""The people in all workbooks that a person exports of a period are added up."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.exports.approval import rules as export_large_rules
from evalsys.exports.approval import service as export_large
from evalsys.exports.service import count_persons, export, request_export
from evalsys.exports.taken import note_taken, taken_before
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.scores.models import MemberScore
from tests.exports.books import make_closed_city
from tests.factories import make_staff, make_user
from tests.results.closing.city import CODE, NOW

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def sections(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, set[int]]]:
    """The people of each section of a closed city, of which two together are many."""
    with time_machine.travel(NOW, tick=False):
        make_closed_city()
        rows = db.session.execute(
            select(Section.code, MemberScore.staff_id).join(
                Section, Section.id == MemberScore.section_id
            )
        )
        found: dict[str, set[int]] = {}
        for code, staff_id in rows:
            found.setdefault(code, set()).add(staff_id)
        largest = max(len(people) for people in found.values())
        monkeypatch.setattr(export_large_rules, "MANY", largest)
        yield dict(sorted(found.items(), key=lambda one: -len(one[1])))


def is_sent(client: FlaskClient, name: str, code: str) -> bool:
    """Return whether the workbook of a section is sent without approval."""
    answer = client.get(f"/export/{name}/{CODE}?section={code}")
    assert answer.status_code == 200
    return answer.mimetype != "text/html"


def test_section_by_section_the_limit_holds_for_the_person(
    sections: dict[str, set[int]], sign_in: SignIn
) -> None:
    first, second = list(sections)[:2]
    person = make_staff()
    officer, twin = (make_user(Role.HR, staff_id=person.id) for _ in range(2))
    client = sign_in(officer)
    assert is_sent(client, "members", first)
    assert is_sent(client, "members", first), "the same people again are not more people"
    assert is_sent(client, "ranking", first), "nor are they on another sheet"
    assert not is_sent(client, "members", second)
    assert not is_sent(sign_in(twin), "members", second), "two accounts of one person"
    assert is_sent(sign_in(make_user(Role.HR)), "members", second), "somebody else"
    page = client.get(f"/export/members/{CODE}?section={second}").text
    assert "With what you have taken of this period you would have figures of" in page


def test_the_limit_holds_for_an_account_of_the_same_name_that_is_nobodys(
    sections: dict[str, set[int]], sign_in: SignIn
) -> None:
    first, second = list(sections)[:2]
    own = make_user(Role.HR, staff_id=make_staff().id, display_name="王丽")
    spare = make_user(Role.HR, display_name="王 丽")
    assert is_sent(sign_in(own), "members", first)
    assert not is_sent(sign_in(spare), "members", second)
    known = make_user(Role.HR, staff_id=make_staff().id, display_name="王丽")
    assert is_sent(sign_in(known), "members", second), "another person of that name"


def test_what_was_agreed_is_not_counted_again(
    sections: dict[str, set[int]], tmp_path: Path
) -> None:
    officer, other = make_user(Role.HR), make_user(Role.HR)
    wanted = request_export(officer.actor, "members", CODE, {}, lang="zh", now=NOW)
    row = export_large.ask(wanted, count_persons(wanted), "党组会材料")
    export_large.agree(other.actor, row.id, now=NOW)
    assert export(wanted, tmp_path / "book.xlsx", agreed=row) > len(sections)
    assert taken_before(officer.actor, wanted.result.period_id) == set()


def test_two_at_the_same_time_are_counted_one_by_one(sections: dict[str, set[int]]) -> None:
    officer = make_user(Role.HR)
    wanted = request_export(officer.actor, "members", CODE, {}, lang="zh", now=NOW)
    first, second = list(sections.values())[:2]
    period = wanted.result.period_id
    note_taken(officer.actor, period, first)
    with pytest.raises(DomainError, match="another person agrees first: ask for it from"):
        note_taken(officer.actor, period, second)
    assert taken_before(officer.actor, period) == first

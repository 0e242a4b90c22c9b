"""A page asks once; a write, another transaction and another visitor make it ask anew."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.audit import unaudited_unit
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.core.reads import Together, add_fact, know, once, read_fact, together
from evalsys.foundation.accounts.models import User
from evalsys.foundation.calendars.models import CalendarDay, CalendarYear
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.ratings.tickets.limits import COLLEAGUES
from tests.factories import make_policy, make_user, save, with_limits
from tests.world import NOW, TODAY


@once
def count_accounts(least: int) -> int:
    """Count the accounts from an id on."""
    return db.session.scalar(select(func.count()).where(User.id >= least)) or 0


def test_a_page_asks_once_for_the_same_arguments(app: Flask, statements: list[str]) -> None:
    make_user(Role.HR)
    with app.test_request_context():
        db.session.execute(select(1))
        statements.clear()
        assert [count_accounts(0), count_accounts(0), count_accounts(10**6)] == [1, 1, 0]
    assert len(statements) == 2


def test_what_was_written_meanwhile_is_seen(app: Flask) -> None:
    with app.test_request_context():
        before = count_accounts(0)
        with unaudited_unit():
            db.session.add(User(name="new", display_name="新", role=Role.HR, created_at=NOW))
            db.session.flush()
            assert count_accounts(0) == before + 1, "a unit asks anew, before it commits"
        assert count_accounts(0) == before + 1


def test_commands_and_jobs_keep_nothing(app: Flask, statements: list[str]) -> None:
    statements.clear()
    assert count_accounts(0) == count_accounts(0)
    assert len(statements) == 2


def test_an_answer_that_came_along_is_not_asked_for(app: Flask, statements: list[str]) -> None:
    with app.test_request_context():
        db.session.execute(select(1))
        know(count_accounts, 7, 3)
        statements.clear()
        assert count_accounts(3) == 7
    assert not statements


def test_single_values_are_sent_as_one_statement(app: Flask, statements: list[str]) -> None:
    make_user(Role.HR)
    number, name = select(func.count()).select_from(User), select(User.role)
    page = Together()
    read = [page.ask(number), page.ask(name)]
    statements.clear()
    assert [value() for value in read] == [1, Role.HR]
    assert list(together(name, number)) == [Role.HR, 1]
    assert len(statements) == 2


def test_facts_have_names_of_their_own(app: Flask) -> None:
    with pytest.raises(ValueError, match="two facts named rules"):
        add_fact(app, "rules", lambda _user_id: select(func.count()).scalar_subquery())


def test_a_fact_of_somebody_else_is_theirs(app: Flask) -> None:
    with app.test_request_context():
        assert read_fact("unread", 12345) == 0


def test_the_next_page_follows_new_rules_and_a_new_calendar(app: Flask) -> None:
    make_policy()
    with app.test_request_context():
        assert working_days().is_working(TODAY)
        was = rules_in_force()
    save(CalendarYear(year=2031, source="国办发明电", imported_at=NOW))
    save(CalendarDay(day=TODAY, is_working=False, name="假日"))
    make_policy(with_limits({COLLEAGUES: True}, was), version=10**6, adopted_at=NOW)
    with app.test_request_context():
        assert not working_days().is_working(TODAY)
        assert 2031 in working_days().years
        assert rules_in_force()[COLLEAGUES] is not was[COLLEAGUES]


@pytest.mark.parametrize("path", ["/", "/cases"])
def test_a_disabled_account_gets_no_page_of_what_is_kept(
    app: Flask, sign_in: Callable[[User], FlaskClient], path: str
) -> None:
    user = make_user(Role.HR)
    client = sign_in(user)
    assert user.display_name in client.get(path).text
    user.disabled_at = NOW
    db.session.commit()
    answer = client.get(path)
    assert user.display_name not in answer.text

import pytest
from flask import Flask
from sqlalchemy import func, select

from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.demo.service import load_demo
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.passwords import is_right
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.ratings.ballots.models import Exclusion, ExclusionReason, Intake, Rating, Tally
from evalsys.scores.models import Result, SectionScore
from tests.demo.city import NOW, TODAY, reported_city
from tests.factories import make_user


def test_the_demo_city_shows_each_state_once(app: Flask) -> None:
    city, told = reported_city()

    states = db.session.execute(select(Period.code, Period.state).order_by(Period.code)).all()
    assert [tuple(row) for row in states] == [
        ("2025-Q4", PeriodState.PUBLISHED),
        ("2026-Q1", PeriodState.PUBLISHED),
        ("2026-Q2", PeriodState.PUBLISHED),
        ("2026-Q3", PeriodState.CLOSED),
        ("2026-Q4", PeriodState.OPEN),
    ]
    ratings = db.session.scalar(select(func.count()).select_from(Rating)) or 0
    waiting = db.session.scalar(select(func.count()).select_from(Intake)) or 0
    assert 57_000 <= ratings + waiting <= 63_000
    # One was set aside, as two people found it due to the process.
    aside = db.session.scalar(select(func.count()).select_from(Exclusion)) or 0
    excluded = set(db.session.scalars(select(Exclusion.reason)))
    assert excluded == {ExclusionReason.NOT_PERSON, ExclusionReason.VOID}
    assert db.session.scalar(select(func.sum(Tally.ballots))) == ratings - aside
    assert waiting > 500
    assert len(told) == 7

    latest = select(func.max(Result.id)).scalar_subquery()
    found = db.session.scalars(select(SectionScore).where(SectionScore.result_id == latest))
    rows = {row.section.code: row for row in found}
    assert len(rows) == 24
    assert rows["RS05"].rank_best == rows["RS05"].rank == 9  # The bad section is surely the last.
    assert not rows["SP10"].is_comparable  # The tiny one is not compared.

    for account in city.accounts:
        user = db.session.scalars(select(User).where(User.name == account.name)).one()
        assert is_right(account.password, user.password_hash)
    page = app.test_client().get(f"/r/{city.codes[0]}", follow_redirects=True)
    assert page.status_code == 200
    assert "受理岗" in page.text

    with pytest.raises(DomainError, match="The database is not empty: the demo city is"):
        load_demo(seed=1, now=NOW, on=TODAY, report=told.append)


def test_a_database_with_an_account_stays_as_it_is(app: Flask) -> None:
    make_user()
    result = app.test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 1
    assert "not empty" in result.output

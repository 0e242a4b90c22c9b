import pytest
from click.testing import Result
from flask import Flask

from evalsys.core.extensions import db
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.periods.queries import find_period, get_period
from tests.factories import make_period
from tests.ratings.intake import leave_ballots
from tests.results.closing.city import CODE, make_city

pytestmark = pytest.mark.usefixtures("clock")


def run(app: Flask, *args: str, typed: str = "") -> Result:
    db.session.rollback()
    return app.test_cli_runner().invoke(args=["closing", "run", *args], input=typed)


def test_a_period_is_closed_and_what_came_of_it_is_told(app: Flask) -> None:
    low, high = make_city()
    leave_ballots(3)
    done = run(app, "2026-q3", "--yes")
    assert done.exit_code == 0, done.output
    assert "2026-Q3 is closed, version 1: 7 sections, of which 6 can be compared" in done.output
    assert "2 proposals:" in done.output
    assert f"interview  {low.code}  {low.name}" in done.output
    assert f"commendation  {high.code}  {high.name}" in done.output
    assert "It becomes public when a second person agrees" in done.output
    assert get_period(CODE).state is PeriodState.CLOSED


def test_before_closing_the_facts_are_told_and_asked_about(app: Flask) -> None:
    make_city()
    leave_ballots(3)
    done = run(app, CODE, typed="n\n")
    assert done.exit_code == 1
    assert "Error: Nothing was changed. With --yes" in done.output
    assert "3 ballots will be counted first." in done.output
    assert get_period(CODE).state is PeriodState.OPEN
    assert run(app, CODE, typed="y\n").exit_code == 0
    assert get_period(CODE).state is PeriodState.CLOSED


def test_a_period_that_nobody_opened_is_opened_first(app: Flask) -> None:
    done = run(app, "2026-Q2", "--yes")
    assert done.exit_code == 0, done.output
    assert "0 proposals:" in done.output
    assert get_period("2026-Q2").state is PeriodState.CLOSED


def test_closing_twice_is_refused_in_words(app: Flask) -> None:
    make_city()
    run(app, CODE, "--yes")
    done = run(app, CODE, "--yes")
    assert done.exit_code == 1
    assert "Q3 2026 was closed on" in done.output


def test_a_period_that_runs_is_refused_in_words(app: Flask) -> None:
    make_period("2026-Q4")
    done = run(app, "2026-Q4", "--yes")
    assert done.exit_code == 1
    assert "Q4 2026 runs until" in done.output


@pytest.mark.parametrize(("code", "status"), [("soon", 2), ("2026-09", 1)])
def test_what_is_no_period_is_misuse_and_what_is_too_short_is_refused(
    app: Flask, code: str, status: int
) -> None:
    assert run(app, code, "--yes").exit_code == status
    assert find_period("2026-09") is None

import pytest
from click.testing import Result
from flask import Flask

from evalsys.core.extensions import db
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.periods.queries import find_period
from tests.factories import make_period


def run(app: Flask, *args: str) -> Result:
    db.session.rollback()
    return app.test_cli_runner().invoke(args=["periods", *args])


def test_a_period_is_opened(app: Flask) -> None:
    done = run(app, "open", "2026-q3")
    assert done.exit_code == 0
    assert done.output == "2026-Q3 is open under policy version 1.\n"
    assert find_period("2026-Q3") is not None


def test_a_period_that_is_open_stays_as_it_is(app: Flask) -> None:
    make_period("2026-Q3", state=PeriodState.CLOSED)
    done = run(app, "open", "2026-Q3")
    assert done.exit_code == 0
    assert "opened before" in done.output


@pytest.mark.parametrize("text", ["2026-Q5", "soon", ""])
def test_what_is_no_period_is_misuse(app: Flask, text: str) -> None:
    done = run(app, "open", text)
    assert done.exit_code == 2
    assert "is not a period" in done.output


def test_what_is_too_short_is_refused_with_its_reason(app: Flask) -> None:
    done = run(app, "open", "2026-09")
    assert done.exit_code == 1
    assert "shorter than the base period" in done.output
    assert find_period("2026-09") is None

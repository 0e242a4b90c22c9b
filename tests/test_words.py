"""Short texts mean one thing each, and one thing has one word wherever it is said."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from flask_babel import gettext as _

from evalsys.core.errors import NP_
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.spreadsheets.model import Words
from evalsys.organisation.periods import words as periods
from evalsys.ratings.ballots import rules as ratings
from evalsys.results.reports import words as reports
from evalsys.results.reports.sheets import words as export_words
from tests.factories import make_user
from tests.short_words import reviewed, shared


def test_a_short_text_that_several_features_use_was_read_by_eye() -> None:
    """A new second use fails until somebody looked whether both mean the same.

    If they do, add it to short_words.txt; if not, give one of them a context or other words.
    """
    assert shared() == reviewed()


def test_a_text_with_a_context_is_found_like_any_other(app: Flask) -> None:
    with app.test_request_context(), force_locale("zh"):
        assert _(NP_("review", "Closed")) == "已结案"
        assert _(NP_("time", "Closed")) == "封账时间"
        assert _(NP_("letter", "Decision on a reconsideration")) == "复核决定书"
    with app.test_request_context(), force_locale("en"):
        assert _(NP_("review", "Closed")) == _(NP_("time", "Closed")) == "Closed"


def test_a_finished_review_is_no_closed_period(
    app: Flask, sign_in: Callable[[User], FlaskClient]
) -> None:
    client = sign_in(make_user(Role.HR))
    client.set_cookie("lang", "zh")
    ledger = client.get("/feedback").text
    assert "已结案" in ledger
    assert "封账" not in ledger.partition("<main")[2]


@pytest.mark.parametrize(
    ("book", "page"),
    [
        (export_words.DIMENSIONS, reports.DIMENSIONS),
        (export_words.LEVELS, reports.LEVELS),
        (export_words.KINDS, reports.KINDS),
        (export_words.PROPOSALS, reports.PROPOSALS),
        (export_words.EXCLUSIONS, reports.EXCLUSIONS),
        (export_words.RATER_GROUPS, reports.GROUPS),
        (export_words.STATES, periods.STATES),
        (export_words.REASONS, {each.key: each.label for each in ratings.REASONS}),
    ],
)
def test_a_workbook_has_the_words_of_the_pages(
    app: Flask, book: dict[object, Words], page: dict[object, str]
) -> None:
    with app.test_request_context(), force_locale("zh"):
        assert {key: str(_(page[key])) for key in book} == {
            key: book[key].said("zh") for key in book
        }

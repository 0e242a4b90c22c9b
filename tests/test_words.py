"""Short texts mean one thing each, and one thing has one word wherever it is said."""

import ast
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from flask_babel import gettext as _

from evalsys.core.city import say
from evalsys.core.errors import NP_, Message
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.words import KINDS
from evalsys.organisation.policies.words import DIMENSION_WORDS, GROUP_WORDS
from evalsys.ratings.ballots import rules as ratings
from evalsys.ratings.ballots.words import RATER_GROUP_WORDS, REASON_HEADINGS
from evalsys.ratings.history.reader import COLUMNS as PAST_COLUMNS
from evalsys.roster import words as roster
from tests.factories import make_user
from tests.short_words import reviewed, shared

CODE = Path(__file__).parents[1] / "evalsys"
ROOMS = (
    *("core", "foundation/spreadsheets", "organisation", "scores"),
    *("personnel", "results", "exports"),
)


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
    register = client.get("/feedback").text
    assert "已结案" in register
    assert "封账" not in register.partition("<main")[2]


def test_one_thing_has_one_word_in_citizens_pages_and_in_sheets(app: Flask) -> None:
    """A reason and a rater group are said shorter within a line, and mean the same."""
    for reason in ratings.REASONS:
        assert say(Message(reason.label), "zh") == say(REASON_HEADINGS[reason.key], "zh")
    for group, words in RATER_GROUP_WORDS.items():
        assert say(words, "zh") == say(GROUP_WORDS[group], "zh")


def test_files_name_kinds_and_dimensions_as_sheets_do() -> None:
    """A roster and past ratings are read by words that other systems know: held to ours."""
    assert {say(words, "zh"): kind.value for kind, words in KINDS.items()} == roster.KINDS
    for name, words in DIMENSION_WORDS.items():
        assert say(words, "zh") in PAST_COLUMNS[name]


def test_no_text_of_ours_stands_in_two_languages_beside_each_other() -> None:
    """What is said stands once, in English, and the catalogue says it in Chinese.

    The words that a file of others may bring are another matter: they are read, not said.
    """
    for folder in ROOMS:
        for path in (CODE / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                texts = node.args if isinstance(node, ast.Call) else getattr(node, "elts", ())
                for one, other in pairwise(texts):
                    assert not (is_chinese(one) and is_english(other)), (path, ast.unparse(node))


def is_chinese(node: ast.expr) -> bool:
    return re.search("[\u4e00-\u9fff]", ast.unparse(node)) is not None


def is_english(node: ast.expr) -> bool:
    is_text = isinstance(node, ast.Constant | ast.JoinedStr) and not is_chinese(node)
    return is_text and re.search("[A-Za-z]{2}", ast.unparse(node)) is not None

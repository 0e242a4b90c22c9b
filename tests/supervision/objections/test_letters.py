"""What the decision on an objection says of the lateness, and the next conclusion after it."""

from datetime import date
from typing import Any

import pytest

from evalsys.supervision.matters.letters.conclusion import conclusion
from evalsys.supervision.objections.letters.papers import decision
from tests.cases.letters.reading import words
from tests.personnel.letters.sources import make_source
from tests.supervision.letters import TOLD

pytestmark = pytest.mark.only("sqlite", "no database: the letters alone")
REASONED: dict[str, Any] = {"reasons": "属实。", "decider": "孙志强", "conclusion": "按期办结。"}
NO_LONGER, STAYS = "逾期不再计入", "办理期限的记载不变"


@pytest.mark.parametrize("move", ["change", "revoke"])
@pytest.mark.parametrize("excused", [True, None])
def test_the_decision_says_whether_the_lateness_counts(move: str, excused: bool | None) -> None:
    said = words(decision(make_source("objection", move, {move: {**REASONED, "excused": excused}})))
    assert (NO_LONGER in said, STAYS in said) == (bool(excused), not excused)


def test_a_conclusion_that_stands_says_nothing_of_it() -> None:
    said = words(decision(make_source("objection", "uphold", {"uphold": REASONED})))
    assert "维持原督查结论。" in said
    assert NO_LONGER not in said
    assert STAYS not in said


@pytest.mark.parametrize("is_excused", [True, False])
def test_the_next_conclusion_says_that_the_lateness_is_excused(is_excused: bool) -> None:
    told = TOLD.__class__(**{**vars(TOLD), "is_excused": is_excused})
    entries = {"feed_back": {"result": "已办结。"}, "close": {"conclusion": "属实。"}}
    days = {"feed_back": date(2026, 11, 25), "close": date(2026, 11, 26)}
    source = make_source("matter", "close", entries, days=days, more={"matter": told})
    said = words(conclusion(source))
    assert "逾期2个工作日" in said
    assert ("经异议复核，该逾期不予计入" in said) is is_excused

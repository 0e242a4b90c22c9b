"""What warnings ask for when they come in time, and when they come after the term."""

from datetime import date, timedelta

import pytest

from evalsys.supervision.escalation.rules import ACTS
from evalsys.supervision.matters.letters.tickets import urging, yellow_ticket
from tests.cases.letters.reading import words
from tests.personnel.letters.sources import make_source
from tests.supervision.letters import TOLD

pytestmark = pytest.mark.only("sqlite", "no database: the letters alone")
DUE = date(2026, 11, 23)


@pytest.mark.parametrize(("late", "asks"), [(-1, True), (0, True), (1, False), (7, False)])
def test_nothing_is_asked_for_by_a_day_that_is_over(late: int, asks: bool) -> None:
    day = DUE + timedelta(days=late)
    source = make_source("matter", "near", on=day, more={"matter": TOLD})
    said = words(yellow_ticket(source))
    assert ("于2026年11月23日前反馈" in said, "届满前说明理由" in said) == (asks, asks)
    assert ("请立即办理" in said, "说明逾期的原因" in said) == (not asks, not asks)


@pytest.mark.parametrize("late", [0, 4])
def test_an_urging_holds_on_any_day_on_which_the_system_writes_it(late: int) -> None:
    [demand] = [act.demand for act in ACTS if act.step == "urge"]
    day = DUE + timedelta(days=late)
    source = make_source("matter", "urge", {"urge": {"demand": demand}}, on=day)
    said = words(urging(source))
    assert demand in said
    assert "今日到期" not in said
    assert ("逾期4个工作日" in said) == (late == 4)

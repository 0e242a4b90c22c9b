"""From a bad review to a shorter process: who names what, and which marks are told."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from evalsys.cases.engine.service import take_step
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.periods.models import PeriodState
from evalsys.ratings.ballots.models import ExclusionReason
from evalsys.ratings.counting.exclusions import set_aside
from evalsys.reform.reductions.causes.models import ReviewCause
from evalsys.reform.reductions.causes.rules import MarkCell, mark_of, quarters_around
from evalsys.reform.reductions.service import EARLIEST, LATEST
from evalsys.supervision.matters.models import Matter
from tests.factories import make_organ, make_period, make_ratings, make_section, make_user
from tests.personnel.feedback.reviews import ASIDE, NOW, Hall
from tests.reform.reductions.matters import make_matter, shorten

SignIn = Callable[[User], FlaskClient]
CHANGE = "材料清单应当一次写全"
CELLS = st.builds(MarkCell, st.integers(0, 60), st.integers(0, 1200), st.integers(0, 240))


def cell(ballots: int, level: int = 4) -> MarkCell:
    return MarkCell(ballots, 4 * ballots * level, 4 * ballots)


def test_the_quarters_around_a_day_are_whole_and_disjoint() -> None:
    codes = [
        [span.code for span in quarters_around(day)]
        for day in (date(2026, 7, 1), date(2026, 7, 2), date(2026, 12, 31))
    ]
    assert codes == [["2026-Q2", "2026-Q3"], ["2026-Q2", "2026-Q4"], ["2026-Q3", "2027-Q1"]]


@given(st.dates(EARLIEST, LATEST))
def test_no_quarter_holds_days_of_both_ways(day: date) -> None:
    before, after = quarters_around(day)
    assert before.ends_on < day <= after.starts_on


def test_a_mark_is_in_whole_points_half_up() -> None:
    assert mark_of({"登记": cell(30)}, "登记") == Decimal(80)
    assert mark_of({"登记": MarkCell(30, 481, 120)}, "登记") == Decimal(80)
    assert mark_of({"登记": MarkCell(40, 645, 160)}, "登记") == Decimal(81)


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {"登记": cell(29)},
        {"登记": cell(100), "咨询": cell(9)},  # The score of the section would tell the nine.
        {"登记": cell(30), "咨询": cell(1), None: cell(200)},
    ],
)
def test_too_few_are_not_told_and_no_small_rest_follows(cells: dict[str | None, MarkCell]) -> None:
    assert mark_of(cells, "登记") is None


@given(st.dictionaries(st.sampled_from(["登记", "咨询", "other", None]), CELLS))
def test_whatever_is_told_leaves_no_small_rest(cells: dict[str | None, MarkCell]) -> None:
    told = [kind for kind in cells if kind and mark_of(cells, kind) is not None]
    assert all(cells[kind].ballots >= 30 for kind in told)
    rest = sum(one.ballots for kind, one in cells.items() if kind not in told)
    if told:
        assert rest == 0 or rest >= 10


@pytest.fixture
def hall(app: Flask) -> Iterator[Hall]:
    with time_machine.travel(NOW, tick=False):
        yield Hall()


@pytest.fixture
def candidate(hall: Hall) -> Matter:
    """A review that two people found due to the process."""
    case = hall.open()
    take_step(hall.chief, case.id, "classify_aside", {**ASIDE, "change": CHANGE}, now=NOW)
    take_step(hall.hr, case.id, "set_aside", {"reasons": "属实"}, now=NOW)
    return db.session.scalars(select(Matter)).one()


def test_a_review_due_to_the_process_comes_by_itself_and_is_given_a_service_matter(
    hall: Hall, candidate: Matter, sign_in: SignIn
) -> None:
    matter = make_matter(hall.section)
    client = sign_in(make_user(Role.SUPERVISOR, name="ducha"))
    page = client.get("/reform/reductions/causes").text
    assert CHANGE in page
    assert hall.member.name not in page
    path = f"/reform/reductions/causes/{candidate.subject_id}"
    assert client.post(path, data={"matter": ""}).status_code == 422
    assert client.post(path, data={"matter": "999"}).status_code == 422
    assert db.session.scalar(select(func.count(ReviewCause.id))) == 0
    assert client.post(path, data={"matter": str(matter.id)}).status_code == 303
    shorten(matter, hall.section, day=date(2027, 1, 1), basis="云审批〔2026〕9号")
    page = client.get("/reform/reductions/causes").text
    assert f'href="/reform/reductions/{matter.id}"' in page
    assert "云审批〔2026〕9号" in page


def test_the_marks_around_the_measure_stand_on_the_page_once_their_quarters_are_closed(
    hall: Hall, candidate: Matter, sign_in: SignIn
) -> None:
    matter = make_matter(hall.section)
    shorten(matter, hall.section, day=date(2027, 1, 1))
    client = sign_in(make_user(Role.SUPERVISOR, name="ducha"))
    client.post(
        f"/reform/reductions/causes/{candidate.subject_id}", data={"matter": str(matter.id)}
    )
    for code, levels in (("2026-Q4", [(3, 3, 3, None)] * 40), ("2027-Q1", [(4, 4, None, 5)] * 36)):
        kinds = {"base_period": code, "service_type": matter.name}
        first, *_rest = make_ratings(hall.member, hall.section, levels, **kinds)
        with unit_of_work(SYSTEM) as unit:
            key = (hall.member.id, first)
            reason = ExclusionReason.MISTAKEN
            set_aside(unit, key, reason=reason, grounds="按错", on=date(2026, 11, 24))
    page = client.get("/reform/reductions/causes").text
    assert page.count("not closed yet") == 2
    for code in ("2026-Q4", "2027-Q1"):
        make_period(code, state=PeriodState.CLOSED, closed_at=NOW)
    page = client.get("/reform/reductions/causes").text
    assert "<b>60</b>" in page
    assert "<b>87</b>" in page  # 86.67


def test_a_service_matter_of_another_organ_is_no_choice_and_others_see_nothing(
    hall: Hall, candidate: Matter, sign_in: SignIn
) -> None:
    other = make_section(make_organ(code="RS", name="人社局"), code="RS01")
    elsewhere = make_matter(other, "RS-1", "社保转移")
    path = f"/reform/reductions/causes/{candidate.subject_id}"
    client = sign_in(make_user(Role.SUPERVISOR, name="ducha"))
    assert client.post(path, data={"matter": str(elsewhere.id)}).status_code == 422
    organ = sign_in(make_user(Role.SUPERVISOR, name="organ", organ_id=other.organ_id))
    assert CHANGE not in organ.get("/reform/reductions/causes").text
    assert organ.get(path).status_code == 404
    assert sign_in(hall.chief_user).get(path).status_code == 404
    assert sign_in(hall.chief_user).get("/reform/reductions/causes").status_code == 200


def test_what_is_due_to_the_policy_is_no_candidate(hall: Hall, sign_in: SignIn) -> None:
    case = hall.open()
    entry = {**ASIDE, "attribution": "policy", "change": CHANGE}
    take_step(hall.chief, case.id, "classify_aside", entry, now=NOW)
    take_step(hall.hr, case.id, "set_aside", {"reasons": "属实"}, now=NOW)
    client = sign_in(make_user(Role.SUPERVISOR, name="ducha"))
    assert CHANGE not in client.get("/reform/reductions/causes").text

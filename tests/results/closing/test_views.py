"""The pages of periods and policies: two persons, four steps, and what each page refuses."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import JobState
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.periods.queries import find_period, get_period
from evalsys.organisation.policies.models import Policy, PolicyState
from evalsys.organisation.policies.queries import find_policy_in_force
from evalsys.organisation.policies.registry import all_rules
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.tickets.limits import VALID
from evalsys.results.closing.models import Publication
from evalsys.results.closing.service import close_period, correct
from evalsys.results.closing.words import field_words
from evalsys.scores.models import MemberScore, Result, SectionScore
from tests.factories import (
    make_leader,
    make_organ,
    make_period,
    make_policy,
    make_user,
    with_limits,
)
from tests.ratings.intake import leave_ballots
from tests.results.closing.city import CODE, NOW, TODAY, make_city, make_rated

pytestmark = pytest.mark.usefixtures("clock")

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def leader(app: Flask, sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.LEADER, display_name="赵立新"))


def closed(officer: User) -> Result:
    """The small city, closed by the officer."""
    make_city()
    return close_period(officer.actor, CODE, now=NOW, on=TODAY)


def state() -> PeriodState:
    db.session.rollback()
    return get_period(CODE).state


def test_a_period_is_opened_once_and_written_in_its_usual_form(hr: FlaskClient) -> None:
    answer = hr.post("/periods/open", data={"code": " 2026-q4 "})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/periods/2026-Q4")
    assert "is open." in hr.get("/periods/2026-Q4").text
    again = hr.post("/periods/open", data={"code": "2026-Q4"})
    assert again.headers["Location"] == "/periods/2026-Q4"
    assert len(db.session.scalars(select(Policy)).all()) == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "Please fill this in."),
        ("  ", "Please fill this in."),
        ("soon", "is not a period"),
        ("2026-09", "shorter than the base period"),
        ("<script>", "&lt;script&gt; is not a period"),
    ],
)
def test_what_is_no_period_is_not_opened(hr: FlaskClient, code: str, words: str) -> None:
    answer = hr.post("/periods/open", data={"code": code})
    assert answer.status_code == 422
    assert words in answer.text
    assert find_period("2026-Q4") is None


def test_the_list_names_periods_with_version_and_number_of_proposals(
    officer: User, hr: FlaskClient, statements: list[str]
) -> None:
    closed(officer)
    hr.get("/periods")
    statements.clear()
    page = hr.get("/periods").text
    few = len(statements)
    assert "Q3 2026" in page
    for year in range(2021, 2026):
        make_period(str(year))
    statements.clear()
    assert hr.get("/periods").status_code == 200
    assert len(statements) == few <= 12


def test_before_closing_there_are_counts_and_what_is_missing(hr: FlaskClient) -> None:
    make_city()
    leave_ballots(3)
    page = hr.get(f"/periods/{CODE}").text
    assert "Ballots to be counted" in page
    assert "/periods/2026-Q3/close" in page
    make_period("2026-Q4")
    page = hr.get("/periods/2026-Q4").text
    assert "Q4 2026 runs until" in page
    assert "/periods/2026-Q4/close" not in page
    page = hr.get("/periods/2026-Q4/close").text
    assert "Q4 2026 runs until" in page
    assert "<form" not in page[page.index("<main") :]


def test_a_period_is_closed_after_the_facts_were_repeated(hr: FlaskClient) -> None:
    make_city()
    page = hr.get(f"/periods/{CODE}/close").text
    assert "470+" in page  # 472 ballots: the exact number would tell of one that comes.
    answer = hr.post(f"/periods/{CODE}/close")
    job = db.session.scalars(select(Job)).one()
    assert answer.headers["Location"] == f"/jobs/{job.id}"
    assert job.state is JobState.DONE
    assert "Q3 2026 is closed: version 1 is frozen." in hr.get(f"/jobs/{job.id}").text
    assert state() is PeriodState.CLOSED
    page = hr.get(f"/periods/{CODE}").text
    for words in ("Interview proposed", "Commendation proposed", "王海宁", "reliability 0."):
        assert words in page


def test_closing_twice_ends_in_a_job_that_was_refused(officer: User, hr: FlaskClient) -> None:
    closed(officer)
    answer = hr.post(f"/periods/{CODE}/close")
    page = hr.get(answer.headers["Location"]).text
    assert "Q3 2026 was closed on" in page


def test_who_closed_does_not_publish_and_somebody_else_does(
    officer: User, hr: FlaskClient, leader: FlaskClient
) -> None:
    closed(officer)
    page = hr.get(f"/periods/{CODE}/publish").text
    assert "Publishing needs somebody who did not close this version" in page
    assert 'action="/periods' not in page
    refused = hr.post(f"/periods/{CODE}/publish")
    assert refused.status_code == 403
    assert "This takes two persons" in refused.text
    assert state() is PeriodState.CLOSED
    page = leader.get(f"/periods/{CODE}/publish").text
    assert "周敏 · 2026-10-21 10:00" in page
    answer = leader.post(f"/periods/{CODE}/publish")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/periods/{CODE}")
    assert state() is PeriodState.PUBLISHED
    assert (
        "This version was published on 2026-10-21 10:00."
        in leader.get(f"/periods/{CODE}/publish").text
    )
    assert leader.post(f"/periods/{CODE}/publish").status_code == 409
    assert len(db.session.scalars(select(Publication)).all()) == 1


def test_what_is_not_closed_is_neither_published_nor_corrected(
    hr: FlaskClient, leader: FlaskClient
) -> None:
    make_period(CODE)
    for client, step in ((leader, "publish"), (hr, "correct")):
        answer = client.get(f"/periods/{CODE}/{step}")
        assert answer.status_code == 409
        assert "Q3 2026 is not closed yet." in answer.text


@pytest.mark.parametrize(
    ("reason", "words"),
    [("", "Please fill this in."), ("  ", "Please fill this in."), ("x" * 501, "At most 500")],
)
def test_a_correction_says_why(officer: User, hr: FlaskClient, reason: str, words: str) -> None:
    closed(officer)
    answer = hr.post(f"/periods/{CODE}/correct", data={"reason": reason})
    assert answer.status_code == 422
    assert words in answer.text
    assert len(db.session.scalars(select(Result)).all()) == 1


def test_a_correction_is_a_further_version_that_can_be_compared(
    officer: User, hr: FlaskClient
) -> None:
    closed(officer)
    correct(officer.actor, CODE, "第12号决定", now=NOW)
    page = hr.get(f"/periods/{CODE}").text
    assert "第12号决定" in page
    page = hr.get(f"/periods/{CODE}/versions/2").text
    assert "No figure changed" in page
    for version in (1, 3, 0):
        assert hr.get(f"/periods/{CODE}/versions/{version}").status_code == 404


def test_a_difference_names_section_person_and_figures_but_no_votes(
    officer: User, hr: FlaskClient
) -> None:
    closed(officer)
    make_rated([(5, 5, 5, 5)] * 12)
    correct(officer.actor, CODE, "补录", now=NOW + timedelta(hours=1))
    first = f"/periods/{CODE}/versions/2"
    page = hr.get(first).text + hr.get(f"{first}?page=2").text
    assert "Sum S (F4)" in page
    assert "Distribution of levels" in page
    assert "attitude_5" not in page
    assert "satisfied</td>" not in page


@pytest.mark.usefixtures("app")
def test_every_frozen_figure_has_its_words() -> None:
    for model in (SectionScore, MemberScore):
        for column in model.__table__.columns:
            base = column.name.rstrip("_12345")
            merged = column.name in {"id", "result_id", "bad", "satisfied"} or base != column.name
            assert merged or field_words(column.name)


def test_a_draft_is_made_previewed_and_adopted(
    officer: User, hr: FlaskClient, sign_in: Callable[[User], FlaskClient]
) -> None:
    closed(officer)
    form = hr.get("/policies/draft").text
    assert 'name="window_wd"' in form
    assert form.index("Bad reviews</h2>") < form.index('name="rectify_wd"')
    data = filled(PolicyRules(), interview_line="20", reason="按市政府令第9号")
    answer = hr.post("/policies/draft", data=data)
    draft = db.session.scalars(select(Policy).order_by(Policy.version.desc())).first()
    assert draft is not None
    assert answer.headers["Location"] == f"/policies/{draft.version}"
    assert PolicyRules.from_json(draft.rules).interview_line == 20
    page = hr.get(f"/policies/{draft.version}").text
    assert "70 points" in page
    assert "20 points" in page
    preview = hr.get(f"/policies/{draft.version}/preview").text
    assert "1 → 0" in preview
    for period in ("2020-Q1", "nonsense"):
        assert hr.get(f"/policies/{draft.version}/preview?period={period}").status_code == 404
    assert "1 → 0" in hr.get(f"/policies/{draft.version}/adopt").text
    assert draft.state is PolicyState.DRAFT
    second = make_user(Role.HR)
    other = sign_in(second)
    asked = f'href="/policies/{draft.version}/adopt"'
    namesake = make_user(Role.HR, display_name=officer.display_name)
    assert [asked in one.get("/").text for one in (hr, sign_in(namesake), other)] == [0, 0, 1]
    answer = other.post(f"/policies/{draft.version}/adopt")
    assert answer.status_code == 303
    db.session.rollback()
    assert draft.adopted_by == second.id
    assert hr.get(f"/policies/{draft.version}/adopt").status_code == 303
    assert asked not in other.get("/").text
    assert other.post(f"/policies/{draft.version}/adopt").status_code == 409
    assert get_period(CODE).policy_id != draft.id
    lines = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert [a for a in lines if a in {Action.POLICY_DRAFT, Action.POLICY_ADOPT}] == [
        Action.POLICY_DRAFT,
        Action.POLICY_ADOPT,
    ]


def test_a_draft_nobody_wants_is_withdrawn_and_asks_nobody(
    officer: User, hr: FlaskClient, sign_in: Callable[[User], FlaskClient]
) -> None:
    adopted = make_policy(version=1)
    draft = make_policy(version=2, state=PolicyState.DRAFT, adopted_at=None)
    page, other = f"/policies/{draft.version}", sign_in(make_user(Role.HR))
    assert f'href="{page}/adopt"' in other.get("/").text
    assert f'href="{page}/withdraw"' in hr.get(page).text
    assert hr.post(f"{page}/withdraw", data={"reason": " "}).status_code == 422
    answer = hr.post(f"{page}/withdraw", data={"reason": "市里改了主意"}, follow_redirects=True)
    assert "is withdrawn. The rules in force stay." in answer.text
    assert f'href="{page}/withdraw"' not in answer.text
    assert f'href="{page}/adopt"' not in other.get("/").text
    assert "withdrawn" in hr.get("/policies").text
    stale = [other.post(f"{page}/{step}", data={"reason": "x"}) for step in ("adopt", "withdraw")]
    assert [one.status_code for one in stale] == [409, 409]
    assert all("was withdrawn" in one.text for one in stale)
    db.session.rollback()
    assert (draft.state, find_policy_in_force()) == (PolicyState.WITHDRAWN, adopted)
    line = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert line is not None
    assert (line.action, line.details["reason"]) == (Action.POLICY_WITHDRAW, "市里改了主意")
    assert hr.post("/policies/1/withdraw", data={"reason": "x"}).status_code == 409


def filled(rules: PolicyRules, **changes: str) -> dict[str, str]:
    """The form of a draft, as a browser sends it."""
    data = {
        name: str(value)
        for name, value in rules.completed(all_rules()).to_json().items()
        if isinstance(value, int) and not isinstance(value, bool)
    }
    for weights in (rules.dimension_weights, rules.group_weights):
        data |= {f"weight_{part}": str(weight) for part, weight in weights.items()}
    data |= {f"basis_{rule.name}": rules.basis_of(rule) for rule in all_rules()}
    return {**data, "chief_counts": "y", **changes}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": ""}, "Please fill this in."),
        ({"reason": " \n "}, "Please fill this in."),
        ({"reason": "\u200b\u2060"}, "Please fill this in."),
        ({"min_n_display": "4"}, "Give a whole number between 5 and 100."),
        ({"window_wd": "five"}, "Give a whole number between 1 and 30."),
        ({"window_wd": ""}, "Give a whole number between 1 and 30."),
        ({"window_wd": "9" * 400}, "Give a whole number between 1 and 30."),
        (
            dict.fromkeys(
                ("weight_attitude", "weight_work_style", "weight_efficiency", "weight_competence"),
                "0",
            ),
            "at least one weight must be above 0",
        ),
        ({"weight_leader": "101"}, "between 0 and 100"),
        ({"basis_window_wd": "x" * 201}, "At most 200 characters."),
    ],
)
def test_a_draft_that_cannot_be_is_sent_back(
    hr: FlaskClient, changes: dict[str, str], words: str
) -> None:
    answer = hr.post("/policies/draft", data=filled(PolicyRules(), reason="x") | changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalars(select(Policy)).all() == []


def test_a_draft_may_begin_with_an_earlier_version(hr: FlaskClient) -> None:
    make_policy(with_limits({VALID: 9}), version=1)
    make_policy(with_limits({VALID: 7}), version=2)
    assert 'value="9"' in hr.get("/policies/draft?from=1").text
    assert 'value="7"' in hr.get("/policies/draft").text
    assert hr.get("/policies/draft?from=8").status_code == 404


def test_without_a_closed_period_there_is_nothing_to_try_a_draft_on(hr: FlaskClient) -> None:
    draft = make_policy(state=PolicyState.DRAFT, adopted_at=None)
    page = hr.get(f"/policies/{draft.version}/preview").text
    assert "No period was closed yet" in page
    assert hr.get("/policies").status_code == 200


def test_a_preview_writes_nothing(officer: User, hr: FlaskClient) -> None:
    result = closed(officer)
    draft = make_policy(PolicyRules(min_n_display=40), state=PolicyState.DRAFT, adopted_at=None)
    before = (result.digest, len(db.session.scalars(select(SectionScore)).all()))
    assert hr.get(f"/policies/{draft.version}/preview").status_code == 200
    db.session.expire_all()
    after = (result.digest, len(db.session.scalars(select(SectionScore)).all()))
    assert after == before


def test_a_leader_sees_the_proposals_of_the_own_sections(officer: User, sign_in: SignIn) -> None:
    low, high = make_city()
    close_period(officer.actor, CODE, now=NOW, on=TODAY)
    client = sign_in(make_user(Role.LEADER, staff_id=make_leader(low).id))
    page = client.get(f"/periods/{CODE}").text
    assert low.name in page
    assert high.name not in page


def test_one_organ_does_not_agree_to_the_results_of_all(
    officer: User, app: Flask, sign_in: SignIn
) -> None:
    """Who sees one organ sees a part of what is published, and is no second person for the rest."""
    closed(officer)
    organ_id = make_organ().id
    for role in (Role.HR, Role.LEADER):
        client = sign_in(make_user(role, organ_id=organ_id))
        page = client.get(f"/periods/{CODE}")
        assert (page.status_code, "Of the sections that you see, no chief" in page.text) == (
            200,
            True,
        )
        assert f"/periods/{CODE}/publish" not in client.get("/").text
        assert client.post(f"/periods/{CODE}/publish").status_code == 404
        assert client.post(f"/periods/{CODE}/leave", data={"reason": "不改"}).status_code == 404
    assert state() is PeriodState.CLOSED

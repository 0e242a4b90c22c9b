"""Every case of the demo city holds against the figures, the ballots and the calendar."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from evalsys.cases.deadlines.rules import due_on, unit_of
from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import CaseStep, Deadline, Evidence, Notice, Subject
from evalsys.cases.engine.rules.machine import FieldKind, day_of
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.org.models import ChiefTerm
from evalsys.organisation.periods.models import Period
from evalsys.organisation.periods.rules import parse_period, previous
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.personnel.chiefs.limits import INTERVIEW_NOTICE
from evalsys.personnel.chiefs.models import CasePeriod
from evalsys.personnel.chiefs.places import places
from evalsys.personnel.chiefs.rules.commendation import HOLDING
from evalsys.personnel.feedback.calls.service import list_calls
from evalsys.personnel.feedback.envelopes import open_ballot
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.pool.models import MentorNote, TrainingUnit
from evalsys.ratings.ballots.models import Exclusion, ExclusionReason, Rating
from evalsys.reform.reductions.causes.queries import read_causes, select_candidates
from evalsys.results.closing.models import Proposal, Publication
from evalsys.results.reports.handled.days import HandledFilter
from evalsys.results.reports.handled.page import list_rows, read_totals
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.supervision.matters.models import Matter
from tests.applications import another_database, make_app
from tests.demo.city import NOW, TODAY, demo_city

# A move of a chief's case: which of the quarters of the case must be public before it.
RESTS_ON = {"notice": 0, "choose": 0, "repeat": 1, "repeat_again": 2}
LOW_QUARTERS = {  # How many low quarters stand behind a rung.
    "repeated": 2,
    "admonition_advised": 2,
    "admonished": 2,
    "repeated_again": 3,
    "adjustment_advised": 3,
    "decided": 3,
}


@pytest.fixture(scope="module", autouse=True)
def city(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo city in a database of its own: these tests only read."""
    folder: Path = tmp_path_factory.mktemp("city")
    app = make_app(another_database(migrated, folder, "told"), folder)
    with app.app_context():
        demo_city()
        yield app
        db.session.remove()
        db.engine.dispose()


def cases(*kinds: str) -> Sequence[Subject]:
    found = select(Subject).where(Subject.kind.in_(kinds)).order_by(Subject.id)
    rows = db.session.scalars(found).all()
    assert {row.kind for row in rows} == set(kinds)
    return rows


def steps_of(case: Subject) -> Sequence[CaseStep]:
    query = select(CaseStep).where(CaseStep.subject_id == case.id).order_by(CaseStep.id)
    return db.session.scalars(query).all()


def periods_of(case: Subject) -> Sequence[CasePeriod]:
    query = select(CasePeriod).where(CasePeriod.case_id == case.id).order_by(CasePeriod.id)
    return db.session.scalars(query).all()


def score(case: Subject, period: CasePeriod) -> SectionScore:
    """The stored score of the chief of a case in a period that the case names."""
    row = db.session.scalars(
        select(SectionScore).filter_by(result_id=period.result_id, section_id=case.section.id)
    ).one()
    assert row.chief_id == case.staff.id
    assert row.result.period.code == period.period_code
    return row


def published_at(period: CasePeriod) -> datetime | None:
    query = select(Publication.agreed_at).where(Publication.result_id == period.result_id)
    return db.session.scalar(query)


def is_led_by(case: Subject) -> bool:
    query = select(ChiefTerm.staff_id).filter_by(section_id=case.section.id, ended_on=None)
    return db.session.scalars(query).one() == case.staff.id


def test_calls_are_due_late_today_and_later_and_two_were_made() -> None:
    hr = db.session.scalars(select(User).filter_by(name="hr")).one().actor
    calls = list_calls(hr)
    days = [call.due_on for call in calls]
    assert days == sorted(days)
    assert min(days) < TODAY <= max(days)
    assert [call.tried for call in calls] == [1, 0, 0, 0, 0, 0, 0], "one was reached"


def test_tickets_stand_beside_services_and_one_hand_stands_out() -> None:
    open_time = HandledFilter(date(2026, 10, 1), TODAY)
    totals = read_totals(SYSTEM, open_time)
    assert totals.ratio is not None
    assert 0.2 < totals.ratio < 0.6
    assert 0 < totals.unknown < totals.rows
    more = list_rows(SYSTEM, HandledFilter(date(2026, 10, 1), TODAY, show="more"))
    assert len(more) == 3
    assert len({row.staff.id for row in more}) == 1
    for row in more:
        assert row.ratio is not None
        assert row.ratio > 2
        assert row.one_hand >= 0.8 * row.tickets
        assert not row.is_own_number


def test_a_chiefs_case_is_about_a_chief_who_was_low_in_every_period_it_names() -> None:
    line = Decimal(rules_in_force().interview_line)
    for case in cases("chief"):
        told, named = (case.section.code, case.state), periods_of(case)
        assert is_led_by(case), told
        assert len(named) >= LOW_QUARTERS.get(case.state, 1), told
        assert case.grounds["period"] == named[0].period_code
        for period in named:
            theta = score(case, period).theta
            assert theta is not None, told
            assert theta < line, told
        spans = [parse_period(period.period_code) for period in named]
        for earlier, later in pairwise(spans):
            assert previous(later) == earlier, told


def test_a_commendation_is_about_a_chief_above_the_group_and_within_the_quota() -> None:
    for case in cases("commendation"):
        told = (case.section.code, case.state)
        assert is_led_by(case), told
        assert periods_of(case), told
        for period in periods_of(case):
            row = score(case, period)
            assert row.theta is not None, told
            assert row.group_mean is not None, told
            assert row.theta > row.group_mean, told
            if case.state in HOLDING:
                code, organ_id = period.period_code, case.section.organ_id
                result = db.session.get_one(Result, period.result_id)
                here = places({organ_id}, {code: result})[organ_id, code]
                assert here.taken <= here.quota, told


def test_every_proposal_of_a_closing_has_its_case_and_none_was_invented() -> None:
    proposed = {
        (row.chief_id, row.result_id, {"interview": "chief"}.get(row.kind, row.kind))
        for row in db.session.scalars(select(Proposal))
    }
    told = {
        (case.staff.id, period.result_id, case.kind)
        for case in cases("chief", "commendation")
        for period in periods_of(case)
    }
    # No commendation is opened beside an open case about a low score.
    called = {case.staff.id for case in cases("chief")}
    assert told <= proposed
    assert [one for one in proposed - told if one[2] == "chief" or one[0] not in called] == []


def test_no_chief_was_called_or_commended_on_what_was_not_public() -> None:
    for case in cases("chief", "commendation"):
        named = periods_of(case)
        assert local_day(case.opened_at) > parse_period(named[0].period_code).ends_on
        for step in steps_of(case):
            if step.name in RESTS_ON:
                public = published_at(named[RESTS_ON[step.name]])
                assert public is not None, (case.section.code, case.state, step.name)
                assert public <= step.at, (case.section.code, case.state, step.name)


def test_a_second_person_agreed_before_anything_left_the_house() -> None:
    for case in cases("commendation"):
        by = {step.name: step.by for step in steps_of(case)}
        if "publish_notice" in by:
            assert None not in by.values()
            assert by["publish_notice"] != by["choose"], (case.section.code, case.state)


def test_a_chief_files_the_own_plan_as_a_chief() -> None:
    roles = {
        step.role for case in cases("chief") for step in steps_of(case) if step.name == "file_plan"
    }
    assert roles == {Role.CHIEF}


def test_who_is_returned_or_trained_is_among_the_weakest_of_the_section() -> None:
    published = db.session.scalars(
        select(Result).join(Publication).order_by(Result.id.desc()).limit(1)
    ).one()
    scores = dict[int, dict[int, Decimal]]()
    for row in db.session.scalars(select(MemberScore).filter_by(result_id=published.id)):
        if row.score is not None:
            scores.setdefault(row.section_id, {})[row.staff_id] = row.score
    led = set(db.session.scalars(select(ChiefTerm.staff_id)))
    for case in cases("return", "pool", "remedy"):
        own, told = scores[case.section.id], (case.kind, case.section.code, case.state)
        assert case.staff.id not in led, told
        lower = sum(score < own[case.staff.id] for score in own.values())
        assert lower <= max(1, len(own) // 3), told
        assert own[case.staff.id] < sum(own.values()) / len(own), told


def test_every_review_comes_from_a_low_ballot_of_the_person_in_the_quarter_it_names() -> None:
    used = list[bytes]()
    for case in cases("review"):
        span = parse_period(case.grounds["period"])
        assert span.starts_on <= local_day(case.opened_at), "no ballot of a day still to come"
        rows = db.session.scalars(
            select(Rating).filter_by(
                staff_id=case.staff.id, section_id=case.section.id, base_period=span.code
            )
        )
        low = {
            row.ballot_id
            for row in rows
            if min(v for v in (row.attitude, row.work_style, row.efficiency, row.competence) if v)
            <= 2
        }
        assert low, (case.section.code, case.state)
        review = db.session.scalars(select(Review).where(Review.case_id == case.id)).one()
        assert (review.sealed_ballot is None) == (case.closed_at is not None)
        if review.sealed_ballot is not None:
            used.append(open_ballot(review.sealed_ballot))
            assert used[-1] in low, (case.section.code, case.state)
    assert len(used) == len(set(used)) > 5


def test_a_bad_review_led_to_a_shorter_process_with_marks_before_and_after() -> None:
    office = db.session.scalars(select(User).filter_by(name="ducha")).one().actor
    query = select_candidates(office, TODAY)
    (line,) = read_causes(db.session.scalars(query).all())
    case = line.candidate.subject
    assert case.closed_at is not None, "the office has dealt with it"
    assert line.matter is not None
    assert line.measure is not None
    assert line.before is not None
    assert line.after is not None
    assert local_day(case.opened_at) < line.measure.starts_on
    assert line.before.value is not None
    assert line.after.value is not None
    assert line.before.value < line.after.value
    # Set aside by a counting before the quarter was closed: its result is without the rating.
    code = db.session.get_one(Subject, case.origin_id).grounds["period"]
    by_decision = select(Exclusion).where(Exclusion.reason != ExclusionReason.VOID)
    excluded = db.session.scalars(by_decision).one()
    assert db.session.get_one(Rating, (excluded.staff_id, excluded.ballot_id)).base_period == code
    assert (line.before.quarter, excluded.reason) == (code, ExclusionReason.NOT_PERSON)
    told = db.session.scalars(select(Result).join(Result.period).where(Period.code == code)).one()
    scores = select(func.sum(SectionScore.excluded)).where(SectionScore.result_id == told.id)
    assert db.session.scalar(scores) == 1


def test_a_hotline_ticket_that_is_open_again_has_a_following_matter() -> None:
    later = db.session.scalars(select(Matter).where(Matter.turn > 1)).one()
    first = later.subject.origin
    assert first is not None
    assert (first.state, later.subject.state) == ("closed", "taken_in")
    of_ticket = select(Matter.turn).where(Matter.reference == later.reference)
    assert set(db.session.scalars(of_ticket)) == {1, 2}


def test_no_two_cases_have_the_same_text() -> None:
    said = defaultdict[str, set[int]](set)
    for case in db.session.scalars(select(Subject)):
        # What a coordination demands is what its task says, what an objection decides its matter.
        is_part = case.kind in {"matter", "objection"}
        about = (case.origin_id if is_part else None) or case.id
        for step in steps_of(case):
            move = kind_of(case).machine.move(step.source, step.name)
            assert move is not None
            for field in move.fields:
                is_text = field.kind in {FieldKind.TEXT, FieldKind.ANSWERS}
                if is_text and field.name in step.entry and field.name != "attendees":
                    said[step.entry[field.name]].add(about)
        if "says" in case.grounds:
            said[case.grounds["says"]].add(about)
    for piece in db.session.scalars(select(Evidence)):
        said[piece.body].add(piece.subject_id)
    for note in db.session.scalars(select(MentorNote)):
        said[note.body].add(note.case_id)
    assert len(said) > 150
    for text, of in said.items():
        assert len(of) == 1, text
        assert not set("{}") & set(text), text


def test_the_steps_and_dates_of_every_case_are_in_order() -> None:
    days, rules = working_days(), rules_in_force()
    for case in db.session.scalars(select(Subject)):
        told, called = (case.kind, case.number, case.state), None
        moments = [case.opened_at, *(step.at for step in steps_of(case))]
        on = [local_day(moment) for moment in moments]
        if (
            case.kind == "matter" and case.origin and case.origin.kind == "coordination"
        ):  # A task is given as it is opened.
            moments = moments[1:]
        assert all(earlier < later for earlier, later in pairwise(moments)), told
        if case.concerned:  # What people decide about a person, they sleep on.
            assert all(earlier < later for earlier, later in pairwise(on)), told
        assert moments[-1] <= NOW, told
        for step in steps_of(case):
            assert step.source != step.target or case.concerned is None
            if step.name == "notice":
                called = day_of(step.entry, "held_on")
                earliest = days.add(local_day(step.at), rules[INTERVIEW_NOTICE])
                assert called >= earliest, told
            if step.name == "interview":
                assert day_of(step.entry, "held_on") == local_day(step.at) == called, told
        if case.state == "noticed":
            assert called is not None
            assert called > local_day(NOW), "nobody waits for a talk of a day that is over"


def test_every_deadline_runs_from_its_start_as_the_calendar_says() -> None:
    days, found = working_days(), db.session.scalars(select(Deadline)).all()
    assert len(found) > 100
    for row in found:
        told = (row.subject.kind, row.subject.number, row.subject.state, row.rule)
        assert local_day(row.subject.opened_at) <= row.started_on <= local_day(NOW), told
        assert row.due_on == due_on(row.started_on, row.amount, unit_of(row.rule), days).on, told
        assert row.due_on > row.started_on, told
        if row.closed_on:
            assert row.started_on <= row.closed_on <= local_day(NOW), told
        else:
            assert row.subject.closed_at is None, told


def test_no_training_begins_before_the_stay_in_which_it_is_held() -> None:
    for unit in db.session.scalars(select(TrainingUnit)):
        case = db.session.get_one(Subject, unit.case_id)
        assert local_day(case.opened_at) <= unit.starts_on <= unit.ends_on
        assert (unit.result is None) == (unit.ends_on > local_day(NOW))


def test_nobody_was_told_of_what_they_did() -> None:
    """No inbox is filled with its owner's own steps, and that of the office can be read."""
    steps = {(row.subject_id, row.id): row for row in db.session.scalars(select(CaseStep))}
    owners = {user.id: user for user in db.session.scalars(select(User))}
    told = db.session.scalars(select(Notice).where(Notice.key.startswith("case:"))).all()
    assert told
    for notice in told:
        step_id = notice.key.rpartition(":")[2]
        step = steps.get((notice.subject_id, int(step_id))) if step_id.isdigit() else None
        if step is not None and step.by is not None:
            doer, reader = owners[step.by], owners[notice.user_id]
            assert doer.id != reader.id
            assert doer.staff_id is None or doer.staff_id != reader.staff_id
    office = select(func.count(Notice.id)).join(User).where(User.name == "ducha")
    assert (db.session.scalar(office) or 0) < 50

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from evalsys.core.audit import AuditEvent
from evalsys.core.errors import DomainError, NotAllowed
from evalsys.core.extensions import db
from evalsys.core.permissions import CITIZEN, SYSTEM, Action, Role
from evalsys.foundation.jobs.handlers import Cancelled, Progress
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.queries import get_period
from evalsys.ratings.ballots.models import Intake, Rating, Tally
from evalsys.results.closing.models import Proposal, ProposalKind, Publication
from evalsys.results.closing.queries import diff, list_proposals, obstacles, publication_of
from evalsys.results.closing.service import close_period, correct, publish
from evalsys.scores.assembly import ComputedResult, assemble
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.queries import latest_result
from tests.applications import listening
from tests.factories import make_period, make_ratings, make_section, make_staff, make_user
from tests.ratings.intake import leave_ballots
from tests.results.closing.city import (
    CODE,
    GOOD,
    NOW,
    POOR,
    TODAY,
    make_city,
    make_rated,
    someone_of,
)
from tests.scores.test_queries import put_aside

pytestmark = pytest.mark.usefixtures("app")


def close(code: str = CODE, on: date = TODAY) -> Result:
    return close_period(SYSTEM, code, now=NOW, on=on)


def test_closing_freezes_the_scores_and_proposes() -> None:
    low, high = make_city()
    result = close()
    period = get_period(CODE)
    assert (period.state, period.closed_at) == (PeriodState.CLOSED, NOW)
    assert (result.version, result.created_by, result.reason) == (1, None, None)
    assert len(db.session.scalars(select(SectionScore)).all()) == 6
    assert len(db.session.scalars(select(MemberScore)).all()) == 12
    found = {(one.section_id, one.kind) for one in list_proposals(SYSTEM, result)}
    assert (low.id, ProposalKind.INTERVIEW) in found
    assert (high.id, ProposalKind.COMMENDATION) in found
    assert {kind for section, kind in found if section == low.id} == {ProposalKind.INTERVIEW}


def test_a_proposal_says_why() -> None:
    low, _ = make_city()
    close()
    one = db.session.scalars(select(Proposal).where(Proposal.section_id == low.id)).one()
    assert one.chief_id is not None
    grounds = {condition["ground"]: condition for condition in one.grounds["conditions"]}
    assert list(grounds) == [
        *("coverage", "ballots", "reliability", "probability", "own_probability"),
    ]
    assert grounds["ballots"]["figure"] == "92"
    assert all(condition["holds"] for condition in grounds.values())


def test_what_is_due_is_counted_first() -> None:
    section = make_rated([GOOD] * 12)
    person = make_staff(section)
    leave_ballots(3, person)
    make_period(CODE)
    close()
    assert db.session.scalars(select(Intake)).all() == []
    row = db.session.scalars(select(MemberScore).where(MemberScore.staff_id == person.id)).one()
    assert row.ballots == 3


def test_an_unopened_period_is_not_closed() -> None:
    with pytest.raises(DomainError, match="was not opened"):
        close("2026-Q1")


def test_closing_twice_is_refused_kindly() -> None:
    make_city()
    first = close()
    with pytest.raises(DomainError, match="2026-10-21") as refusal:
        close()
    assert str(refusal.value.params["code"]) == "Q3 2026"
    assert latest_result(first.period_id) is first


def test_a_period_that_runs_is_not_closed() -> None:
    make_period(CODE)
    with pytest.raises(DomainError, match="2026-09-30"):
        close(on=date(2026, 9, 30))
    close(on=date(2026, 10, 1))


def test_while_a_window_is_open_the_period_stays_open() -> None:
    leave_ballots(1, served_on=date(2026, 9, 30), valid_until=date(2026, 10, 14))
    make_period(CODE)
    with pytest.raises(DomainError, match="2026-10-14"):
        close(on=date(2026, 10, 14))
    assert get_period(CODE).state is PeriodState.OPEN
    close(on=date(2026, 10, 15))


def test_an_old_ticket_of_another_period_keeps_nothing_open() -> None:
    leave_ballots(1, served_on=date(2026, 10, 20), valid_until=date(2026, 10, 27))
    db.session.execute(update(Intake).values(base_period="2026-Q4"))
    db.session.commit()
    make_period(CODE)
    assert obstacles(get_period(CODE), on=TODAY) == []
    close()


def test_ballots_that_cannot_be_counted_yet_keep_the_period_open() -> None:
    leave_ballots(2)
    db.session.execute(update(Intake).values(valid_until=TODAY + timedelta(days=1)))
    db.session.commit()
    make_period(CODE)
    with pytest.raises(DomainError, match="2 ballots"):
        close()
    assert get_period(CODE).state is PeriodState.OPEN
    assert db.session.scalars(select(Result)).all() == []


def test_who_may_not_close_changes_nothing() -> None:
    make_city()
    with pytest.raises(NotAllowed):
        close_period(make_user(Role.LEADER).actor, CODE, now=NOW, on=TODAY)
    with pytest.raises(NotAllowed):
        close_period(CITIZEN, CODE, now=NOW, on=TODAY)
    assert get_period(CODE).state is PeriodState.OPEN


def test_a_changed_rating_stops_the_closing(app: Flask) -> None:
    low, _ = make_city()
    with db.engine.begin() as connection:
        connection.execute(
            update(Tally).where(Tally.section_id == low.id).values(attitude_2=Tally.attitude_2 - 1)
        )
    db.session.rollback()
    with pytest.raises(DomainError, match=low.code):
        close()
    assert get_period(CODE).state is PeriodState.OPEN
    assert db.session.scalars(select(Result)).all() == []


def test_ratings_that_come_in_between_stop_the_closing() -> None:
    low, _ = make_city()

    def late(*args: Any) -> ComputedResult:
        found = assemble(*args)
        db.session.rollback()
        make_ratings(make_staff(low), low, [GOOD])
        return found

    with (
        patch("evalsys.results.closing.service.assemble", late),
        pytest.raises(DomainError, match="Nothing was closed; try again"),
    ):
        close()
    assert get_period(CODE).state is PeriodState.OPEN
    assert close().version == 1


def test_a_closing_that_breaks_off_leaves_nothing_half_done() -> None:
    make_city()
    with (
        patch("evalsys.results.closing.service.hold_or_propose", side_effect=ZeroDivisionError),
        pytest.raises(ZeroDivisionError),
    ):
        close()
    assert get_period(CODE).state is PeriodState.OPEN
    assert db.session.scalars(select(Result)).all() == []
    assert db.session.scalars(select(SectionScore)).all() == []


def test_a_cancelled_closing_opens_the_period_again() -> None:
    make_city()

    class Stopped(Progress):
        def advance(self, n: int = 1) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        close_period(SYSTEM, CODE, now=NOW, on=TODAY, progress=Stopped())
    assert get_period(CODE).state is PeriodState.OPEN


def test_a_closing_makes_no_object_of_any_rating_and_asks_as_often_for_many_as_for_few() -> None:
    loaded: list[object] = []
    asked: list[int] = []
    few = make_rated([GOOD] * 12)
    many = make_rated([GOOD] * 12)
    for _ in range(40):
        make_ratings(make_staff(many), many, [GOOD] * 12)
    make_ratings(make_staff(few), few, [GOOD] * 12, base_period="2026-Q2")
    make_period("2026-Q2")
    make_period(CODE)

    def load(*args: Any) -> None:
        loaded.append(args)

    def ask(*args: Any) -> None:
        asked[-1] += 1

    with (
        listening(Rating, "load", load),
        listening(db.engine, "before_cursor_execute", ask),
    ):
        for code in ("2026-Q2", CODE):
            asked.append(0)
            close(code)
    assert loaded == []
    assert asked[1] <= asked[0] + 2, "not one more for each member or section"


def test_after_a_power_cut_closing_goes_on() -> None:
    make_city()
    period = get_period(CODE)
    period.state = PeriodState.COUNTING
    db.session.commit()
    assert close().version == 1


def test_every_step_leaves_its_line() -> None:
    make_city()
    close()
    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == Action.CLOSING_RUN).order_by(AuditEvent.id)
    ).all()
    assert [event.subject_type for event in events] == ["period", "result"]
    assert events[1].details["digest"] == db.session.scalars(select(Result.digest)).one()


def test_publishing_takes_a_second_person() -> None:
    make_city()
    closer = make_user(Role.HR)
    close_period(closer.actor, CODE, now=NOW, on=TODAY)
    for actor in (closer.actor, SYSTEM):
        with pytest.raises(DomainError, match="Two accounts of one person are one person,"):
            publish(actor, CODE, now=NOW)
    second = make_user(Role.LEADER)
    publication = publish(second.actor, CODE, now=NOW)
    assert publication.agreed_by == second.id
    assert get_period(CODE).state is PeriodState.PUBLISHED
    assert get_period(CODE).published_at == NOW


def test_a_second_account_of_the_same_person_is_no_second_person() -> None:
    make_city()
    person = make_staff()
    closer = make_user(Role.HR, staff_id=person.id)
    close_period(closer.actor, CODE, now=NOW, on=TODAY)
    with pytest.raises(DomainError, match="Two accounts of one person are one person,"):
        publish(make_user(Role.LEADER, staff_id=person.id).actor, CODE, now=NOW)
    publish(make_user(Role.LEADER, staff_id=make_staff().id).actor, CODE, now=NOW)


def test_only_a_closed_period_is_published_and_only_once() -> None:
    make_city()
    leader = make_user(Role.LEADER).actor
    with pytest.raises(DomainError, match="is not closed yet"):
        publish(leader, CODE, now=NOW)
    close()
    publish(leader, CODE, now=NOW)
    with pytest.raises(DomainError, match="Version 1"):
        publish(leader, CODE, now=NOW)
    with pytest.raises(NotAllowed):
        publish(make_user(Role.SUPERVISOR).actor, CODE, now=NOW)


@pytest.mark.only("sqlite", "drops a trigger of SQLite")
def test_figures_changed_after_the_freeze_are_not_published() -> None:
    make_city()
    close()
    with db.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER section_score_no_update"))
        connection.execute(text("UPDATE section_score SET total = total - 100"))
    db.session.rollback()
    with pytest.raises(DomainError, match="were changed afterwards"):
        publish(make_user(Role.LEADER).actor, CODE, now=NOW)
    assert get_period(CODE).state is PeriodState.CLOSED


def test_a_correction_with_nothing_new_gives_the_same_digest() -> None:
    make_city()
    first = close()
    second = correct(SYSTEM, CODE, "to be sure", now=NOW)
    assert (second.version, second.reason) == (2, "to be sure")
    assert second.digest == first.digest
    assert diff(SYSTEM, first, second) == []


def test_a_correction_makes_a_second_version_with_a_diff() -> None:
    low, _ = make_city()
    first = close()
    # A poor one: without one of the fair ones the score would be another.
    poor = select(Rating).where(Rating.section_id == low.id, Rating.attitude == POOR[0])
    wrong = db.session.scalars(poor).first()
    assert wrong is not None
    person = wrong.staff_id
    put_aside(wrong.ballot_id)
    second = correct(SYSTEM, CODE, "a mistaken rating", now=NOW)
    assert second.digest != first.digest
    changes = diff(SYSTEM, first, second)
    mine = {change.field: change for change in changes if change.staff and change.section}
    assert {change.section for change in changes} >= {low.code}
    assert (mine["ballots"].before, mine["ballots"].after) == (46, None)  # 45 would tell one.
    assert (mine["excluded"].before, mine["excluded"].after) == (0, None)
    assert f"{mine['score'].before:.2f}" == "45.22"
    assert f"{mine['score'].after}" == "≈45"
    assert mine["levels"].before is mine["levels"].after is None
    assert not {"bad", "satisfied", "attitude_2"} & {change.field for change in changes}
    old = db.session.scalars(
        select(MemberScore).where(MemberScore.result_id == first.id, MemberScore.staff_id == person)
    ).one()
    assert old.ballots == 46


def test_a_row_that_one_version_lacks_is_a_difference() -> None:
    low, _ = make_city()
    first = close()
    newcomer = make_staff(low)
    second = correct(SYSTEM, CODE, "a posting was missing in the roster", now=NOW)
    changes = [one for one in diff(SYSTEM, first, second) if one.staff == newcomer.number]
    assert {(one.field, one.before, one.after) for one in changes} >= {
        ("days", None, 92),
        ("is_expected", None, True),
    }


def test_a_diff_shows_only_what_one_may_see() -> None:
    low, _ = make_city()
    first = close()
    make_staff(low)
    second = correct(SYSTEM, CODE, "a posting was missing in the roster", now=NOW)
    stranger = make_user(Role.HR, organ_id=make_section().organ_id)
    own = make_user(Role.HR, organ_id=low.organ_id)
    assert diff(stranger.actor, first, second) == []
    assert {one.section for one in diff(own.actor, first, second)} == {low.code}
    assert list_proposals(stranger.actor, first) == []
    assert {one.section_id for one in list_proposals(own.actor, first)} == {low.id}


def test_a_published_period_that_is_corrected_is_agreed_to_again() -> None:
    make_city()
    hr, leader = make_user(Role.HR).actor, make_user(Role.LEADER).actor
    first = close_period(hr, CODE, now=NOW, on=TODAY)
    publish(leader, CODE, now=NOW)
    second = correct(hr, CODE, "decision 12", now=NOW)
    assert get_period(CODE).state is PeriodState.CLOSED
    assert publication_of(first) is not None
    assert publication_of(second) is None
    with pytest.raises(DomainError, match="Two accounts of one person are one person,"):
        publish(hr, CODE, now=NOW)
    publish(leader, CODE, now=NOW)
    assert publication_of(second) is not None
    assert len(db.session.scalars(select(Publication)).all()) == 2


def test_a_correction_needs_a_closed_period_a_reason_and_the_right() -> None:
    make_city()
    with pytest.raises(DomainError, match="is not closed yet"):
        correct(SYSTEM, CODE, "why not", now=NOW)
    close()
    with pytest.raises(DomainError, match="Say in a few words why"):
        correct(SYSTEM, CODE, "  ", now=NOW)
    with pytest.raises(NotAllowed):
        correct(make_user(Role.LEADER).actor, CODE, "why not", now=NOW)


def test_a_year_is_closed_over_its_quarters() -> None:
    low, _ = make_city()
    close()
    someone = someone_of(low)
    make_ratings(someone, low, [GOOD] * 12, base_period="2026-Q4")
    make_period("2026")
    db.session.execute(update(Period).where(Period.code == "2026").values(ends_on=TODAY))
    db.session.commit()
    result = close("2026", on=date(2027, 1, 20))
    row = db.session.scalars(
        select(MemberScore).where(
            MemberScore.result_id == result.id, MemberScore.staff_id == someone.id
        )
    ).one()
    assert (row.ballots, row.score) == (24, Decimal("100.00"))

from collections import Counter
from datetime import date, timedelta
from itertools import count
from typing import Any
from unittest.mock import Mock

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, inspect, select, text

from evalsys.cases.engine.models import Subject
from evalsys.core.audit import AuditEvent
from evalsys.core.errors import NotAllowed
from evalsys.core.extensions import db, metadata
from evalsys.core.permissions import CITIZEN, SYSTEM, Action
from evalsys.foundation.jobs.handlers import Cancelled, Progress
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import (
    CallbackContact,
    Channel,
    Comment,
    CommentState,
    CountBatch,
    Exclusion,
    ExclusionReason,
    Intake,
    RaterGroup,
    Rating,
    Tally,
    TicketStaff,
)
from evalsys.ratings.ballots.rules import ballot_id
from evalsys.ratings.contacts.rows import Contact, open_row
from evalsys.ratings.counting import attachments, tallies
from evalsys.ratings.counting import service as counting
from evalsys.ratings.counting.hooks import add_after_low_ballots
from evalsys.ratings.counting.limits import BATCH
from evalsys.ratings.counting.service import CountingResult, IntakeCounts, count_due, intake_counts
from evalsys.ratings.counting.tallies import KEY, Ballot, fold
from evalsys.ratings.counting.tally_models import PressureTally, ReasonTally
from tests.factories import make_period, make_policy, make_section, make_staff, with_limits
from tests.ratings.intake import (
    DAY_AFTER,
    VALID_UNTIL,
    add_ballot,
    leave_ballot,
    leave_ballots,
    make_waiting,
    secrets_of,
)

pytestmark = pytest.mark.usefixtures("app")


def number_of(model: type[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def tally_of_ratings() -> dict[tuple[Any, ...], dict[str, int]]:
    """Recount the tallies from the ratings: slowly, one by one, and without the fold."""
    found: dict[tuple[Any, ...], Counter[str]] = {}
    aside = set(db.session.scalars(select(Exclusion.ballot_id)))
    for rating in db.session.scalars(select(Rating)):
        if rating.ballot_id in aside:
            continue
        row = found.setdefault(tuple(getattr(rating, name) for name in KEY), Counter())
        levels = {name: getattr(rating, name) for name in DIMENSIONS}
        row.update(f"{name}_{level}" for name, level in levels.items() if level)
        row["ballots"] += 1
        row["bad"] += any(level in {1, 2} for level in levels.values())
    return {key: {name: n for name, n in row.items() if n} for key, row in found.items()}


def stored_tallies() -> dict[tuple[Any, ...], dict[str, int]]:
    db.session.expire_all()
    rows = db.session.scalars(select(Tally)).all()
    return {
        tuple(getattr(row, name) for name in KEY): {
            name: n for name in tallies.COUNTERS if (n := getattr(row, name))
        }
        for row in rows
    }


def test_a_ballot_becomes_a_rating_that_its_holder_can_find() -> None:
    staff = make_staff(make_section())
    secrets = leave_ballots(20, staff, attitude=2, competence=4, reasons=3)
    count_due(SYSTEM, on=DAY_AFTER)
    rating = db.session.get_one(Rating, (staff.id, ballot_id(secrets[7], staff.number)))
    assert (rating.attitude, rating.work_style, rating.competence) == (2, None, 4)
    assert (rating.base_period, rating.service_type) == ("2026-Q3", "身份证")
    assert (rating.rater_group, rating.channel) == (RaterGroup.RECIPIENT, Channel.SLIP)
    assert rating.staff_id == staff.id
    assert number_of(Intake) == 0


def test_the_summary_says_what_came_and_what_waits() -> None:
    leave_ballots(20, comment="谢谢", contact=b"sealed")
    person = make_staff(make_section())
    leave_ballot(b"later-0000000001", person, valid_until=DAY_AFTER)
    summary = count_due(SYSTEM, on=DAY_AFTER)
    assert summary.counted == CountingResult(batches=1, ballots=20, comments=20, contacts=20)
    assert summary.left == IntakeCounts(open=1)


def test_nothing_is_counted_while_its_window_is_open() -> None:
    leave_ballots(20)
    assert count_due(SYSTEM, on=VALID_UNTIL).counted == CountingResult()
    assert number_of(Rating) == 0


def test_counting_twice_counts_nothing_twice() -> None:
    leave_ballots(20)
    count_due(SYSTEM, on=DAY_AFTER)
    before = stored_tallies()
    assert count_due(SYSTEM, on=DAY_AFTER).counted == CountingResult()
    assert stored_tallies() == before
    assert number_of(Rating) == 20


def test_fewer_raters_than_a_crowd_wait() -> None:
    leave_ballots(19)
    summary = count_due(SYSTEM, on=DAY_AFTER)
    assert summary.counted == CountingResult()
    assert summary.left == IntakeCounts(due=19)


def test_the_ballots_of_one_rater_for_twenty_people_are_no_crowd() -> None:
    section = make_section()
    leave_ballot(b"ticket-of-twenty", *(make_staff(section) for _ in range(20)))
    assert count_due(SYSTEM, on=DAY_AFTER).counted == CountingResult()


@pytest.mark.parametrize(("waited", "counted"), [(6, 0), (7, 3)])
def test_a_few_wait_no_longer_than_the_policy_says(waited: int, counted: int) -> None:
    leave_ballots(3)
    summary = count_due(SYSTEM, on=VALID_UNTIL + timedelta(days=waited))
    assert summary.counted.ballots == counted


def test_the_policy_sets_the_smallest_batch() -> None:
    make_policy(with_limits({BATCH: 5}))
    leave_ballots(5)
    assert count_due(SYSTEM, on=DAY_AFTER).counted.ballots == 5


def test_a_closing_counts_a_few_at_once_but_no_open_window() -> None:
    staff = make_staff(make_section())
    leave_ballots(3, staff)
    leave_ballot(b"later-0000000001", staff, valid_until=DAY_AFTER)
    summary = count_due(SYSTEM, on=DAY_AFTER, force=True)
    assert summary.counted.ballots == 3
    assert summary.left == IntakeCounts(open=1)


def test_a_ballot_for_a_closed_period_is_held_and_moves_no_number() -> None:
    make_period("2026-Q3", state=PeriodState.CLOSED)
    leave_ballots(20)
    summary = count_due(SYSTEM, on=DAY_AFTER, force=True)
    assert summary.counted == CountingResult()
    assert summary.left == IntakeCounts(held=20)
    assert (number_of(Rating), number_of(Tally), number_of(CountBatch)) == (0, 0, 0)


def test_held_ballots_do_not_hurry_the_others() -> None:
    make_period("2026-Q2", state=PeriodState.PUBLISHED)
    staff = make_staff(make_section())
    old = {"base_period": "2026-Q2", "valid_until": date(2026, 7, 7)}
    leave_ballot(b"held-00000000001", staff, **old)
    leave_ballots(3, staff)
    assert count_due(SYSTEM, on=DAY_AFTER).left == IntakeCounts(due=3, held=1)


def test_a_period_that_closes_during_the_counting_gets_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leave_ballots(20)
    names = counting._due(DAY_AFTER, force=True)  # noqa: SLF001
    make_period("2026-Q3", state=PeriodState.CLOSED)
    monkeypatch.setattr(counting, "_due", Mock(return_value=names))
    summary = count_due(SYSTEM, on=DAY_AFTER)
    assert (summary.counted, summary.left.held) == (CountingResult(), 20)


def test_many_tickets_are_shared_out_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "BATCH_MOST", 25)
    leave_ballots(52)
    assert count_due(SYSTEM, on=DAY_AFTER).counted.batches == 3
    sizes = db.session.scalars(select(CountBatch.ballots).order_by(CountBatch.ballots)).all()
    assert sizes == [17, 17, 18]
    assert stored_tallies() == tally_of_ratings()


def low_ballots_of_batches(app: Flask) -> list[list[bytes]]:
    """The low ballots of each batch that is counted from now on: nothing stored tells them."""
    found: list[list[bytes]] = []
    add_after_low_ballots(app, lambda _, lows, __: found.append([low.ballot_id for low in lows]))
    return found


def test_low_ballots_are_shared_out_so_that_no_batch_opens_too_many_cases(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "LOW_MOST", 10)
    leave_ballots(38)
    for secret in secrets_of(60)[38:]:
        add_ballot(secret, make_staff(make_section()), attitude=1)
    db.session.commit()
    lows = low_ballots_of_batches(app)
    assert count_due(SYSTEM, on=DAY_AFTER).counted.batches == 3
    sizes = db.session.scalars(select(CountBatch.ballots).order_by(CountBatch.id)).all()
    pairs = zip(sizes, map(len, lows), strict=True)
    assert sorted(pairs) == [(19, 7), (20, 7), (21, 8)]
    assert number_of(Subject) == 22


def test_a_counting_of_many_low_ballots_asks_as_often_as_one_of_few(statements: list[str]) -> None:
    def sent(number: int) -> int:
        for nth in range(number):  # Each is about somebody else, in another section.
            name = f"low-{number:04}-{nth:07}".encode()
            add_ballot(name, make_staff(make_section()), attitude=1, contact=b"sealed")
        db.session.commit()
        statements.clear()
        assert count_due(SYSTEM, on=DAY_AFTER).counted.ballots == number
        return sum(not words.startswith("INSERT") for words in statements)

    sent(21)  # From now on there are contacts to seal anew.
    few = sent(20)
    assert sent(90) == few


def test_a_crash_leaves_a_batch_all_in_or_all_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "BATCH_MOST", 20)
    leave_ballots(60, comment="谢谢")
    fold_pressure, calls = attachments.fold_pressure, []

    def crash(rows: Any) -> None:
        fold_pressure(rows)
        calls.append(len(rows))
        if len(calls) == 2:
            raise ZeroDivisionError

    monkeypatch.setattr(counting, "fold_pressure", crash)
    with pytest.raises(ZeroDivisionError):
        count_due(SYSTEM, on=DAY_AFTER)
    assert (number_of(Rating), number_of(Intake), number_of(Comment)) == (20, 40, 20)
    assert stored_tallies() == tally_of_ratings()
    count_due(SYSTEM, on=DAY_AFTER)
    assert (number_of(Rating), number_of(Intake), number_of(Comment)) == (60, 0, 60)
    assert stored_tallies() == tally_of_ratings()


def test_a_counting_can_be_cancelled_between_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    class Impatient(Progress):
        def advance(self, n: int = 1) -> None:
            raise Cancelled

    monkeypatch.setattr(counting, "BATCH_MOST", 20)
    leave_ballots(40)
    with pytest.raises(Cancelled):
        count_due(SYSTEM, on=DAY_AFTER, progress=Impatient())
    assert (number_of(Rating), number_of(Intake)) == (20, 20)


def test_a_ballot_that_was_counted_before_does_not_stop_the_others() -> None:
    staff = make_staff(make_section())
    leave_ballots(20, staff, attitude=5)
    count_due(SYSTEM, on=DAY_AFTER)
    section_id = db.session.scalars(select(Rating.section_id)).first() or 0
    kind = {"rater_group": RaterGroup.RECIPIENT, "channel": Channel.SLIP, "service_type": None}
    late = make_waiting(secrets_of(1)[0], staff, section_id, attitude=1, **kind)
    db.session.add(Intake(**late.row(VALID_UNTIL)))
    db.session.commit()
    summary = count_due(SYSTEM, on=DAY_AFTER, force=True)
    assert summary.counted == CountingResult(repeated=1)
    assert number_of(Intake) == 0
    assert db.session.get_one(Rating, (staff.id, late.ballot_id)).attitude == 5


def test_what_has_to_wait_goes_back_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that came after the lift of the night is lifted in the next one."""
    staff = make_staff(make_section())
    leave_ballots(20, staff)
    leave_ballot(b"unhappy-00000001", staff, attitude=1, contact=b"sealed")
    before = {row.name: tuple(row) for row in db.session.execute(select(*Intake.__table__.c))}
    with monkeypatch.context() as patched:
        patched.setattr(counting, "lift_contacts", lambda on: None)
        assert count_due(SYSTEM, on=DAY_AFTER).counted.ballots == 20
    [left] = db.session.execute(select(*Intake.__table__.c)).all()
    assert tuple(left) == before[left.name]
    assert count_due(SYSTEM, on=DAY_AFTER, force=True).counted.contacts == 1


def test_words_contacts_and_pressure_go_their_own_way() -> None:
    section = make_section()
    staff = make_staff(section)
    leave_ballots(19, staff)
    leave_ballot(
        b"unhappy-00000001",
        staff,
        attitude=1,
        reasons=5,
        comment="等了一个小时。",
        contact=b"sealed",
        pressured=True,
    )
    count_due(SYSTEM, on=DAY_AFTER)
    comment = db.session.scalars(select(Comment)).one()
    assert (comment.body, comment.state) == ("等了一个小时。", CommentState.PENDING)
    contact = db.session.scalars(select(CallbackContact)).one()
    assert open_row(contact.sealed) == Contact("sealed", staff.id, section.id)
    ticked = db.session.execute(select(ReasonTally.reason, ReasonTally.ticked)).all()
    assert sorted(map(tuple, ticked)) == [(1, 1), (3, 1)], "5 are the first and the third"
    pressure = db.session.scalars(select(PressureTally)).one()
    assert (pressure.section_id, pressure.base_period, pressure.reports) == (
        section.id,
        "2026-Q3",
        1,
    )


def test_pressure_adds_up_over_countings() -> None:
    staff = make_staff(make_section())
    leave_ballots(20, staff, pressured=True)
    count_due(SYSTEM, on=DAY_AFTER)
    leave_ballot(b"unhappy-00000001", staff, pressured=True)
    count_due(SYSTEM, on=DAY_AFTER, force=True)
    assert db.session.scalars(select(PressureTally.reports)).all() == [21]


def test_the_audit_line_of_a_batch_holds_numbers_only() -> None:
    leave_ballots(20, comment="谢谢")
    count_due(SYSTEM, on=DAY_AFTER)
    line = db.session.scalars(select(AuditEvent).where(AuditEvent.action == Action.RATING_COUNT))
    details = line.one().details
    assert details == {"ballots": 20, "comments": 20, "contacts": 0, "repeated": 0}


def test_who_may_not_count_is_refused_even_when_nothing_is_due() -> None:
    with pytest.raises(NotAllowed):
        count_due(CITIZEN, on=DAY_AFTER)


def test_the_intake_is_told_by_period() -> None:
    staff = make_staff(make_section())
    leave_ballots(3, staff)
    later = {"base_period": "2026-Q4", "valid_until": date(2026, 10, 15)}
    leave_ballot(b"later-0000000001", staff, **later)
    assert intake_counts(DAY_AFTER) == IntakeCounts(open=1, due=3)
    assert intake_counts(DAY_AFTER, ["2026-Q4"]) == IntakeCounts(open=1)


# What joins a rating to its ticket: nothing.

TICKET_SIDE = {"ticket", "ticket_staff", "intake", "used_event", "screen_turn", "invitation"}
RATING_SIDE = {"rating", "exclusion", "comment", "callback_contact", "tally", "pressure_tally"}


def test_no_column_of_a_counted_ballot_is_a_time_or_leads_to_a_ticket() -> None:
    inspector = inspect(db.engine)
    for table in RATING_SIDE:
        columns = {column["name"] for column in inspector.get_columns(table)}
        assert not {c for c in columns if c.startswith(("ticket", "valid", "served"))}
        referred = {key["referred_table"] for key in inspector.get_foreign_keys(table)}
        assert not referred & TICKET_SIDE
    times = {"decided_on", "reviewed_at", "due_on"}  # Of people and nights, not of ballots.
    found = {
        column.name
        for table in RATING_SIDE
        for column in metadata.tables[table].columns
        if column.name.endswith(("_at", "_on"))
    }
    assert found == times


def test_the_place_of_a_rating_does_not_tell_when_its_ballot_came() -> None:
    staff = make_staff(make_section())
    secrets = leave_ballots(200, staff, comment="谢谢")
    count_due(SYSTEM, on=DAY_AFTER)
    came = {ballot_id(secret, staff.number): nth for nth, secret in enumerate(secrets)}
    rows = db.session.execute(text("SELECT ballot_id FROM rating")).scalars()
    order = [came[bytes(row)] for row in rows]
    assert sorted(order) == list(range(200))
    assert abs(correlation(order)) < 0.3  # p < 0.00003 for a true shuffle
    comments = list(db.session.execute(text("SELECT id FROM comment")).scalars())
    assert comments == sorted(comments)


def correlation(order: list[int]) -> float:
    """Spearman's rank correlation between places and values 0..n-1."""
    n = len(order)
    distance = sum((place - value) ** 2 for place, value in enumerate(order))
    return 1 - 6 * distance / (n * (n * n - 1))


def test_batches_do_not_follow_the_order_of_tickets(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "LOW_MOST", 100)
    staff = make_staff(make_section())
    secrets = leave_ballots(200, staff, attitude=1)
    lows = low_ballots_of_batches(app)
    count_due(SYSTEM, on=DAY_AFTER)
    early = sum(ballot_id(secret, staff.number) in lows[0] for secret in secrets[:100])
    assert 25 < early < 75  # p < 0.0000001 for a true shuffle; 0 or 100 for none


@pytest.mark.only("sqlite", "rows of PostgreSQL have no rowid")
@pytest.mark.parametrize("table", ["intake", "rating", "comment", "callback_contact"])
def test_rows_of_ballots_have_no_rowid(table: str) -> None:
    sql = db.session.execute(
        text("SELECT sql FROM sqlite_master WHERE name = :table"), {"table": table}
    ).scalar_one()
    assert "WITHOUT ROWID" in sql


@pytest.mark.only("postgresql", "xmin is PostgreSQL's")
def test_the_transaction_of_a_rating_touched_no_ticket() -> None:
    leave_ballots(20)
    count_due(SYSTEM, on=DAY_AFTER)

    def transactions(table: str) -> set[str]:
        return set(db.session.execute(text(f"SELECT xmin::text FROM {table}")).scalars())

    assert len(transactions("rating")) == 1
    assert not transactions("rating") & (transactions("ticket") | transactions("ticket_staff"))


# The fold.

LEVEL = st.none() | st.integers(1, 5)
LEVELS = st.tuples(LEVEL, LEVEL, LEVEL, LEVEL).filter(any)


@given(st.lists(st.tuples(LEVELS, st.sampled_from(list(RaterGroup))), max_size=30))
def test_a_tally_counts_every_ballot_once_and_each_of_its_levels(
    votes: list[tuple[tuple[int | None, ...], RaterGroup]],
) -> None:
    ballots = [
        Ballot(bytes([nth]), "2026-Q3", 1, 2, group, None, Channel.SLIP, *levels)  # type: ignore[arg-type]  # Four levels.
        for nth, (levels, group) in enumerate(votes)
    ]
    folded = fold(ballots)
    assert sum(row["ballots"] for row in folded.values()) == len(votes)
    for place, name in enumerate(DIMENSIONS):
        for level in range(1, 6):
            expected = sum(levels[place] == level for levels, _ in votes)
            assert sum(row.get(f"{name}_{level}", 0) for row in folded.values()) == expected
    assert sum(row["bad"] for row in folded.values()) == sum(
        any(level in {1, 2} for level in levels) for levels, _ in votes
    )


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_tallies_equal_a_recount_of_the_ratings(data: st.DataObject) -> None:
    section = make_section()
    people = [make_staff(section), make_staff(section)]
    for _ in range(2):
        for _ in range(data.draw(st.integers(1, 8))):
            levels = dict(zip(DIMENSIONS, data.draw(LEVELS), strict=True))
            group = data.draw(st.sampled_from(list(RaterGroup)))
            secret = data.draw(st.binary(min_size=16, max_size=16))
            if db.session.get(TicketStaff, (secret, people[0].id)) is None:
                leave_once(secret, people, rater_group=group, **levels)
        count_due(SYSTEM, on=DAY_AFTER, force=True)
        assert stored_tallies() == tally_of_ratings()


NUMBERS = count()


def leave_once(secret: bytes, people: list[Any], **values: Any) -> None:
    """Leave a ballot of a fresh ticket, whatever hypothesis draws."""
    number = next(NUMBERS)
    leave_ballot(secret[:8] + number.to_bytes(8), *people, **values)


def test_a_default_rating_is_kept_but_set_aside_at_once() -> None:
    staff = make_staff(make_section())
    leave_ballots(20, staff, channel=Channel.DEFAULT, attitude=3)
    count_due(SYSTEM, on=DAY_AFTER)
    assert number_of(Rating) == 20
    assert set(db.session.scalars(select(Exclusion.reason))) == {ExclusionReason.DEFAULT}
    assert stored_tallies() == {}

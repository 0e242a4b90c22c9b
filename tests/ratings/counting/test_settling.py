"""Ratings are written anew once after a period was closed, and lose nothing by it."""

import resource
from datetime import date, timedelta

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.ratings.ballots.models import Exclusion, ExclusionReason, Rating
from evalsys.ratings.counting import wiping
from evalsys.ratings.counting.service import count_due
from evalsys.ratings.counting.settling import settle
from tests.factories import make_period, make_section, make_staff, make_user, save
from tests.ratings.intake import DAY_AFTER, add_ballot, leave_ballots, secrets_of

pytestmark = pytest.mark.usefixtures("app")
NIGHTS = [DAY_AFTER + timedelta(days=nth) for nth in range(1, 5)]


def settled_on(code: str) -> date | None:
    db.session.rollback()
    return db.session.scalars(select(Period.settled_on).where(Period.code == code)).one()


def stored() -> list[tuple[object, ...]]:
    db.session.rollback()
    columns = Rating.__table__.columns
    return [tuple(row) for row in db.session.execute(select(*columns).order_by(Rating.ballot_id))]


def close(code: str = "2026-Q3") -> Period:
    return make_period(code, state=PeriodState.CLOSED)


def test_the_first_night_after_a_closing_writes_ratings_anew_and_no_other() -> None:
    leave_ballots(25)
    assert count_due(SYSTEM, on=NIGHTS[0]).counted.ballots == 25
    before = stored()
    period = make_period("2026-Q3")
    count_due(SYSTEM, on=NIGHTS[1])
    assert settled_on("2026-Q3") is None, "it is open"
    period.state = PeriodState.CLOSED
    save(period)
    count_due(SYSTEM, on=NIGHTS[1], force=True)
    assert settled_on("2026-Q3") is None, "not by day, while another is closed"
    for night in NIGHTS[2:]:
        assert count_due(SYSTEM, on=night).is_wiped
        assert settled_on("2026-Q3") == NIGHTS[2]
    assert stored() == before


def test_what_points_at_ratings_and_what_guards_them_stays() -> None:
    staff = make_staff(make_section())
    for secret in secrets_of(25):
        add_ballot(secret, staff)
    db.session.commit()
    count_due(SYSTEM, on=NIGHTS[0])
    ballot = db.session.scalars(select(Rating.ballot_id)).first()
    key = {"staff_id": staff.id, "ballot_id": ballot}
    by = {"decided_by": make_user().id, "decided_on": NIGHTS[0]}
    save(Exclusion(**key, reason=ExclusionReason.VOID, grounds="作废", **by))
    indexes = inspect(db.engine).get_indexes("rating")
    close()
    assert count_due(SYSTEM, on=NIGHTS[1]).is_wiped
    assert inspect(db.engine).get_indexes("rating") == indexes
    words = ("UPDATE rating SET replaced = 1", "DELETE FROM rating")
    for one in words:
        with pytest.raises(DBAPIError, match="append only"), db.engine.begin() as connection:
            connection.execute(text(one))
    joined = select(Exclusion.grounds).join(Rating, Rating.ballot_id == Exclusion.ballot_id)
    assert db.session.scalars(joined).all() == ["作废"]


def test_a_long_reader_puts_it_off_to_the_next_night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiping, "LONGEST_WAIT", 5)
    leave_ballots(25)
    count_due(SYSTEM, on=NIGHTS[0])
    close()
    with Session(db.engine) as reader:
        reader.execute(select(Rating.ballot_id)).all()
        assert not count_due(SYSTEM, on=NIGHTS[1]).is_wiped
        assert settled_on("2026-Q3") is None
    assert count_due(SYSTEM, on=NIGHTS[2]).is_wiped
    assert settled_on("2026-Q3") == NIGHTS[2]


@pytest.mark.only("sqlite", "the files of PostgreSQL are its own")
def test_a_disk_without_room_puts_it_off_to_the_next_night() -> None:
    leave_ballots(25)
    count_due(SYSTEM, on=NIGHTS[0])
    before = stored()
    close()
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, usual[1]))  # bytes; the copy needs more
    try:
        assert not settle(NIGHTS[1])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert settled_on("2026-Q3") is None
    assert count_due(SYSTEM, on=NIGHTS[2]).is_wiped
    assert (settled_on("2026-Q3"), stored()) == (NIGHTS[2], before)

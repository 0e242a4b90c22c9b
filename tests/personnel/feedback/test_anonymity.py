"""Nothing joins the case of a bad review and the ballot, nor says when the ballot came."""

import re
from datetime import date
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import func, select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.service import take_step
from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db, metadata
from evalsys.core.permissions import SYSTEM, Action
from evalsys.personnel.feedback.envelopes import open_ballot
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.setting_aside import set_decided_aside
from evalsys.ratings.ballots.models import Exclusion, Rating
from evalsys.ratings.ballots.rules import ballot_id, reference, ticket_hash
from evalsys.ratings.counting.service import count_due
from tests.personnel.feedback.reviews import (
    ASIDE,
    CALL_BACK,
    COUNTED,
    LOW,
    NOW,
    PHONE,
    RECTIFY,
    Hall,
    later,
    review_of,
)

CASE_SIDE = (
    *("subject", "case_step", "review", "evidence", "deadline", "deadline_change", "notice"),
    "file_view",
)
# Who was rated in which section: known of a case, and the same for a crowd of ballots.
COARSE = {"section_id", "staff_id"}


@pytest.fixture
def hall(app: object) -> Hall:
    return Hall()


def columns(table: str) -> set[str]:
    return set(metadata.tables[table].columns.keys())


def stored(*tables: str) -> str:
    """Everything that some tables hold, as text; bytes as hex."""
    found = []
    for name in tables:
        for row in db.session.execute(select(metadata.tables[name])):
            found += [v.hex() if isinstance(v, bytes) else str(v) for v in row]
    return "\n".join(found)


@pytest.mark.parametrize("table", ["ticket", "ticket_staff", "intake", "rating", "exclusion"])
def test_a_case_shares_no_column_with_a_ballot_but_what_is_alike_for_a_crowd(table: str) -> None:
    for other in CASE_SIDE:
        own = columns(other) - {"id", "kind", "reason", "grounds", "name"}
        assert own & columns(table) <= COARSE, other
        for column in metadata.tables[other].columns:
            assert not {key.column.table.name for key in column.foreign_keys} & {table}


def test_no_value_of_a_case_names_the_ballot_or_the_ticket_in_clear(hall: Hall) -> None:
    [secret] = hall.count({**LOW, "contact": b"sealed"})
    ballot = ballot_id(secret, hall.member.number)
    text = stored(*CASE_SIDE, "audit_event", "callback_contact")
    for hidden in (ballot.hex(), reference(ballot), ticket_hash(secret).hex(), secret.hex()):
        assert hidden not in text
    assert open_ballot(db.session.scalars(select(Review.sealed_ballot)).one() or b"") == ballot


def test_two_envelopes_of_one_ballot_differ_and_are_equally_long(hall: Hall) -> None:
    hall.count(LOW, LOW, LOW)
    sealed = [one or b"" for one in db.session.scalars(select(Review.sealed_ballot))]
    assert len(set(sealed)) == 3
    assert len({len(one) for one in sealed}) == 1


def test_a_case_holds_no_level_and_no_day_of_the_service(hall: Hall) -> None:
    days = {"served_on": date(2026, 11, 13), "valid_until": date(2026, 11, 20)}
    hall.count({**LOW, "attitude": 1, **days})
    text = stored("subject", "review", "deadline", "notice")
    assert "2026-11-13" not in text
    assert "2026-11-20" not in text, "the last day of the window tells the day of the service"
    assert not columns("review") & {"attitude", "work_style", "efficiency", "competence"}


def test_all_cases_of_a_batch_have_its_day_and_no_time(hall: Hall) -> None:
    hall.count(*[LOW] * 5)
    opened = set(db.session.scalars(select(Subject.opened_at)))
    assert len(opened) == 1
    assert {moment.strftime("%H:%M %Z") for moment in opened} == {"16:00 UTC"}, "midnight here"


def test_the_numbers_of_cases_do_not_follow_the_order_of_ballots(hall: Hall) -> None:
    secrets = hall.count(*[LOW] * 40)
    rows = db.session.scalars(select(Review).order_by(Review.case_id)).all()
    places = {ballot_id(s, hall.member.number): nth for nth, s in enumerate(secrets)}
    order = [places[open_ballot(row.sealed_ballot or b"")] for row in rows]
    keys = sorted(places)
    by_key = [keys.index(open_ballot(row.sealed_ballot or b"")) for row in rows]
    assert abs(correlation(order)) < 0.6
    assert abs(correlation(by_key)) < 0.6, "nor that in which the ratings are stored"


def correlation(order: list[int]) -> float:
    middle = (len(order) - 1) / 2
    products = sum((nth - middle) * (place - middle) for nth, place in enumerate(order))
    return products / sum((nth - middle) ** 2 for nth in range(len(order)))


def test_the_envelope_is_dropped_when_the_case_closes(hall: Hall) -> None:
    case = hall.classified(PHONE)
    take_step(hall.chief, case.id, "rectify", RECTIFY, now=NOW)
    assert review_of(case).sealed_ballot is not None
    take_step(hall.hr, case.id, "call_back", CALL_BACK, now=later(7))
    assert review_of(case).sealed_ballot is None


def test_what_was_ticked_is_kept_until_the_case_closes_and_beside_no_levels(hall: Hall) -> None:
    case = hall.classified(PHONE)
    assert review_of(case).reasons == LOW["reasons"]
    take_step(hall.chief, case.id, "rectify", RECTIFY, now=NOW)
    take_step(hall.hr, case.id, "call_back", CALL_BACK, now=later(7))
    assert review_of(case).reasons == 0
    holders = {name for name, table in metadata.tables.items() if "reasons" in table.columns}
    assert holders == {"review"}


def set_aside_one(hall: Hall) -> tuple[Subject, bytes]:
    [secret] = hall.count(LOW)
    case = db.session.scalars(select(Subject)).one()
    take_step(hall.chief, case.id, "classify_aside", ASIDE, now=NOW)
    take_step(hall.hr, case.id, "set_aside", {"reasons": "属实"}, now=NOW)
    return case, ballot_id(secret, hall.member.number)


def test_a_decision_takes_the_right_rating_out_before_the_next_counting(hall: Hall) -> None:
    case, ballot = set_aside_one(hall)
    assert db.session.scalars(select(Exclusion)).all() == []
    count_due(SYSTEM, on=date(2026, 11, 25))
    [exclusion] = db.session.scalars(select(Exclusion)).all()
    assert (exclusion.ballot_id, exclusion.reason) == (ballot, "not_person")
    assert review_of(case).sealed_ballot is None
    assert db.session.scalar(select(func.count()).select_from(Rating)) == 21, "it stays"


def test_a_case_that_closed_meanwhile_is_still_set_aside(hall: Hall) -> None:
    case, ballot = set_aside_one(hall)
    take_step(hall.chief, case.id, "rectify", RECTIFY, now=NOW)
    take_step(hall.chief, case.id, "close", {}, now=NOW)
    set_decided_aside(COUNTED)
    assert db.session.scalars(select(Exclusion.ballot_id)).all() == [ballot]
    assert review_of(case).sealed_ballot is None


def test_setting_aside_goes_on_after_a_break(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    case, ballot = set_aside_one(hall)

    def crash(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("evalsys.personnel.feedback.setting_aside.update", crash)
        with pytest.raises(ZeroDivisionError):
            set_decided_aside(COUNTED)
    assert review_of(case).sealed_ballot is not None
    set_decided_aside(COUNTED)
    assert db.session.scalars(select(Exclusion.ballot_id)).all() == [ballot]
    assert review_of(case).sealed_ballot is None


def test_an_envelope_of_another_key_waits_and_holds_up_no_counting(hall: Hall) -> None:
    case, ballot = set_aside_one(hall)
    key, current_app.config["SECRET_KEY"] = current_app.config["SECRET_KEY"], "another key"
    count_due(SYSTEM, on=date(2026, 11, 25))
    assert review_of(case).sealed_ballot is not None
    current_app.config["SECRET_KEY"] = key
    count_due(SYSTEM, on=date(2026, 11, 26))
    assert db.session.scalars(select(Exclusion.ballot_id)).all() == [ballot]


def test_no_line_of_the_audit_log_joins_the_decision_and_the_rating(hall: Hall) -> None:
    case, ballot = set_aside_one(hall)
    set_decided_aside(COUNTED)
    lines = db.session.scalars(select(AuditEvent)).all()
    [line] = [one for one in lines if one.action is Action.RATING_SET_ASIDE]
    assert line.user_id is None
    assert line.subject_id == ballot.hex()
    assert case.number not in str(line.details)
    named = [one for one in lines if re.search(ballot.hex(), f"{one.subject_id} {one.details}")]
    assert named == [line]
    [exclusion] = db.session.scalars(select(Exclusion)).all()
    assert not re.search(r"\d", exclusion.grounds), "no number of a case"


def test_the_exclusions_of_a_night_are_as_many_as_were_decided(hall: Hall) -> None:
    hall.count(*[LOW] * 3)
    cases = db.session.scalars(select(Subject.id)).all()
    for case_id in cases[:2]:
        take_step(hall.chief, case_id, "classify_aside", ASIDE, now=NOW)
        take_step(hall.hr, case_id, "set_aside", {"reasons": "属实"}, now=NOW)
    set_decided_aside(COUNTED)
    decided = select(func.count()).select_from(Review).where(Review.aside.is_not(None))
    made = select(func.count()).select_from(Exclusion)
    assert db.session.scalar(decided) == db.session.scalar(made) == 2

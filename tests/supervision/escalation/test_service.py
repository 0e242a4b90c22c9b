"""Escalation: each level once, in its order and not before its day, whatever happens between."""

from collections import Counter
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from evalsys.cases.deadlines.service import agree_change, ask_change, recount_provisional
from evalsys.cases.engine.models import ChangeKind, Deadline, Notice, Subject
from evalsys.cases.engine.queries import list_steps
from evalsys.cases.notices.service import announce_all, remind
from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.foundation.jobs.handlers import Progress
from evalsys.supervision.escalation import jobs, service
from evalsys.supervision.escalation.models import Escalation
from evalsys.supervision.escalation.rules import Level
from evalsys.supervision.escalation.service import escalate
from evalsys.supervision.matters.rules import HANDLING, MatterSource
from evalsys.supervision.referrals.service import draft_by_hand
from tests.supervision.office import Supervision, at

# Assigned on Tuesday 3 March 2026: five working days end on Tuesday the 10th.
ASSIGNED, NEAR, DUE = date(2026, 3, 3), date(2026, 3, 9), date(2026, 3, 10)
LATE, REFERRED = date(2026, 3, 11), date(2026, 3, 13)
WHOLE = {NEAR: "near", DUE: "urge", LATE: "supervise", REFERRED: "refer"}


class Levels:
    """A matter on its way, and what the levels did with it."""

    def __init__(self, office: Supervision) -> None:
        self.office = office
        self.case = office.assigned(now=at(ASSIGNED))
        self.id = self.case.id

    def term(self) -> Deadline:
        query = select(Deadline).where(Deadline.rule.in_(HANDLING), Deadline.subject_id == self.id)
        return db.session.scalars(query).one()

    def steps(self) -> list[str]:
        names = [row.name for row in list_steps(db.session.get_one(Subject, self.id))]
        return [name for name in names if name in WHOLE.values()]

    def change(self, kind: ChangeKind, day: date) -> None:
        asked = ask_change(self.office.chief, self.term(), kind, "等待答复", now=at(day))
        agree_change(self.office.office, asked, now=at(day))


@pytest.fixture
def levels(app: Flask) -> Levels:
    return Levels(Supervision())


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def sweep(first: date, last: date) -> dict[date, list[Level]]:
    """Let two runs come each day; return what they did on which."""
    done: dict[date, list[Level]] = {}
    for day in days(first, last):
        for hour in (9, 10):
            for level, count in escalate(now=at(day, hour)).items():
                done.setdefault(day, []).extend([level] * count)
    return {day: found for day, found in done.items() if found}


def test_each_level_comes_on_its_day_once(levels: Levels) -> None:
    assert sweep(ASSIGNED, date(2026, 4, 10)) == {
        NEAR: [Level.NEAR],
        DUE: [Level.URGED],
        LATE: [Level.SUPERVISED],
        REFERRED: [Level.REFERRED],
    }
    assert levels.steps() == ["near", "urge", "supervise"]
    [referral] = db.session.scalars(select(Subject).where(Subject.kind == "referral"))
    assert (referral.origin_id, referral.state) == (levels.id, "drafted")
    lines = select(AuditEvent.details).where(AuditEvent.user_id.is_(None))
    moves = [details.get("move") for details in db.session.scalars(lines)]
    assert [move for move in moves if move] == ["near", "urge", "supervise"]


def test_those_concerned_are_told_by_the_levels_and_not_by_reminders(levels: Levels) -> None:
    sweep(ASSIGNED, LATE)
    told = {(row.user_id, row.topic) for row in db.session.scalars(select(Notice))}
    of = levels.office
    assert {(user, topic.partition(":")[2]) for user, topic in told if "done:" in topic} == {
        *((who.user_id, "near") for who in (of.handler, of.chief)),
        *((who.user_id, "urge") for who in (of.handler, of.chief, of.leader)),
        *((who.user_id, "supervise") for who in (of.office, of.handler, of.chief, of.leader)),
    }
    own = select(Notice.topic).where(Notice.user_id == of.handler.user_id)
    each = Counter(db.session.scalars(own))
    assert [each[f"done:{name}"] for name in ("near", "urge", "supervise")] == [1, 1, 1]
    with_term = [row for row in db.session.scalars(select(Deadline)) if row.rule in HANDLING]
    assert remind(now=at(LATE)) > 0, "that nobody signed"
    keys = db.session.scalars(select(Notice.key)).all()
    assert not [key for key in keys if key.startswith(f"deadline:{with_term[0].id}:")]


@pytest.mark.parametrize("day", [date(2026, 3, 14), date(2026, 3, 15)])
def test_nothing_is_told_outside_office_hours(levels: Levels, day: date) -> None:
    for moment in (at(day), at(DUE, 8), at(DUE, 18), at(DUE, 23)):
        assert escalate(now=moment) == {}


def test_a_job_says_what_it_did(levels: Levels) -> None:
    done = jobs.run(Progress(None), {}, SYSTEM, at(DUE))
    assert done["params"] == {"near": 1, "urged": 1, "supervised": 0, "referred": 0}


def test_what_was_missed_is_made_up_in_order_with_the_time_of_each(levels: Levels) -> None:
    later = date(2027, 4, 20)  # 400 days later, a Tuesday.
    assert sweep(later, later + timedelta(14)) == {
        later: [Level.NEAR, Level.URGED],
        later + timedelta(1): [Level.SUPERVISED],
        later + timedelta(3): [Level.REFERRED],
    }
    assert "done:near" not in db.session.scalars(select(Notice.topic)).all(), "it is late already"


def test_a_clock_that_goes_back_does_nothing_again(levels: Levels) -> None:
    assert escalate(now=at(DUE))[Level.URGED] == 1
    for moment in (at(DUE) - timedelta(minutes=10), at(NEAR), at(DUE)):
        assert set(escalate(now=moment).values()) == {0}
    assert sweep(LATE, REFERRED) == {LATE: [Level.SUPERVISED], REFERRED: [Level.REFERRED]}


def test_a_stopped_clock_does_not_escalate_and_then_has_its_time(levels: Levels) -> None:
    sweep(ASSIGNED, DUE)
    levels.change(ChangeKind.PAUSE, DUE)
    assert sweep(LATE, date(2026, 3, 20)) == {}
    levels.change(ChangeKind.RESUME, date(2026, 3, 23))
    assert sweep(date(2026, 3, 23), date(2026, 4, 10)) == {
        date(2026, 3, 24): [Level.SUPERVISED],
        date(2026, 3, 26): [Level.REFERRED],
    }


def test_a_pause_before_the_last_day_moves_what_follows_and_repeats_nothing(levels: Levels) -> None:
    assert sweep(ASSIGNED, NEAR) == {NEAR: [Level.NEAR]}
    levels.change(ChangeKind.PAUSE, NEAR)
    levels.change(ChangeKind.RESUME, date(2026, 3, 16))
    assert levels.term().due_on == date(2026, 3, 17)
    assert sweep(date(2026, 3, 16), date(2026, 3, 18)) == {
        date(2026, 3, 17): [Level.URGED],
        date(2026, 3, 18): [Level.SUPERVISED],
    }


def test_an_extension_begins_a_new_round(levels: Levels) -> None:
    sweep(ASSIGNED, DUE)
    levels.change(ChangeKind.EXTEND, DUE)
    assert levels.term().due_on == date(2026, 3, 17)
    assert sweep(DUE, date(2026, 4, 10)) == {
        date(2026, 3, 13): [Level.NEAR],
        date(2026, 3, 17): [Level.URGED],
        date(2026, 3, 18): [Level.SUPERVISED],
        date(2026, 3, 20): [Level.REFERRED],
    }
    rounds = Counter(db.session.scalars(select(Escalation.round)))
    assert rounds == {0: 2, 1: 4}


def test_a_calendar_that_comes_between_repeats_nothing(levels: Levels) -> None:
    end = levels.office.assigned(now=at(date(2026, 12, 28)), reference="RX-300")
    query = select(Deadline).where(Deadline.rule.in_(HANDLING), Deadline.subject_id == end.id)
    term = db.session.scalars(query).one()
    assert (term.due_on, term.is_provisional) == (date(2027, 1, 5), True)
    assert sweep(date(2026, 12, 28), date(2027, 1, 4))[date(2027, 1, 4)] == [Level.NEAR]
    known = working_days()
    calendar = WorkingDays({**known.exceptions, date(2027, 1, 5): False}, known.years | {2027})
    with unit_of_work(SYSTEM) as unit:
        assert recount_provisional(unit, calendar) == 1
    assert sweep(date(2027, 1, 5), date(2027, 1, 6)) == {date(2027, 1, 6): [Level.URGED]}


def test_what_was_answered_is_left_alone(levels: Levels) -> None:
    levels.office.take(levels.office.handler, levels.case, "sign", now=at(NEAR))
    entry = {"result": "已补齐。", "reply": "已办结。"}
    levels.office.take(levels.office.handler, levels.case, "feed_back", now=at(NEAR), **entry)
    assert sweep(NEAR, date(2026, 4, 10)) == {}


def test_an_interrupted_run_misses_nothing(levels: Levels, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        levels.office.assigned(now=at(ASSIGNED), reference=f"RX-{number}")
    monkeypatch.setattr(service, "batched", lambda ids, _size: [[one] for one in ids])
    left = iter(range(3))

    def killed(*args: object, **kwargs: object) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        announce_all(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(service, "announce_all", killed)
    with pytest.raises(KeyboardInterrupt):
        escalate(now=at(NEAR))
    monkeypatch.setattr(service, "announce_all", announce_all)
    kept = len(db.session.scalars(select(Escalation)).all())
    assert kept == 1, "each told two duties: the second was not told whole"
    assert escalate(now=at(NEAR))[Level.NEAR] == 4
    assert Counter(db.session.scalars(select(Notice.topic)))["done:near"] == 10


@pytest.mark.parametrize("source", MatterSource)
def test_every_source_escalates(levels: Levels, source: MatterSource) -> None:
    case = levels.office.assigned(now=at(ASSIGNED), source=source, reference=f"N-{source}")
    term = db.session.scalars(
        select(Deadline).where(Deadline.rule.in_(HANDLING), Deadline.subject_id == case.id)
    ).one()
    assert escalate(now=at(term.due_on))[Level.URGED] >= 1


def test_a_referral_drafted_by_hand_before_stays_the_only_one(levels: Levels) -> None:
    sweep(ASSIGNED, LATE)
    draft_by_hand(levels.office.office, db.session.get_one(Subject, levels.id), now=at(LATE))
    assert sweep(date(2026, 3, 12), date(2026, 4, 10)) == {REFERRED: [Level.REFERRED]}
    referrals = select(Subject.opened_by).where(Subject.kind == "referral")
    assert db.session.scalars(referrals).all() == [levels.office.office.user_id]

"""Queries of F14: tickets by day and hand, pressure, the result before. No levels are read."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.foundation.accounts.second_person import hands_of
from evalsys.organisation.periods.models import Period
from evalsys.organisation.periods.rules import PeriodSpan, previous
from evalsys.ratings.ballots.models import Tally
from evalsys.ratings.counting.tally_models import PressureTally
from evalsys.ratings.services.models import ServicesHandled
from evalsys.ratings.tickets.models import IssuingTally
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.publication import parties, printed
from evalsys.scores.queries import is_newest, whole
from evalsys.scores.rules.anomalies import BEFORE
from evalsys.scores.rules.rates import Rate
from evalsys.scores.seats import SeatKey


class DayFacts(NamedTuple):
    """Tickets and services of the people, by day; and by hand, over the period."""

    tickets: dict[SeatKey, dict[date, int]]
    services: dict[int, dict[date, int]]
    one_hand: dict[SeatKey, Rate]


def read_days(span: PeriodSpan) -> DayFacts:
    """Return the days of a period and of the eight weeks before."""
    tally, handled = IssuingTally, ServicesHandled
    within = (span.starts_on - BEFORE, span.ends_on)
    tickets: dict[SeatKey, dict[date, int]] = defaultdict(dict)
    by_account: dict[SeatKey, Counter[int]] = defaultdict(Counter)
    issued = select(
        tally.section_id, tally.staff_id, tally.served_on, tally.issuer_id, tally.tickets
    ).where(tally.served_on.between(*within), tally.tickets > 0)
    for section_id, staff_id, day, issuer, number in db.session.execute(issued):
        days = tickets[section_id, staff_id]
        days[day] = days.get(day, 0) + number
        if day >= span.starts_on:
            by_account[section_id, staff_id][issuer] += number
    services: dict[int, dict[date, int]] = defaultdict(dict)
    served = select(handled.staff_id, handled.served_on, handled.services)
    for staff_id, day, number in db.session.execute(
        served.where(handled.served_on.between(*within))
    ):
        services[staff_id][day] = number
    hands = hands_of({issuer for counts in by_account.values() for issuer in counts})
    one_hand = {}
    for seat, counts in by_account.items():
        by_hand = Counter[object]()
        for issuer, number in counts.items():
            for hand in hands[issuer]:
                by_hand[hand] += number
        one_hand[seat] = Rate(max(by_hand.values()), sum(counts.values()))
    return DayFacts(dict(tickets), dict(services), one_hand)


def read_pressure(codes: Sequence[str]) -> dict[int, Rate]:
    """Return section id -> reports of pressure among its ballots."""
    ballots = dict[int, int]()
    for section_id, number in db.session.execute(
        select(Tally.section_id, whole(func.sum(Tally.ballots)))
        .where(Tally.base_period.in_(codes))
        .group_by(Tally.section_id)
    ):
        ballots[section_id] = number
    rows = db.session.execute(
        select(PressureTally.section_id, whole(func.sum(PressureTally.reports)))
        .where(PressureTally.base_period.in_(codes))
        .group_by(PressureTally.section_id)
    )
    reports = dict[int, int]((row[0], row[1]) for row in rows)
    return {key: Rate(min(reports.get(key, 0), n), n) for key, n in ballots.items()}


def result_before(span: PeriodSpan) -> dict[int, SectionScore]:
    """Return section id -> its printed row in the newest result of the period before."""
    rows = db.session.scalars(
        select(SectionScore)
        .join(Result, Result.id == SectionScore.result_id)
        .join(Period, Period.id == Result.period_id)
        .where(Period.code == previous(span).code, is_newest())
        .options(*parties(SectionScore))
    )
    return {row.section_id: printed(row) for row in rows}

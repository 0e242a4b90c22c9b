"""Loading the demo city: organisation, accounts, four closed quarters and an open one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import exists, select

from evalsys.cases.scenes.cast import Quarter
from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.demo.accounts import DemoAccount, create_accounts
from evalsys.demo.ballots import DemoBallot, quarter_ballots
from evalsys.demo.cases.service import (
    play_after_closing,
    play_before_closing,
    play_scenes,
    show_every_state,
)
from evalsys.demo.cases.stories import Days, play_stories
from evalsys.demo.city import WINDOW_CLERK, City, build_city
from evalsys.demo.desk import count_issuing, work_at_the_desk
from evalsys.demo.handled import enter_quarter
from evalsys.demo.organisation import DemoKeys, store_city
from evalsys.demo.storage import store_counted, store_tickets, store_waiting
from evalsys.demo.stories import levels_of
from evalsys.foundation.accounts.models import User
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.periods.rules import PeriodSpan, period_of, previous
from evalsys.organisation.periods.service import open_period
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.ratings.ballots.models import Channel
from evalsys.ratings.tickets.checks import ServiceEvent
from evalsys.ratings.tickets.limits import VALID
from evalsys.ratings.tickets.service import issue_tickets
from evalsys.results.closing.service import close_period, publish

QUARTERS = 4
OPEN_TIME = -1  # Quarters count back from the last closed one, 0.
WINDOWS_OVER = timedelta(days=21)  # From the end of a quarter until all windows are over.
# The last two quarters were closed recently, so that there are fresh cases.
CLOSED_AGO = {0: timedelta(days=10), 1: timedelta(days=35)}
UNTIL_PUBLISHED = timedelta(days=7)
LIVE_TICKETS = 3  # The last one names two people who served.
ONE_DAY = timedelta(days=1)

Report = Callable[[str], None]


@dataclass(frozen=True)
class DemoCity:
    """The logins and unused ticket codes of the loaded city."""

    accounts: Sequence[DemoAccount]
    codes: Sequence[str]


def is_empty() -> bool:
    """Return whether the database has no accounts."""
    return not db.session.scalar(select(exists().select_from(User)))


def is_demo() -> bool:
    """Return whether the database holds the demo city."""
    loaded = exists().where(AuditEvent.action == Action.DEMO_LOAD)
    return bool(db.session.scalar(select(loaded)))


def load_demo(*, seed: int, now: datetime, on: date, report: Report) -> DemoCity:
    """Load the city of a seed as of a day; `report` is called for each stage.

    Raises DomainError if the database is not empty.
    """
    if not is_empty():
        raise DomainError(
            N_("The database is not empty: the demo city is only loaded into an empty one.")
        )
    last = previous(period_of(on, "quarter"))
    if on < last.ends_on + WINDOWS_OVER:
        last = previous(last)
    city = build_city(seed, (last.starts_on, last.ends_on))
    report(f"{len(city.organs)} organs, {len(city.sections)} sections, {len(city.people)} people")
    with unit_of_work(SYSTEM) as unit:
        keys = store_city(city, on=on)
        accounts = create_accounts(city, keys, now=now)
        unit.record(Action.DEMO_LOAD, "city", seed=seed)
    # The city must be reproducible.
    loader = _Loader(city, keys, Random(seed), now, on, report)  # noqa: S311
    spans = _quarters(last)
    days, extended = _days(spans, on), 0
    for ago, span in zip(reversed(range(QUARTERS)), spans, strict=True):
        loader.fill_quarter(span, ago)
        extended += loader.close_quarter(span, ago, days)
    codes = loader.fill_open(last.ends_on + ONE_DAY)
    with unit_of_work(SYSTEM) as unit:
        made = show_every_state(keys.hr, keys.leader, previous(last).code, now=now)
        unit.record(Action.DEMO_LOAD, "cases", made=made)
    played = play_scenes(keys.hr, keys.leader, previous(last).code, now=now)
    report(f"{extended} cases of the closings taken further, {made} and {played} beside them")
    return DemoCity(accounts, codes)


def _quarters(last: PeriodSpan) -> list[PeriodSpan]:
    spans = [last]
    while len(spans) < QUARTERS:
        spans.append(previous(spans[-1]))
    return spans[::-1]


def _days(spans: Sequence[PeriodSpan], on: date) -> dict[int, Days]:
    """Return when each quarter was closed and published, by how many quarters it is ago."""
    by_quarter = {}
    for ago, span in zip(reversed(range(QUARTERS)), spans, strict=True):
        closed = span.ends_on + WINDOWS_OVER
        closed = max(closed, on - CLOSED_AGO[ago]) if ago in CLOSED_AGO else closed
        by_quarter[ago] = Days(closed, closed + UNTIL_PUBLISHED)
    return by_quarter


@dataclass(frozen=True)
class _Loader:
    """The state shared by the stages of loading."""

    city: City
    keys: DemoKeys
    random: Random
    now: datetime
    on: date
    report: Report

    def fill_quarter(self, span: PeriodSpan, ago: int) -> None:
        """Open a past quarter and store its tickets and counted ballots."""
        levels = levels_of(ago)
        drawn = quarter_ballots(self.city, span.starts_on, span.ends_on, self.random, levels=levels)
        ballots = list(drawn)
        with unit_of_work(SYSTEM) as unit:
            open_period(unit, span.code, now=self.now)
            store_counted(unit, ballots, self.keys, self.random, on=span.ends_on)
            tickets = store_tickets(ballots, self.keys, self.random)
            enter_quarter([ballot for _, ballot, _ in tickets], self.keys, span, ago)
            unit.record(Action.DEMO_LOAD, span.code, ratings=len(ballots))
        self.report(f"{span.code}: {len(ballots)} ratings")

    def close_quarter(self, span: PeriodSpan, ago: int, days: Mapping[int, Days]) -> int:
        """Close a quarter and play the stories that end in it; return how many.

        All but the latest are published, so that both states can be seen.
        """
        closed, published = days[ago].closed, days[ago].published
        quarter = Quarter(self.keys.hr, span, ago, working_days(), self.now)
        play_before_closing(quarter)
        close_period(self.keys.hr, span.code, now=self._moment(closed), on=closed)
        play_after_closing(quarter, self._moment(closed))
        if ago:
            publish(self.keys.leader, span.code, now=self._moment(published))
        with unit_of_work(SYSTEM) as unit:
            moved = play_stories(self.keys.hr, self.keys.leader, span.code, ago, days, now=self.now)
            unit.record(Action.DEMO_LOAD, span.code, cases=moved)
        return moved

    def _moment(self, day: date) -> datetime:
        return self.now.replace(year=day.year, month=day.month, day=day.day)

    def fill_open(self, start: date) -> list[str]:
        """Fill the time since `start`; return the codes of unused tickets."""
        calendar, window = working_days(), rules_in_force()[VALID]
        levels = levels_of(OPEN_TIME)
        counted: list[DemoBallot] = []
        waiting: list[DemoBallot] = []
        for ballot in quarter_ballots(self.city, start, self.on, self.random, levels=levels):
            is_over = calendar.add(ballot.served_on, window) < self.on
            (counted if is_over else waiting).append(ballot)
        clerks = [p.number for p in self.city.people.values() if p.post == WINDOW_CLERK][:2]
        served = [tuple(clerks[:1])] * (LIVE_TICKETS - 1) + [tuple(clerks)]
        events = [
            ServiceEvent(self.on, who, "证照补领", Channel.COUNTER, event_no=f"DEMO-{number:08}")
            for number, who in enumerate(served, start=1)
        ]
        with unit_of_work(SYSTEM) as unit:
            day = start
            while day <= self.on:
                open_period(unit, period_of(day, "quarter").code, now=self.now)
                day = period_of(day, "quarter").ends_on + ONE_DAY
            store_counted(unit, counted, self.keys, self.random, on=self.on)
            tickets = store_tickets(counted, self.keys, self.random)
            tickets += store_waiting(waiting, self.keys, self.random)
            behind = [ballot for _, ballot, _ in tickets]
            count_issuing(behind, self.keys, self.random)
            issued = issue_tickets(unit, events, on=self.on)
        work_at_the_desk(self.city, self.keys, behind, self.random, now=self.now)
        self.report(f"{len(counted)} ratings counted since, {len(waiting)} waiting")
        return [ticket.code for ticket in issued]

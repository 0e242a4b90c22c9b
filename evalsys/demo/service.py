"""Load the demo city: organisation, accounts, four closed quarters and an open one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import exists, select

from evalsys.accounts.models import User
from evalsys.calendars.queries import working_days
from evalsys.closing.service import close_period, publish
from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.demo.accounts import DemoAccount, create_accounts
from evalsys.demo.ballots import DemoBallot, quarter_ballots
from evalsys.demo.cases import show_every_state
from evalsys.demo.city import WINDOW_CLERK, City, build_city
from evalsys.demo.organisation import DemoKeys, store_city
from evalsys.demo.storage import store_counted, store_tickets, store_waiting
from evalsys.periods.rules import Span, period_of, previous
from evalsys.periods.service import open_period
from evalsys.policies.queries import rules_in_force
from evalsys.ratings.issuing import issue_tickets
from evalsys.ratings.issuing_checks import ServiceEvent
from evalsys.ratings.models import Channel

QUARTERS = 4
WINDOWS_OVER = timedelta(days=21)  # After the end of a quarter; long enough for any holiday.
LIVE_TICKETS = 3  # The last one names two people who served.
ONE_DAY = timedelta(days=1)

Report = Callable[[str], None]


class NotEmpty(DomainError):
    """The demo city is never mixed with real data."""

    message = N_("The database is not empty: the demo city is only loaded into an empty one.")


@dataclass(frozen=True)
class DemoCity:
    """What the loader tells: how to sign in, and codes that can be rated with at once."""

    accounts: Sequence[DemoAccount]
    codes: Sequence[str]


def is_empty() -> bool:
    """Say whether nobody has used the database yet."""
    return not db.session.scalar(select(exists().select_from(User)))


def is_demo() -> bool:
    """Say whether the database holds the demo city."""
    loaded = exists().where(AuditEvent.action == Action.DEMO_LOAD)
    return bool(db.session.scalar(select(loaded)))


def load_demo(*, seed: int, now: datetime, on: date, report: Report) -> DemoCity:
    """Load the city of a seed as seen on a day; `report` is told of each stage. Raises NotEmpty."""
    if not is_empty():
        raise NotEmpty
    last = previous(period_of(on, "quarter"))
    if on < last.ends_on + WINDOWS_OVER:
        last = previous(last)
    city = build_city(seed, (last.starts_on, last.ends_on))
    report(f"{len(city.organs)} organs, {len(city.sections)} sections, {len(city.people)} people")
    with unit_of_work(SYSTEM) as unit:
        keys = store_city(city, on=on)
        accounts = create_accounts(city, keys, now=now)
        unit.record(Action.DEMO_LOAD, "city", seed=seed)
    # A made-up city must be the same each time.
    loader = _Loader(city, keys, Random(seed), now, on, report)  # noqa: S311
    for span in _quarters(last):
        loader.fill_quarter(span)
        loader.close_quarter(span, is_latest=span == last)
    codes = loader.fill_open(last.ends_on + ONE_DAY)
    with unit_of_work(SYSTEM) as unit:
        made = show_every_state(keys.hr, keys.leader, previous(last).code, now=now)
        unit.record(Action.DEMO_LOAD, "cases", made=made)
    report(f"{made} cases beside those that the closings proposed")
    return DemoCity(accounts, codes)


def _quarters(last: Span) -> list[Span]:
    spans = [last]
    while len(spans) < QUARTERS:
        spans.append(previous(spans[-1]))
    return spans[::-1]


@dataclass(frozen=True)
class _Loader:
    """What every stage of the loading needs."""

    city: City
    keys: DemoKeys
    random: Random
    now: datetime
    on: date
    report: Report

    def fill_quarter(self, span: Span) -> None:
        """Open a past quarter and store its tickets and counted ballots."""
        ballots = list(quarter_ballots(self.city, span.starts_on, span.ends_on, self.random))
        with unit_of_work(SYSTEM) as unit:
            open_period(unit, span.code, now=self.now)
            store_counted(unit, ballots, self.keys, self.random, on=span.ends_on)
            store_tickets(ballots, self.keys, self.random)
            unit.record(Action.DEMO_LOAD, span.code, ratings=len(ballots))
        self.report(f"{span.code}: {len(ballots)} ratings")

    def close_quarter(self, span: Span, *, is_latest: bool) -> None:
        """Close a quarter; all but the latest are published, so that both states can be seen."""
        close_period(self.keys.hr, span.code, now=self.now, on=self.on)
        if not is_latest:
            publish(self.keys.leader, span.code, now=self.now)

    def fill_open(self, start: date) -> list[str]:
        """Fill the time since `start` and return codes of tickets that nobody has used."""
        calendar, window = working_days(), rules_in_force().window_wd
        counted: list[DemoBallot] = []
        waiting: list[DemoBallot] = []
        for ballot in quarter_ballots(self.city, start, self.on, self.random):
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
            store_tickets(counted, self.keys, self.random)
            store_waiting(waiting, self.keys, self.random)
            issued = issue_tickets(unit, events, on=self.on)
        self.report(f"{len(counted)} ratings counted since, {len(waiting)} waiting")
        return [ticket.code for ticket in issued]

"""The city of the browser tests: the demo city, and a row for each page that would be empty."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from evalsys.cases.deadlines.queries import open_deadlines
from evalsys.cases.deadlines.service import ask_change, extended
from evalsys.cases.engine.models import ChangeKind
from evalsys.cases.engine.queries import select_cases
from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor, Role
from evalsys.demo.accounts import DemoAccount
from evalsys.demo.cli import SEED
from evalsys.demo.service import DemoCity, load_demo
from evalsys.exports.approval.rules import ExportState
from evalsys.exports.approval.service import ask
from evalsys.exports.service import count_persons, request_export
from evalsys.foundation.accounts.administration import disable_account, open_account
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Posting, Section, Staff
from evalsys.organisation.org.queries import staff_by_number
from evalsys.organisation.periods.models import Period, PeriodKind
from evalsys.organisation.policies.models import Policy
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.organisation.policies.service import draft_policy
from evalsys.ratings.ballots.forms import read_ballot
from evalsys.ratings.ballots.queries import get_ticket
from evalsys.ratings.ballots.rules import Hand
from evalsys.ratings.ballots.service import submit_rating
from evalsys.ratings.tickets.limits import COLLEAGUES
from evalsys.ratings.tickets.queries import find_at_window
from evalsys.ratings.tickets.rules.codes import read_code
from evalsys.ratings.tickets.rules.screens import write_display
from evalsys.ratings.tickets.service import issue_tickets, put_on_screen
from evalsys.results.closing.service import correct
from evalsys.roster.check import Reading, check_roster
from evalsys.roster.service import apply_roster
from tests.factories import make_event, make_large_export, make_policy, with_limits
from tests.remembered import remembered
from tests.roster.rosters import roster
from tests.world import make_job, secret_key

SECTION, TINY_SECTION = "SP01", "SP10"


@dataclass(frozen=True)
class City:
    """What tests must know of the city to find their way."""

    accounts: Mapping[Role, DemoAccount]
    closed: Sequence[str]
    """The closed quarters, the latest first; only that one is not yet public."""
    opened: str
    member: str
    disabled: int
    link: str
    draft: int
    jobs: Mapping[Role, int]
    checked: int
    refused: int
    applied: int
    asked: int
    """A large export of the chief, which everybody who may decide sees."""
    agreed: int
    """One of the personnel office, which it may fetch."""
    display: str
    """The address of the member's screen, on which a code stands."""

    @property
    def half_year(self) -> str:
        """The half-year whose two quarters are closed, as a period that nobody has opened."""
        halves = {f"{code[:4]}-H{1 if code[-1] in '12' else 2}" for code in self.closed}
        return next(
            half
            for half in sorted(halves)
            if {f"{half[:4]}-Q{n}" for n in ((1, 2) if half[-1] == "1" else (3, 4))}
            <= set(self.closed)
        )


@dataclass(frozen=True)
class Site:
    """A running server, and an application on the same database with which tests fill it."""

    url: str
    app: Flask
    city: City


@remembered
def load_today() -> DemoCity:
    """Fill an empty database with the demo city of today."""
    return load_demo(seed=SEED, now=pages.now(), on=pages.today(), report=lambda line: None)


def fill(demo: DemoCity) -> City:
    """Add to a demo city as of today what its pages would lack."""
    now = pages.now()
    accounts = {account.role: account for account in reversed(demo.accounts)}
    users = {role: user_of(account.name) for role, account in accounts.items()}
    hr = users[Role.HR].actor
    quarters = list(
        db.session.scalars(
            select(Period.code)
            .where(Period.kind == PeriodKind.QUARTER)
            .order_by(Period.starts_on.desc())
        )
    )
    correct(hr, quarters[1], "补正", now=now)
    disabled, link = _add_accounts(users)
    _let_windows_help()
    with unit_of_work(hr) as unit:
        draft = draft_policy(unit, PolicyRules(min_n_display=12), reason="试行", now=now)
    people = [("990001", "新来的人", SECTION), ("990002", "另一位", SECTION)]
    _ask_for_time(users)
    return City(
        accounts,
        quarters[1:],
        quarters[0],
        served(1)[0],
        disabled,
        link,
        draft.version,
        {role: make_job(user.actor).id for role, user in users.items()},
        _check(hr, people[:1]),
        _check(hr, [("990001", "", "没有的科")]),
        apply_roster(hr, _check(hr, people[1:]), now=now).id,
        *_ask(users, quarters[1]),
        _screen(served(1)[0]),
    )


def _ask_for_time(users: Mapping[Role, User]) -> None:
    """Ask for an extension in a case that the leader sees, so that there is one to agree to."""
    leader = users[Role.LEADER].actor
    cases = select_cases(leader, on=pages.today(), which="live")
    ids = [case.id for case in db.session.scalars(cases)]
    running = (row for rows in open_deadlines(ids, pages.today()).values() for row in rows)
    due = next(row for row in running if row.paused_on is None and extended(row) is not None)
    ask_change(users[Role.HR].actor, due, ChangeKind.EXTEND, "材料较多", now=pages.now())


def user_of(name: str) -> User:
    """Return an account by its name."""
    return db.session.scalars(select(User).where(User.name == name)).one()


def _add_accounts(users: Mapping[Role, User]) -> tuple[int, str]:
    """Add a disabled account and a new one; return the id of one, the link of the other."""
    now, maker = pages.now(), users[Role.SYSADMIN].actor
    left, _link = open_account("left", display_name="离岗人员", actor=maker, now=now)
    _new, token = open_account("new", display_name="新来的人", actor=maker, now=now)
    disable_account(left, reason="离岗", actor=users[Role.SECADMIN].actor, now=now)
    return left.id, token


def _ask(users: Mapping[Role, User], code: str) -> tuple[int, int]:
    """Ask for a workbook as the chief, and for one of many people that the leader agreed to."""
    chief, hr = users[Role.CHIEF], users[Role.HR]
    request = request_export(chief.actor, "members", code, {}, lang="zh", now=pages.now())
    asked = ask(request, count_persons(request), "处务会材料")
    wanted = request_export(hr.actor, "report", code, {}, lang="zh", now=pages.now())
    agreed = make_large_export(
        wanted.result,
        hr,
        book="report",
        persons=count_persons(wanted),
        state=ExportState.AGREED,
        asked_at=pages.now(),
        decided_at=pages.now(),
        decided_by=users[Role.LEADER].id,
        valid_until=pages.today() + timedelta(days=7),
    )
    return asked.id, agreed.id


def _check(actor: Actor, people: Sequence[tuple[str, str, str]]) -> int:
    file = roster(people)
    how = Reading("名单.xlsx", pages.today(), complete=False)
    return check_roster(actor, file, how, now=pages.now()).id


def _let_windows_help() -> None:
    """Put rules into force that let a window issue tickets for colleagues."""
    rules = with_limits({COLLEAGUES: True}, rules_in_force())
    make_policy(rules, version=select_version() + 1, adopted_at=pages.now())


def select_version() -> int:
    """Return the number of the latest version of the policy."""
    return max(db.session.scalars(select(Policy.version)))


def _screen(number: str) -> str:
    """Put a service on somebody's screen; return its token."""
    on = pages.today()
    person = find_at_window(staff_by_number([number])[number].id, on)
    assert person is not None
    with unit_of_work(SYSTEM) as unit:
        put_on_screen(unit, person, ["A012"], "营业执照变更", on=on)
    return write_display(secret_key(), person.staff_id)


def served(people: int) -> list[str]:
    """Return the numbers of members of a section who serve today, and did a month ago."""
    query = (
        select(Staff.number)
        .join(Posting, Posting.staff_id == Staff.id)
        .join(Section, Section.id == Posting.section_id)
        .where(Section.code == SECTION, Posting.ended_on.is_(None))
        .order_by(Staff.number)
        .limit(people)
    )
    return list(db.session.scalars(query))


def make_ticket(people: int = 1, *, days_ago: int = 0) -> str:
    """Issue a ticket for a service of today or earlier; return its code."""
    day: date = pages.today() - timedelta(days_ago)
    with unit_of_work(SYSTEM) as unit:
        return issue_tickets(unit, [make_event(day, *served(people))], on=day)[0].code


def rate_in_time(code: str) -> str:
    """Rate with an old ticket as somebody did while it was open; return the reference."""
    ticket = get_ticket(read_code(code))
    answers = {"attitude": "5", "work_style": "4", "efficiency": "4", "competence": "0"}
    draft = read_ballot(MultiDict(answers))
    hand = Hand(secrets.token_bytes(16))
    return submit_rating(ticket, ticket.served[0], draft, hand, on=ticket.served_on)

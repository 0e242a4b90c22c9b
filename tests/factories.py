"""One maker per model, with the smallest valid row. Name only what the test is about."""

import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, TypeVar

from evalsys.accounts.models import User
from evalsys.core.audit import unit_of_work
from evalsys.core.database import Model
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.org.models import (
    ChiefTerm,
    Employment,
    LeaderTerm,
    Organ,
    Posting,
    Section,
    SectionKind,
    Staff,
)
from evalsys.periods.models import Period, PeriodKind, PeriodState
from evalsys.periods.rules import parse_period
from evalsys.policies.models import Policy, PolicyState
from evalsys.policies.rules import DIMENSIONS, PolicyRules
from evalsys.ratings.models import Channel, RaterGroup
from evalsys.ratings.tallies import Ballot, store_ratings

T = TypeVar("T", bound=Model)
JULY = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
LONG_AGO = date(2020, 1, 1)

_number = count(1)


def save(row: T) -> T:
    """Commit the row, as an earlier use case would have."""
    db.session.add(row)
    db.session.commit()
    return row


def make_organ(**values: Any) -> Organ:
    return save(Organ(**{"code": f"G{next(_number):03}", "name": "审批局", **values}))


def make_section(organ: Organ | None = None, **values: Any) -> Section:
    number = next(_number)
    defaults = {
        "code": f"S{number:03}",
        "name": f"第{number}科",
        "kind": SectionKind.WINDOW,
        "started_on": LONG_AGO,
    }
    return save(Section(organ=organ or make_organ(), **{**defaults, **values}))


def make_staff(section: Section | None = None, *, since: date = LONG_AGO, **values: Any) -> Staff:
    """A staff member; with a section, posted to it since a day."""
    defaults = {
        "number": f"{next(_number):06}",
        "name": "李娜",
        "employment": Employment.CIVIL_SERVANT,
    }
    staff = save(Staff(**{**defaults, **values}))
    if section is not None:
        make_posting(staff, section, started_on=since)
    return staff


def make_posting(staff: Staff, section: Section, **values: Any) -> Posting:
    return save(Posting(staff=staff, section=section, **{"started_on": LONG_AGO, **values}))


def make_chief(section: Section, staff: Staff | None = None, **values: Any) -> Staff:
    """The chief of a section: somebody of it, with a term."""
    staff = staff or make_staff(section, name="王海宁")
    term = {"started_on": LONG_AGO, **values}
    save(ChiefTerm(section_id=section.id, staff_id=staff.id, **term))
    return staff


def make_leader(section: Section, staff: Staff | None = None, **values: Any) -> Staff:
    """The leader in charge of a section."""
    staff = staff or make_staff(name="赵立新")
    term = {"started_on": LONG_AGO, **values}
    save(LeaderTerm(section_id=section.id, staff_id=staff.id, **term))
    return staff


def make_user(role: Role = Role.HR, **values: Any) -> User:
    defaults = {"name": f"u{next(_number)}", "display_name": "周敏", "created_at": JULY}
    return save(User(role=role, **{**defaults, **values}))


def make_policy(rules: PolicyRules | None = None, **values: Any) -> Policy:
    defaults = {
        "version": next(_number),
        "state": PolicyState.ADOPTED,
        "rules": (rules or PolicyRules()).to_json(),
        "reason": "test",
        "created_at": JULY,
        "adopted_at": JULY,
    }
    return save(Policy(**{**defaults, **values}))


def make_period(code: str = "2026-Q3", policy: Policy | None = None, **values: Any) -> Period:
    span = parse_period(code)
    defaults = {
        "code": span.code,
        "kind": PeriodKind(span.kind),
        "starts_on": span.starts_on,
        "ends_on": span.ends_on,
        "state": PeriodState.OPEN,
    }
    return save(Period(policy=policy or make_policy(), **{**defaults, **values}))


def make_ratings(
    staff: Staff, section: Section, levels: Iterable[tuple[int | None, ...]], **values: Any
) -> list[bytes]:
    """Counted ballots with their tallies: one for each four levels. Return their ids."""
    fields: dict[str, Any] = {
        "base_period": "2026-Q3",
        "rater_group": RaterGroup.RECIPIENT,
        "service_type": None,
        "channel": Channel.SLIP,
        **values,
    }
    ballots = [
        Ballot(
            ballot_id=secrets.token_bytes(16),
            section_id=section.id,
            staff_id=staff.id,
            **fields | dict(zip(DIMENSIONS, four, strict=True)),
        )
        for four in levels
    ]
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.RATING_COUNT, store_ratings(unit, ballots, on=date(2026, 10, 20)))
    return [ballot.ballot_id for ballot in ballots]

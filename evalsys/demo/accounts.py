"""Accounts of the demo city: one per role, with fresh random passwords."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from evalsys.cases.scenes.cast import BAD_SECTION, SHOWN
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.demo.city import City
from evalsys.demo.organisation import DemoKeys
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.passwords import hash_password


@dataclass(frozen=True)
class DemoAccount:
    """A demo login. The password is shown once and stored as a hash only."""

    role: Role
    name: str
    display_name: str
    password: str


def create_accounts(city: City, keys: DemoKeys, *, now: datetime) -> list[DemoAccount]:
    """Create an account for each role; set the actors in `keys`."""
    chief, leader = city.chiefs[SHOWN], city.leaders[SHOWN]
    low_chief = city.chiefs[BAD_SECTION]
    member = _member(city, chief)
    desk = _hall_office(city)
    wanted = [
        # Names that nobody of the city has: an account without a person counts as its namesake's.
        (Role.HR, "hr", "顾敏", None),
        (Role.HR, "hr2", "孟丽", None),  # A second person for exports of many people.
        (Role.CHIEF, chief, city.people[chief].name, chief),
        (Role.CHIEF, low_chief, city.people[low_chief].name, low_chief),
        (Role.LEADER, leader, city.people[leader].name, leader),
        (Role.STAFF, member, city.people[member].name, member),
        (Role.COUNTER, desk, city.people[desk].name, desk),
        (Role.SUPERVISOR, "ducha", "督查员", None),
        (Role.DISCIPLINE, "jiwei", "纪检员", None),
        (Role.SYSADMIN, "sysadmin", "系统管理员", None),
        (Role.SECADMIN, "secadmin", "安全管理员", None),
        (Role.AUDITOR, "auditor", "审计管理员", None),
    ]
    accounts: list[DemoAccount] = []
    users: dict[str, User] = {}
    for role, name, display_name, number in wanted:
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        user = User(
            name=name,
            display_name=display_name,
            role=role,
            password_hash=hash_password(password),
            staff_id=keys.people[number] if number else None,
            created_at=now,
        )
        db.session.add(user)
        users[name] = user
        accounts.append(DemoAccount(role, name, display_name, password))
    db.session.flush()
    keys.hr, keys.second = users["hr"].actor, users["hr2"].actor
    keys.leader, keys.hall = users[leader].actor, users[desk].actor
    return accounts


def _member(city: City, chief: str) -> str:
    """Return the lowest rated member of the shown section, but not its chief."""
    own = (
        person
        for person in city.people.values()
        if [spell[0] for spell in person.spells] == [SHOWN] and person.number != chief
    )
    return min(own, key=lambda person: person.quality).number


def _hall_office(city: City) -> str:
    """Return the issuer of tickets, from a section not shown."""
    return next(
        person.number
        for person in city.people.values()
        if person.spells
        and person.number not in city.chiefs.values()
        and {spell[0] for spell in person.spells}.isdisjoint({SHOWN, BAD_SECTION})
    )

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

HEAD = "juzhang"  # the account of the head of the shown organ
# Names that nobody of the city has: an account without a person counts as its namesake's.
NAMES = {
    "hr": "顾敏",
    "hr2": "孟丽",
    HEAD: "丁建国",
    "ducha": "督查员",
    "ducha2": "复核员",
    "jiwei": "纪检员",
    "sysadmin": "系统管理员",
    "secadmin": "安全管理员",
    "auditor": "审计管理员",
}


@dataclass(frozen=True)
class DemoAccount:
    """A demo login. The password is shown once and stored as a hash only."""

    role: Role
    name: str
    display_name: str
    password: str


def create_accounts(city: City, keys: DemoKeys, *, now: datetime) -> list[DemoAccount]:
    """Create an account for each role; set the actors in `keys`."""
    leader, desk = city.leaders[SHOWN], _hall_office(city)
    accounts: list[DemoAccount] = []
    users: dict[str, User] = {}
    for role, name, number in _wanted(city, leader, desk):
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        display_name = city.people[number].name if number else NAMES[name]
        user = User(
            name=name,
            display_name=display_name,
            role=role,
            password_hash=hash_password(password),
            staff_id=keys.people[number] if number else None,
            organ_id=keys.organs[city.sections[SHOWN].organ] if name == HEAD else None,
            created_at=now,
        )
        db.session.add(user)
        users[name] = user
        accounts.append(DemoAccount(role, name, display_name, password))
    db.session.flush()
    keys.hr, keys.second = users["hr"].actor, users["hr2"].actor
    keys.leader, keys.hall = users[leader].actor, users[desk].actor
    return accounts


def _wanted(city: City, leader: str, desk: str) -> list[tuple[Role, str, str | None]]:
    """Return role, name and staff number of each account."""
    chief, low_chief = city.chiefs[SHOWN], city.chiefs[BAD_SECTION]
    member = _member(city, chief)
    return [
        (Role.HR, "hr", None),
        (Role.HR, "hr2", None),  # A second person for exports of many people.
        (Role.CHIEF, chief, chief),
        (Role.CHIEF, low_chief, low_chief),
        (Role.LEADER, leader, leader),
        (Role.LEADER, HEAD, None),
        (Role.STAFF, member, member),
        (Role.COUNTER, desk, desk),
        (Role.SUPERVISOR, "ducha", None),
        (Role.SUPERVISOR, "ducha2", None),  # A second person, for objections to conclusions.
        (Role.DISCIPLINE, "jiwei", None),
        (Role.SYSADMIN, "sysadmin", None),
        (Role.SECADMIN, "secadmin", None),
        (Role.AUDITOR, "auditor", None),
    ]


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

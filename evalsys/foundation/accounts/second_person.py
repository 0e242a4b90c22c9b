"""The four-eyes rule: two steps must be done by two people, over all their accounts.

Accounts with the same `staff_id` are one person. An account without one is a person of its own,
unless it has the name of the other account: that is refused until their owners are set. An account
with an owner bears the owner's name, and all names are spelled in one way. A step of the system
(None) counts as nobody's: anybody with an account may follow it, and the system is never the second
person.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import aliased

from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.foundation.accounts.models import User
from evalsys.foundation.spreadsheets.characters import word

_Own = aliased(User)


def check_second_person(actor: Actor, *first: int | None) -> None:
    """Raise DomainError unless the actor is a different person from those of earlier steps.

    `first` are the account ids of the earlier steps; None is the system.
    """
    if not is_second_person(actor, *first):
        raise DomainError(
            N_(
                "This takes two persons: somebody else than who took the step before has to do it. "
                "Two accounts of one person are one person, and so are two accounts of one name "
                "until the security administrator has said whose they are."
            ),
            status=403,
        )


def is_second_person(actor: Actor, *first: int | None) -> bool:
    """Return whether the actor is a different person from the owners of some accounts."""
    if actor.user_id is None:
        return False
    earlier = {account for account in first if account is not None}
    if not earlier:
        return True
    query = select(User.id).where(User.id.in_(earlier), may_be(actor)).limit(1)
    return db.session.scalar(query) is None


def find_first(actor: Actor, first: int | None) -> tuple[User | None, bool]:
    """Return the account of an earlier step, and whether the actor is a different person."""
    if first is None:
        return None, is_second_person(actor)
    row = db.session.execute(select(User, may_be(actor)).where(User.id == first)).one()
    return row[0], actor.user_id is not None and not row[1]


def is_of(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `User` that an account belongs to the actor's person."""
    if actor.user_id is None:
        return false()
    account = User.id == actor.user_id
    return account if actor.staff_id is None else or_(account, User.staff_id == actor.staff_id)


def is_same_person(one: User, other: User) -> bool:
    """Return whether two accounts belong to one person for sure, by the rule of `is_of`."""
    return one.id == other.id or (one.staff_id is not None and one.staff_id == other.staff_id)


def accounts_of(user_id: int | None) -> Select[int]:
    """Return the query of the ids of all accounts that may be an account's owner's, its own too.

    It is the rule of `may_be` for an account that need not be the actor's.
    """
    nobodys = or_(User.staff_id.is_(None), _Own.staff_id.is_(None))
    namesake = and_(_folded(User.display_name) == _folded(_Own.display_name), nobodys)
    person = or_(User.id == _Own.id, User.staff_id == _Own.staff_id, namesake)
    return select(User.id).join(_Own, person).where(_Own.id == user_id)


def may_be(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `User` that an account may belong to the actor's person."""
    if actor.user_id is None:
        return false()
    namesake = is_named_as(actor, User.display_name)
    if actor.staff_id is not None:
        namesake = and_(namesake, User.staff_id.is_(None))
    return or_(is_of(actor), namesake)


def own_accounts(actor: Actor) -> Select[int]:
    """Return the query of the ids of all accounts that may belong to the actor's person."""
    return select(User.id).where(may_be(actor))


def is_named_as(actor: Actor, name: Any) -> ColumnElement[bool]:
    """Return the predicate that a column holds the name of the actor's account."""
    return _folded(name) == word(actor.name)


def _folded(name: Any) -> ColumnElement[str]:
    return func.lower(func.replace(func.replace(name, " ", ""), "\u3000", ""))


Hand = tuple[str, int | str]  # ("person", staff id), ("name", folded name) or ("account", id)


def hands_of(accounts: Iterable[int]) -> Mapping[int, frozenset[Hand]]:
    """Map accounts to the persons who may own them, by the same rule as `may_be`.

    An account without an owner may belong to each of its namesakes, who stay distinct persons; an
    unknown id is a person of its own.
    """
    wanted = sorted(set(accounts))
    folded = _folded(User.display_name)
    asked = select(folded).where(User.id.in_(wanted))
    query = select(User.id, User.staff_id, folded.label("name")).where(
        or_(User.id.in_(wanted), and_(User.staff_id.is_not(None), folded.in_(asked)))
    )
    rows = db.session.execute(query).all()
    namesakes: defaultdict[str, set[Hand]] = defaultdict(set)
    for row in rows:
        if row.staff_id is not None:
            namesakes[row.name].add(("person", row.staff_id))
    hands: dict[int, frozenset[Hand]] = {}
    for row in rows:
        own = {("person", row.staff_id)} if row.staff_id is not None else namesakes[row.name]
        hands[row.id] = frozenset(own or {("name", row.name)})
    return {key: hands.get(key, frozenset({("account", key)})) for key in wanted}

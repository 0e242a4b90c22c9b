"""Use cases of the administrators on accounts of other people.

In `service` users act on their own account; here one administrator creates accounts and another
grants roles.
"""

from dataclasses import dataclass, field
from datetime import datetime

from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db, lock_row
from evalsys.core.permissions import Action, Actor, Role
from evalsys.foundation.accounts.models import RequestKind, User
from evalsys.foundation.accounts.queries import (
    Scope,
    find_staff,
    find_user,
    scope_codes,
    staff_number,
)
from evalsys.foundation.accounts.rules import clean_name
from evalsys.foundation.accounts.second_person import is_second_person
from evalsys.foundation.accounts.service import end_sessions, make_link
from evalsys.foundation.accounts.telling import tell
from evalsys.foundation.spreadsheets.characters import plain_name

ADMINISTRATORS = frozenset({Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR})
GRANTABLE = tuple(role for role in Role if role not in {*ADMINISTRATORS, Role.CITIZEN, Role.SYSTEM})


UNKNOWN_STAFF = N_("There is no staff member with the number %(number)s.")


OWN_ACCOUNT = N_("Nobody changes the role or the state of their own account.")


ADMINISTRATORS_ACCOUNT = N_(
    "The accounts of the three administrators are changed at the command line of the server "
    "only: flask accounts create, link, disable, enable."
)


@dataclass(frozen=True)
class Grant:
    """The role and scope of an account; `person` is the staff number of its owner.

    None keeps the current owner, "" means nobody in the roster.
    """

    role: Role
    scope: Scope = field(default_factory=Scope)
    person: str | None = None


def create_account(
    unit: Unit,
    name: str,
    *,
    grant: Grant | None = None,
    display_name: str | None = None,
    now: datetime,
) -> User:
    """Add an account without a password; without a grant it has no role yet.

    A staff member whose number is `name` becomes its owner, whose name it bears. Raises
    DomainError.
    """
    name = clean_name(name)
    if find_user(name) is not None:
        raise DomainError(N_("The account %(name)s exists already."), name=name)
    staff_id, owner_name = find_staff(name) or (None, "")
    grant = grant or Grant(Role.CITIZEN)
    _need_person(grant, staff_id)
    user = User(
        name=name,
        display_name=owner_name or plain_name(display_name or "") or name,
        role=grant.role,
        staff_id=staff_id,
        organ_id=grant.scope.organ_id,
        section_id=grant.scope.section_id,
        created_at=now,
    )
    db.session.add(user)
    unit.record(Action.ACCOUNT_CREATE, user, name=name, **_words(user))
    tell(unit, user, RequestKind.GRANT, now=now)
    return user


def open_account(
    name: str,
    *,
    grant: Grant | None = None,
    display_name: str | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[User, str]:
    """Create an account and return it with the token of its one-time link."""
    with unit_of_work(actor) as unit:
        user = create_account(unit, name, grant=grant, display_name=display_name, now=now)
        return user, make_link(user, now=now)


def grant_role(user: User, grant: Grant, *, actor: Actor, now: datetime) -> None:
    """Change role, scope and owner of an account; its sessions end at once.

    Raises DomainError.
    """
    with unit_of_work(actor) as unit:
        _prepare(user, actor)
        if actor.role is not Role.SYSTEM and grant.role not in GRANTABLE:
            raise DomainError(ADMINISTRATORS_ACCOUNT)
        before = _words(user)
        _tie_person(user, grant.person)
        _need_person(grant, user.staff_id)
        user.role = grant.role
        user.organ_id, user.section_id = grant.scope.organ_id, grant.scope.section_id
        end_sessions(user, now=now)
        unit.record(Action.ACCOUNT_GRANT, user, name=user.name, before=before, after=_words(user))
        tell(unit, user, RequestKind.GRANT, now=now)


def name_person(user: User, number: str, *, actor: Actor, now: datetime) -> None:
    """Set the owner of an account by staff number, "" for none; its sessions end.

    Raises DomainError.
    """
    with unit_of_work(actor) as unit:
        lock_row(user)
        _tie_person(user, number)
        end_sessions(user, now=now)
        unit.record(Action.ACCOUNT_GRANT, user, name=user.name, person=number or None)
        tell(unit, user, RequestKind.GRANT, now=now)


def disable_account(user: User, *, reason: str, actor: Actor, now: datetime) -> None:
    """Disable an account and end its sessions.

    Raises DomainError.
    """
    with unit_of_work(actor) as unit:
        _prepare(user, actor)
        user.disabled_at = now
        end_sessions(user, now=now)
        unit.record(Action.ACCOUNT_DISABLE, user, name=user.name, to="disabled", reason=reason)


def enable_account(user: User, *, reason: str, actor: Actor, now: datetime) -> None:
    """Enable a disabled account, with its former password and role.

    Raises DomainError.
    """
    with unit_of_work(actor) as unit:
        _prepare(user, actor)
        user.disabled_at = None
        unit.record(Action.ACCOUNT_DISABLE, user, name=user.name, to="enabled", reason=reason)
        tell(unit, user, RequestKind.ENABLE, now=now)


def _prepare(user: User, actor: Actor) -> None:
    """Lock the row and check that the actor may change it."""
    lock_row(user)
    if actor.role is Role.SYSTEM:
        return
    if not is_second_person(actor, user.id):
        raise DomainError(OWN_ACCOUNT)
    if user.role in ADMINISTRATORS:
        raise DomainError(ADMINISTRATORS_ACCOUNT)


def _tie_person(user: User, number: str | None) -> None:
    """Set the owner of an account, whose name it then bears; None keeps it. Raises DomainError."""
    if number is None:
        return
    staff = find_staff(number) if number else None
    if number and staff is None:
        raise DomainError(UNKNOWN_STAFF, number=number)
    user.staff_id = staff[0] if staff else None
    if staff:
        user.display_name = staff[1]


def _need_person(grant: Grant, staff_id: int | None) -> None:
    if grant.role is Role.COUNTER and staff_id is None:
        raise DomainError(
            N_(
                "An account of the hall office belongs to a person of the roster: create it under "
                "the staff number of who will use it. Accounts that several people share are not "
                "given this role."
            )
        )


def _words(user: User) -> dict[str, object]:
    organ, section = scope_codes(Scope(user.organ_id, user.section_id))
    person = staff_number(user.staff_id)
    return {"role": user.role.value, "organ": organ, "section": section, "person": person}

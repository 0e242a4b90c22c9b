"""The accounts that hold a duty in a subject: they are notified and may act."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, exists, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from evalsys.cases.engine.duties import all_duties
from evalsys.cases.engine.kinds import all_kinds
from evalsys.cases.engine.models import Party, Subject
from evalsys.cases.engine.parties import recused
from evalsys.cases.engine.rules.duties import PERSON, Office
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.rows import batched
from evalsys.organisation.org.models import ChiefTerm, LeaderTerm, Section
from evalsys.organisation.org.queries import overlaps

AT_ONCE = 20  # accounts asked about in one statement

_Concerned = aliased(Party)


def holders(subject: Subject, duty: str, on: date) -> Sequence[User]:
    """Return the accounts that hold a duty in a subject, without recused people."""
    return holders_of([subject], duty, on)[subject.id]


def holders_of(subjects: Sequence[Subject], duty: str, on: date) -> dict[int, list[User]]:
    """Return subject id -> holders for many subjects, without recused people, in few statements."""
    office = all_duties()[duty]
    found: dict[int, dict[int, User]] = {one.id: {} for one in subjects}
    if office.by:
        query = (
            select(Party.subject_id, User)
            .select_from(Party)
            .outerjoin(Section, Section.id == Party.section_id)
            .join(User, _acts(office, on))
            .where(Party.subject_id.in_(found), Party.duty == office.by)
        )
    else:
        query = select(Subject.id, User).join(User, User.id == Subject.opened_by)
        query = query.where(Subject.id.in_(found))
    query = query.where(User.disabled_at.is_(None), User.role != Role.CITIZEN)
    for subject_id, user in db.session.execute(query.order_by(User.id)):
        found[subject_id][user.id] = user
    users = {user.id: user for each in found.values() for user in each.values()}
    for user_id, subject_id in _recused(subjects, duty, list(users.values())):
        found[subject_id].pop(user_id, None)
    return {subject_id: list(users.values()) for subject_id, users in found.items()}


def _recused(
    subjects: Sequence[Subject], duty: str, users: Sequence[User]
) -> list[tuple[int, int]]:
    """Return (account, subject) where the account's person takes no part in a duty."""
    names = {one.kind for one in subjects}
    kinds = [kind for kind in all_kinds().values() if kind.name in names]
    among = Subject.id.in_([one.id for one in subjects])
    found: list[tuple[int, int]] = []
    for some in batched(users, AT_ONCE):
        asked = [(user.id, recused(user.actor, duty, *kinds)) for user in some]
        each = [
            select(literal(user_id).label("user_id"), Subject.id).where(among, why)
            for user_id, why in asked
            if why is not None
        ]
        if each:
            found += [(row[0], row[1]) for row in db.session.execute(union_all(*each))]
    return found


def _acts(office: Office, on: date) -> ColumnElement[bool]:
    """Return the predicate on `User` that they act in an office for a party."""
    if office.role is None:
        return User.staff_id == Party.staff_id
    organs = or_(User.organ_id == Party.organ_id, User.organ_id == Section.organ_id)
    if office.role is Role.CHIEF:
        acts = _in_charge(ChiefTerm, on)
    elif office.role is Role.LEADER:
        acts = or_(organs, _in_charge(LeaderTerm, on))
    else:
        acts = or_(User.organ_id.is_(None), organs)
    is_own = exists().where(  # Nobody acts by office in their own case.
        _Concerned.subject_id == Party.subject_id,
        _Concerned.duty == PERSON,
        _Concerned.staff_id == User.staff_id,
    )
    return (User.role == office.role) & acts & ~is_own


def _in_charge(term: type[ChiefTerm | LeaderTerm], on: date) -> ColumnElement[bool]:
    """Return the predicate that a `User` leads the section of a `Party` on a day."""
    return exists().where(
        term.section_id == Party.section_id, term.staff_id == User.staff_id, overlaps(term, on, on)
    )

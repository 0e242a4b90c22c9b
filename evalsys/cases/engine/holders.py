"""Who holds a duty in a case: the accounts that are told of it, and that may act."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Sequence
from datetime import date

from sqlalchemy import or_, select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.rules.machine import Duty
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import ChiefTerm, LeaderTerm
from evalsys.organisation.org.queries import overlaps

# Nobody acts by office in a case about themselves.
RECUSED = frozenset({Duty.PERSONNEL, Duty.CHIEF, Duty.REVIEWER, Duty.LEADER})
EVERYWHERE = "everywhere"
Place = Hashable  # By what an account holds a duty: a person, a section, an organ, itself.


def holders(case: Subject, duty: Duty, on: date) -> Sequence[User]:
    """Return the accounts of those who hold a duty in a case; recused people are left out."""
    return holders_of([case], duty, on)[case.id]


def holders_of(cases: Sequence[Subject], duty: Duty, on: date) -> dict[int, list[User]]:
    """Return the same for many cases, by id, with as many statements as for one."""
    places = {case.id: _places(case, duty) for case in cases}
    held: dict[Place, list[User]] = defaultdict(list)
    for user, place in _accounts(duty, set().union(*places.values()), on):
        held[place].append(user)
    return {
        case.id: [
            user
            for _, user in sorted({u.id: u for at in places[case.id] for u in held[at]}.items())
            if duty not in RECUSED or user.staff_id is None or user.staff_id != case.staff_id
        ]
        for case in cases
    }


def _places(case: Subject, duty: Duty) -> set[Place]:
    """Return by what somebody would hold a duty in a case."""
    match duty:
        case Duty.PERSON:
            places: set[Place] = {case.staff_id}
        case Duty.PROPOSER:
            places = {case.opened_by}
        case Duty.MENTOR:
            places = {case.mentor_id}
        case Duty.CHIEF:
            places = {case.section_id}
        case Duty.REVIEWER:
            places = {case.reviewer_id}
        case Duty.PERSONNEL:
            places = {EVERYWHERE, ("organ", case.section.organ_id)}
        case Duty.LEADER:
            places = {case.section_id, ("organ", case.section.organ_id)}
    return places - {None}


def _accounts(duty: Duty, places: Collection[Place], on: date) -> Iterator[tuple[User, Place]]:
    """Yield the accounts that hold a duty by some places, each with the place."""
    people = select(User).where(User.disabled_at.is_(None), User.role != Role.CITIZEN)
    organs = [place[1] for place in places if isinstance(place, tuple)]
    match duty:
        case Duty.PERSON | Duty.MENTOR:
            for user in db.session.scalars(people.where(User.staff_id.in_(places))):
                yield user, user.staff_id
        case Duty.PROPOSER:
            for user in db.session.scalars(people.where(User.id.in_(places))):
                yield user, user.id
        case Duty.PERSONNEL:
            scope = or_(User.organ_id.is_(None), User.organ_id.in_(organs))
            for user in db.session.scalars(people.where(User.role == Role.HR, scope)):
                yield user, EVERYWHERE if user.organ_id is None else ("organ", user.organ_id)
        case Duty.CHIEF | Duty.REVIEWER:
            yield from _in_charge(ChiefTerm, Role.CHIEF, places, on)
        case Duty.LEADER:
            sections = [place for place in places if not isinstance(place, tuple)]
            yield from _in_charge(LeaderTerm, Role.LEADER, sections, on)
            query = people.where(User.role == Role.LEADER, User.organ_id.in_(organs))
            for user in db.session.scalars(query):
                yield user, ("organ", user.organ_id)


def _in_charge(
    term: type[ChiefTerm | LeaderTerm], role: Role, sections: Collection[Place], on: date
) -> Iterator[tuple[User, Place]]:
    """Yield the accounts of a role whose terms in some sections run on a day, with the section."""
    rows = db.session.execute(
        select(User, term.section_id)
        .join(term, term.staff_id == User.staff_id)
        .where(User.disabled_at.is_(None), User.role == role)
        .where(term.section_id.in_(sections), overlaps(term, on, on))
    )
    yield from rows

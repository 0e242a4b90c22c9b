"""Parties of a subject, and predicates on the subjects in which somebody holds a duty."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.sql.elements import SQLCoreOperations

from evalsys.cases.engine.duties import all_duties, having
from evalsys.cases.engine.kinds import Kind, all_kinds
from evalsys.cases.engine.models import Party, Subject
from evalsys.cases.engine.rules.duties import OWNER, PERSON, Office, Power
from evalsys.cases.engine.rules.entries import BadEntry, codes_in
from evalsys.cases.engine.rules.machine import Field, FieldKind
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.second_person import own_accounts
from evalsys.organisation.org.models import Organ, Section, Staff
from evalsys.organisation.org.queries import EVERYWHERE, select_own_staff, select_visible


def parties(owner: Section | Organ | None, staff: Staff | None) -> list[Party]:
    """Return the first parties of a case: owning section or organ, and person, if any."""
    match owner:
        case Section():
            initial = [Party(duty=OWNER, section=owner)]
        case Organ():
            initial = [Party(duty=OWNER, organ=owner)]
        case None:
            initial = []
    return initial if staff is None else [*initial, Party(duty=PERSON, staff=staff)]


def name_party(subject: Subject, duty: str, who: Staff | Section | Organ | None) -> None:
    """Replace the holder of a duty; None removes it."""
    for party in [party for party in subject.parties if party.duty == duty]:
        subject.parties.remove(party)
    db.session.flush()  # The same party may be added again.
    match who:
        case Staff():
            subject.parties.append(Party(duty=duty, staff=who))
        case Section():
            subject.parties.append(Party(duty=duty, section=who))
        case Organ():
            subject.parties.append(Party(duty=duty, organ=who))
    db.session.flush()
    db.session.expire(subject, ["person", "owner", "staff_id", "section_id"])


def is_party(duty: str, *who: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that somebody holds a duty in it."""
    return Subject.id.in_(select(Party.subject_id).where(Party.duty == duty, *who))


def is_about(staff_id: int | None) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that it is about a person; none for None."""
    return is_party(PERSON, Party.staff_id == (staff_id or 0))


def is_about_any(people: Iterable[int]) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that it is about any of some people."""
    return is_party(PERSON, Party.staff_id.in_(list(people)))


def others(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that it is about nobody who may be the actor's person."""
    return ~is_party(PERSON, Party.staff_id.in_(select_own_staff(actor)))


def is_owned_by(
    sections: Select[int] | Sequence[int | SQLCoreOperations[int]],
) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that one of some sections owns it."""
    return is_party(OWNER, Party.section_id.in_(sections))


def may_hold(actor: Actor, on: date) -> dict[str, ColumnElement[bool]]:
    """Return each duty that the actor may hold, with the predicate on `Subject` that they do.

    Without the duty of the person concerned.
    """
    held = {
        office.name: _holds(office, actor, on)
        for office in all_duties().values()
        if office.name != PERSON
    }
    return {duty: holds for duty, holds in held.items() if holds is not None}


def _holds(office: Office, actor: Actor, on: date) -> ColumnElement[bool] | None:
    if not office.by:
        return None if actor.user_id is None else Subject.opened_by == actor.user_id
    through = acts_for(office, actor, on)
    return None if through is None else is_party(office.by, through)


def acts_for(office: Office, actor: Actor, on: date) -> ColumnElement[bool] | None:
    """Return the predicate on `Party` that the actor holds an office through it; None if never."""
    if office.role is None:
        return None if actor.staff_id is None else Party.staff_id == actor.staff_id
    if actor.role is not office.role:
        return None
    return or_(Party.section_id.in_(select_visible(actor, on, on)), _is_of_organ(actor))


def recused(actor: Actor, duty: str, *kinds: Kind) -> ColumnElement[bool] | None:
    """Return the predicate on `Subject` that a duty is not the actor's, though they hold it.

    In cases of some kinds, else of any; None if none of them recuses anybody from it.
    """
    ways: list[ColumnElement[bool]] = []
    for kind in kinds or all_kinds().values():
        why = [kind.recuses[duty](actor)] if duty in kind.recuses else []
        if kind.recuses_opener and duty in having(Power.DECIDE) & kind.held:
            why.append(_opened(actor))
        if why:
            ways.append(and_(Subject.kind == kind.name, or_(*why)))
    return or_(*ways) if ways else None


def not_recused(actor: Actor, duty: str, *kinds: Kind) -> list[ColumnElement[bool]]:
    """Return the conditions on `Subject` that the actor is not recused from a duty."""
    why = recused(actor, duty, *kinds)
    return [] if why is None else [~why]


def not_kept(actor: Actor, duty: str) -> list[ColumnElement[bool]]:
    """Return the conditions on `Subject` that no kind keeps it from the actor, who is recused.

    Who opened a case knows of it: that they do not decide it keeps nothing from them.
    """
    return [
        ~and_(
            Subject.kind == kind.name,
            Subject.state.in_(kind.kept_from_recused),
            kind.recuses[duty](actor),
        )
        for kind in all_kinds().values()
        if kind.kept_from_recused and duty in kind.recuses
    ]


def _opened(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor's person opened it, by any account."""
    return and_(Subject.opened_by.is_not(None), Subject.opened_by.in_(own_accounts(actor)))


def _is_of_organ(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Party` that it is an organ for which the actor acts."""
    if actor.organ_id is not None and actor.role is not Role.CHIEF:
        return Party.organ_id == actor.organ_id
    return Party.organ_id.is_not(None) if actor.role in EVERYWHERE else false()


def list_named(codes: str, on: date) -> list[Section]:
    """Return the sections that the codes of a text name, in its order, as of a day.

    Codes of no section, or of one that has ended, are left out.
    """
    wanted = codes_in(codes)
    query = select(Section).where(
        Section.code.in_(wanted), Section.ended_on.is_(None) | (Section.ended_on >= on)
    )
    found = {section.code: section for section in db.session.scalars(query)}
    return [found[code] for code in wanted if code in found]


def check_sections(fields: Sequence[Field], entry: Mapping[str, Any], on: date) -> None:
    """Raise BadEntry unless every section that a checked entry lists exists on a day."""
    for field in fields:
        if field.kind is not FieldKind.SECTIONS or field.name not in entry:
            continue
        known = {section.code for section in list_named(entry[field.name], on)}
        for code in codes_in(entry[field.name]):
            if code not in known:
                problem = N_("There is no section %(code)s today.")
                raise BadEntry(field=field.label, problem=problem, code=code)

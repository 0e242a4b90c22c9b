"""Storing the organisation of the demo city."""

from dataclasses import dataclass, field
from datetime import date

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor
from evalsys.demo.city import WINDOW_CLERK, City, DemoPerson
from evalsys.organisation.org.models import (
    ChiefTerm,
    Employment,
    LeaderTerm,
    Organ,
    Posting,
    Section,
    SectionKind,
    Staff,
    StaffStatus,
    StatusKind,
)

FOUNDED = date(2020, 1, 1)


@dataclass
class DemoKeys:
    """The ids of the stored rows, and the actors.

    `hr` and `leader` close quarters; `hall` and `second`, of the office, issue tickets.
    """

    organs: dict[str, int] = field(default_factory=dict)
    sections: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    hr: Actor = SYSTEM
    leader: Actor = SYSTEM
    hall: Actor = SYSTEM
    second: Actor = SYSTEM


def store_city(city: City, *, on: date) -> DemoKeys:
    """Insert organs, sections, people, postings and terms; return their ids."""
    organs = {code: Organ(code=code, name=name) for code, name in city.organs.items()}
    sections = {
        s.code: Section(
            organ=organs[s.organ],
            code=s.code,
            name=s.name,
            kind=SectionKind(s.kind),
            is_front_line=s.kind == "window",
            started_on=FOUNDED,
        )
        for s in city.sections.values()
    }
    people = {person.number: _staff(person) for person in city.people.values()}
    db.session.add_all([*organs.values(), *sections.values(), *people.values()])
    db.session.flush()
    keys = DemoKeys(
        {code: row.id for code, row in organs.items()},
        {code: row.id for code, row in sections.items()},
        {number: row.id for number, row in people.items()},
    )
    for person in city.people.values():
        _store_spells(person, keys, on)
    for model, terms in ((ChiefTerm, city.chiefs), (LeaderTerm, city.leaders)):
        db.session.add_all(
            model(
                section_id=keys.sections[code],
                staff_id=keys.people[number],
                started_on=FOUNDED,
            )
            for code, number in terms.items()
        )
    return keys


def _store_spells(person: DemoPerson, keys: DemoKeys, on: date) -> None:
    staff_id = keys.people[person.number]
    for code, first, last in person.spells:
        times = {"started_on": first, "ended_on": last}
        db.session.add(Posting(staff_id=staff_id, section_id=keys.sections[code], **times))
    if person.away_since:
        since = min(person.away_since, on)
        away = StaffStatus(staff_id=staff_id, kind=StatusKind.STUDY, started_on=since)
        db.session.add(away)


def _staff(person: DemoPerson) -> Staff:
    return Staff(
        number=person.number,
        name=person.name,
        post=person.post,
        employment=Employment.CIVIL_SERVANT,
        faces_recipients=bool(person.spells),
        window_no=f"{int(person.number) % 12 + 1}" if person.post == WINDOW_CLERK else None,
    )

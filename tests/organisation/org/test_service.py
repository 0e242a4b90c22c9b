from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.organisation.org.models import (
    ChiefTerm,
    Employment,
    Organ,
    Posting,
    Section,
    SectionKind,
    Staff,
)
from evalsys.organisation.org.rules import DAY, Assignment, Ref, Write, appoint, insert, move
from evalsys.organisation.org.service import Image, restore_rows, write_rows
from tests.factories import LONG_AGO, make_chief, make_section, make_staff

pytestmark = pytest.mark.usefixtures("app")

AUGUST = date(2026, 8, 16)
NEW_SECTION: dict[str, Any] = {
    "name": "企业登记科",
    "parent_id": None,
    "kind": SectionKind.WINDOW,
    "is_front_line": True,
    "establishment": None,
    "started_on": LONG_AGO,
    "ended_on": None,
}


def write(*writes: Write) -> list[Image]:
    with unit_of_work(SYSTEM) as unit:
        return write_rows(unit, writes, "roster")


def restore(images: list[Image]) -> None:
    with unit_of_work(SYSTEM) as unit:
        restore_rows(unit, images, "undo")


def spans_of(staff: Staff) -> list[Assignment]:
    rows = db.session.scalars(
        select(Posting).where(Posting.staff_id == staff.id).order_by(Posting.started_on)
    )
    return [Assignment(row.id, row.section_id, row.started_on, row.ended_on) for row in rows]


def new_organisation() -> list[Write]:
    """Return the writes of an organ, its section, a person, their posting and their term."""
    organ, section, person = Ref("organ", "YZ"), Ref("section", "QY01"), Ref("staff", "000217")
    employment = Employment.CIVIL_SERVANT
    return [
        insert("posting", staff_id=person, section_id=section, started_on=LONG_AGO, ended_on=None),
        *appoint("chief_term", section, [], person, LONG_AGO),
        insert("staff", number="000217", name="王海宁", employment=employment),
        insert("section", organ_id=organ, code="QY01", **NEW_SECTION),
        insert("organ", code="YZ", name="审批局", credit_code=None),
    ]


def test_rows_may_refer_to_rows_that_are_written_with_them() -> None:
    write(*new_organisation())
    posting = db.session.scalars(select(Posting)).one()
    assert (posting.staff.number, posting.section.code) == ("000217", "QY01")
    assert posting.section.organ.name == "审批局"
    line = db.session.scalars(select(AuditEvent)).one()
    assert line.action is Action.ORG_CHANGE
    assert line.details == {"organ": 1, "section": 1, "staff": 1, "posting": 1, "chief_term": 1}


def test_what_was_new_is_gone_after_its_undo() -> None:
    restore(write(*new_organisation()))
    for model in (Organ, Section, Staff, Posting, ChiefTerm):
        assert db.session.scalars(select(model)).all() == []


def test_a_transfer_keeps_the_history_and_comes_back_exactly() -> None:
    old, new = make_section(), make_section()
    person = make_staff(old)
    before = spans_of(person)
    images = write(*move(person.id, before, new.id, AUGUST))
    assert [(s.holder, s.started_on, s.ended_on) for s in spans_of(person)] == [
        (old.id, LONG_AGO, AUGUST - DAY),
        (new.id, AUGUST, None),
    ]
    restore(images)
    assert spans_of(person) == before


def test_two_changes_of_one_row_leave_one_image_of_it() -> None:
    section = make_section(name="旧名")
    images = write(
        Write("section", section.id, {"name": "旧名"}, {"name": "新名"}),
        Write("section", section.id, {"is_front_line": False}, {"is_front_line": True}),
    )
    assert len(images) == 1
    assert (section.name, section.is_front_line) == ("新名", True)
    restore(images)
    assert (section.name, section.is_front_line) == ("旧名", False)


def test_a_deleted_row_comes_back_with_its_key() -> None:
    section = make_section()
    chief = make_chief(section)
    term = db.session.scalars(select(ChiefTerm)).one()
    values = {
        "section_id": section.id,
        "staff_id": chief.id,
        "started_on": term.started_on,
        "ended_on": None,
    }
    key = term.id
    images = write(Write("chief_term", key, values, None))
    assert db.session.scalars(select(ChiefTerm)).all() == []
    restore(images)
    assert db.session.scalars(select(ChiefTerm)).one().id == key


def test_sections_that_are_each_others_parents_can_be_undone() -> None:
    organ = make_section().organ_id
    above, below = Ref("section", "A"), Ref("section", "B")
    images = write(
        insert("section", organ_id=organ, code="A", **NEW_SECTION),
        insert("section", organ_id=organ, code="B", **NEW_SECTION),
        Write("section", below, {"parent_id": None}, {"parent_id": above}),
    )
    child = db.session.scalars(select(Section).where(Section.code == "B")).one()
    assert child.parent_id is not None
    restore(images)
    assert len(db.session.scalars(select(Section)).all()) == 1


def test_what_somebody_changed_since_is_not_undone() -> None:
    section = make_section(name="旧名")
    images = write(Write("section", section.id, {"name": "旧名"}, {"name": "新名"}))
    db.session.execute(update(Section).values(name="别名"))
    db.session.commit()
    with pytest.raises(DomainError, match="1 of its rows"):
        restore(images)
    assert section.name == "别名"


def test_what_changed_elsewhere_in_the_row_stays_so() -> None:
    section = make_section(name="旧名")
    images = write(Write("section", section.id, {"name": "旧名"}, {"name": "新名"}))
    db.session.execute(update(Section).values(establishment=12))
    db.session.commit()
    restore(images)
    assert (section.name, section.establishment) == ("旧名", 12)


def test_what_was_deleted_or_came_back_since_is_not_undone() -> None:
    section, person = make_section(), make_staff()
    images = write(*move(person.id, [], section.id, AUGUST))
    posting = db.session.scalars(select(Posting)).one()
    db.session.delete(posting)
    db.session.commit()
    with pytest.raises(DomainError, match="Undo the later change first, or put it right"):
        restore(images)


def test_many_rows_are_written_in_few_statements(statements: list[str]) -> None:
    section = make_section()
    people = [make_staff() for _ in range(30)]
    writes = [w for person in people for w in move(person.id, [], section.id, AUGUST)]
    statements.clear()
    write(*writes)
    assert sum("INSERT INTO posting" in words for words in statements) == 1


def test_a_day_in_an_image_is_plain_json() -> None:
    section, person = make_section(), make_staff()
    (image,) = write(*move(person.id, [], section.id, AUGUST + timedelta(1)))
    assert image["after"]["started_on"] == "2026-08-17"
    assert image["before"] is None

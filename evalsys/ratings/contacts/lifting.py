"""Numbers to call are lifted out of the waiting ballots once a night, all in one transaction.

The ballot stays the original; a row written at the submit would be joined to it by the order of the
transactions. The table is made equal to what waiting ballots and features ask for, and every other
row is sealed anew as well, so that two copies do not show which changed. See docs/adr/0035.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import bindparam, delete, select, update

from evalsys.core.audit import unaudited_unit, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.rows import add_rows, table_of
from evalsys.organisation.org.models import Section
from evalsys.organisation.periods.queries import sealed_among
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.ratings.ballots.models import CallbackContact, Intake
from evalsys.ratings.ballots.sealing import Waiting, name_of, opened
from evalsys.ratings.contacts.limits import CALL, KEPT
from evalsys.ratings.contacts.rows import Contact, open_row, seal_row
from evalsys.ratings.counting.hooks import asked_contacts

TOGETHER = 1000  # ballots that are read at a time
GONE = timedelta(days=400)  # after its day an empty row goes, so that its end tells nothing


def lift_contacts(on: date) -> None:
    """Make the contacts equal to what waiting ballots and features ask for.

    A contact that is new is due `contact_wd` working days after the day before `on`: the ballots of
    a day are lifted in the night that follows. One that nobody asks for any more is emptied. What
    another secret key has sealed stays as it is.
    """
    _forget_held(on)
    asked = {one.contact_id: one for one in _waiting() if one.contact}
    due_on = working_days().add(on - timedelta(days=1), rules_in_force()[CALL])
    organs = _organs({ballot.section_id for ballot in asked.values()})
    with unaudited_unit():
        rows = _rows()
        kept = asked_contacts()
        fresh = [
            {
                "id": key,
                "organ_id": organs[asked[key].section_id],
                "due_on": due_on,
                "is_done": False,
                "sealed": seal_row(_contact(asked[key], Contact())),
            }
            for key in sorted(asked.keys() - rows.keys())
        ]
        _seal_anew(dict(_wanted(rows, asked, kept)))
        _hand_over(kept - asked.keys())
        _drop_old(on)
        add_rows(CallbackContact, fresh)


def lifted_among(keys: Collection[str]) -> frozenset[str]:
    """Return which of some keys have a contact in its table."""
    query = select(CallbackContact.id).where(CallbackContact.id.in_(keys))
    return frozenset(db.session.scalars(query)) if keys else frozenset()


def _waiting(*where: Any) -> Iterator[Waiting]:
    """Open what waits, before the transaction: it may be a week of a city."""
    query = select(table_of(Intake)).where(*where).execution_options(yield_per=TOGETHER)
    return opened(db.session.execute(query))


def _organs(sections: Iterable[int]) -> dict[int, int]:
    rows = db.session.execute(select(Section.id, Section.organ_id).where(Section.id.in_(sections)))
    return {row.id: row.organ_id for row in rows}


def _rows() -> dict[str, bytes]:
    """Return id -> what is sealed, and keep the rows from being changed meanwhile."""
    table = table_of(CallbackContact)
    query = select(table.c.id, table.c.sealed).order_by(table.c.id).with_for_update()
    return {row.id: row.sealed for row in db.session.execute(query)}


def _wanted(
    rows: Mapping[str, bytes], asked: Mapping[str, Waiting], kept: Collection[str]
) -> Iterator[tuple[str, Contact]]:
    """Yield what is to stand in each row that can be read, in the order of the keys."""
    for key, sealed in rows.items():
        with suppress(InvalidToken):
            now = open_row(sealed)
            if key in asked:
                now = _contact(asked[key], now)
            elif key not in kept:
                now = Contact()
            yield key, now


def _contact(ballot: Waiting, before: Contact) -> Contact:
    phone = ballot.contact.decode() if ballot.contact else None
    return replace(before, phone=phone, staff_id=ballot.staff_id, section_id=ballot.section_id)


def _seal_anew(contacts: Mapping[str, Contact]) -> None:
    """Write all rows, changed or not (a step)."""
    table = table_of(CallbackContact)
    one = update(table).where(table.c.id == bindparam("key")).values(sealed=bindparam("new"))
    values = [{"key": key, "new": seal_row(contact)} for key, contact in contacts.items()]
    if values:
        db.session.execute(one, values)


def _hand_over(keys: Collection[str]) -> None:
    """Take what is counted off the calls: from now on its case has it (a step)."""
    table = table_of(CallbackContact)
    one = update(table).where(table.c.id == bindparam("key")).values(is_done=True)
    if keys:
        db.session.execute(one, [{"key": key} for key in sorted(keys)])


def _drop_old(on: date) -> None:
    """Delete the empty rows that are long over (a step)."""
    table = table_of(CallbackContact)
    old = db.session.execute(select(table.c.id, table.c.sealed).where(table.c.due_on < on - GONE))
    empty = list[str]()
    for key, sealed in old:
        with suppress(InvalidToken):
            if open_row(sealed).is_empty:
                empty.append(key)
    if empty:
        db.session.execute(delete(table).where(table.c.id.in_(empty)))


def _forget_held(on: date) -> None:
    """Take the numbers out of ballots that no counting will take: their period was closed before.

    They have the term of all numbers, from the last day of their window on. All such ballots are
    sealed anew at their old length, so that nothing tells which of them had a number.
    """
    table = table_of(Intake)
    over = table.c.valid_until < on - timedelta(days=rules_in_force()[KEPT])
    sealed = sealed_among(db.session.scalars(select(table.c.base_period).where(over).distinct()))
    where = (over, table.c.base_period.in_(sealed))
    if not sum(bool(ballot.contact) for ballot in _waiting(*where)):  # To the end of the cursor.
        return
    one = update(table).where(table.c.name == bindparam("key")).values(sealed=bindparam("new"))
    with unit_of_work(SYSTEM) as unit:
        rows = db.session.execute(select(table).where(*where).order_by(table.c.name)).all()
        lengths, held = {row.name: len(row.sealed) for row in rows}, list(opened(rows))
        names = [name_of(ballot.ballot_id) for ballot in held]
        values = [
            {"key": name, "new": replace(ballot, contact=None).seal(at_least=lengths[name])}
            for name, ballot in zip(names, held, strict=True)
        ]
        db.session.execute(one, values)
        numbers = sum(bool(ballot.contact) for ballot in held)
        unit.record(Action.CONTACT_DELETE, "intake", contacts=numbers)

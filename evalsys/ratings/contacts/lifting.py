"""The nightly lift of callback numbers out of waiting ballots, in one transaction.

The ballot stays the original: a row written at the submit could be matched to it by the order of
transactions. The table is synchronised with the waiting ballots and the features' requests, and all
rows are encrypted anew, so that two copies do not show which changed. See docs/adr/0035.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import bindparam, delete, select, update

from evalsys.core.audit import lock_until_commit, unaudited_unit, unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.rows import add_rows, batched, table_of
from evalsys.organisation.org.models import Section
from evalsys.organisation.periods.queries import sealed_among
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.ratings.ballots.models import CallbackContact, Intake
from evalsys.ratings.ballots.sealing import WaitingBallot, name_of, opened
from evalsys.ratings.contacts.limits import CALL, KEPT
from evalsys.ratings.contacts.rows import Contact, open_row, seal_row
from evalsys.ratings.counting.hooks import asked_contacts

CONTACTS_LOCK = 0x6361_6C6C_73  # An arbitrary number that nothing else locks.
TOGETHER = 1000  # ballots read at a time
GONE = timedelta(
    days=400
)  # An empty row is kept so long after its day: its deletion reveals nothing.


def lift_contacts(on: date) -> None:
    """Synchronise the contacts with the waiting ballots and the features' requests.

    A new contact is due `contact_wd` working days after the day before `on`: a day's ballots are
    lifted in the night that follows. A contact that is no longer needed is emptied. Rows sealed
    under another secret key stay.
    """
    _forget_held(on)
    asked = {ballot.contact_id: ballot for ballot in _waiting() if ballot.contact}
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
    """Return those of some keys that have a contact row."""
    query = select(CallbackContact.id).where(CallbackContact.id.in_(keys))
    return frozenset(db.session.scalars(query)) if keys else frozenset()


def _waiting(*where: Any) -> Iterator[WaitingBallot]:
    """Yield waiting ballots, read before the transaction: a city has a week of them."""
    query = select(table_of(Intake)).where(*where).execution_options(yield_per=TOGETHER)
    return opened(db.session.execute(query))


def _organs(sections: Iterable[int]) -> dict[int, int]:
    rows = db.session.execute(select(Section.id, Section.organ_id).where(Section.id.in_(sections)))
    return {row.id: row.organ_id for row in rows}


def lock_contacts() -> None:
    """Lock all contacts until the end of the transaction."""
    lock_until_commit(CONTACTS_LOCK)


def _rows() -> dict[str, bytes]:
    """Return id -> sealed contact, with all contacts locked."""
    lock_contacts()
    table = table_of(CallbackContact)
    query = select(table.c.id, table.c.sealed).order_by(table.c.id)
    return {row.id: row.sealed for row in db.session.execute(query)}


def _wanted(
    rows: Mapping[str, bytes], asked: Mapping[str, WaitingBallot], kept: Collection[str]
) -> Iterator[tuple[str, Contact]]:
    """Yield the wanted content of each readable row, in key order."""
    for key, sealed in rows.items():
        with suppress(InvalidToken):
            contact = open_row(sealed)
            if key in asked:
                contact = _contact(asked[key], contact)
            elif key not in kept:
                contact = Contact()
            yield key, contact


def _contact(ballot: WaitingBallot, before: Contact) -> Contact:
    phone = ballot.contact.decode() if ballot.contact else None
    return replace(before, phone=phone, staff_id=ballot.staff_id, section_id=ballot.section_id)


def _seal_anew(contacts: Mapping[str, Contact]) -> None:
    """Encrypt and write all rows, changed or not."""
    table = table_of(CallbackContact)
    statement = update(table).where(table.c.id == bindparam("key")).values(sealed=bindparam("new"))
    values = [{"key": key, "new": seal_row(contact)} for key, contact in contacts.items()]
    if values:
        db.session.execute(statement, values)


def _hand_over(keys: Collection[str]) -> None:
    """Mark the contacts of counted ballots as done: their cases take over the call."""
    table = table_of(CallbackContact)
    for some in batched(sorted(keys)):
        db.session.execute(update(table).where(table.c.id.in_(some)).values(is_done=True))


def _drop_old(on: date) -> None:
    """Delete empty rows older than GONE."""
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
    """Remove the numbers from ballots that will never be counted: their period was closed before.

    The retention period runs from the last day of their window. All such ballots are encrypted anew
    at their old length, so that it does not show which had a number.
    """
    table = table_of(Intake)
    over = table.c.valid_until < on - timedelta(days=rules_in_force()[KEPT])
    sealed = sealed_among(db.session.scalars(select(table.c.base_period).where(over).distinct()))
    where = (over, table.c.base_period.in_(sealed))
    if not sum(bool(ballot.contact) for ballot in _waiting(*where)):  # To the end of the cursor.
        return
    statement = (
        update(table).where(table.c.name == bindparam("key")).values(sealed=bindparam("new"))
    )
    with unit_of_work(SYSTEM) as unit:
        rows = db.session.execute(select(table).where(*where).order_by(table.c.name)).all()
        lengths, held = {row.name: len(row.sealed) for row in rows}, list(opened(rows))
        names = [name_of(ballot.ballot_id) for ballot in held]
        values = [
            {"key": name, "new": replace(ballot, contact=None).seal(at_least=lengths[name])}
            for name, ballot in zip(names, held, strict=True)
        ]
        db.session.execute(statement, values)
        numbers = sum(bool(ballot.contact) for ballot in held)
        unit.record(Action.CONTACT_DELETE, "intake", contacts=numbers)

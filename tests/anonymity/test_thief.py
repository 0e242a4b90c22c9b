"""A thief with database, backups and files, and the truth to measure them by: see `thief`."""

from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import correlation

import pytest
from flask import Flask
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.organisation.org.models import Section
from evalsys.organisation.periods.models import PeriodState
from evalsys.ratings.ballots.models import CallbackContact, Intake
from evalsys.ratings.ballots.sealing import WaitingBallot, name_of
from evalsys.ratings.ballots.service import open_contact
from evalsys.ratings.contacts.rows import Contact, open_row, seal_row
from evalsys.ratings.counting.service import count_due
from tests.anonymity.loot import number_by_log, print_log, steal_log, steal_pages, steal_tables
from tests.anonymity.thief import (
    Loot,
    counting_days,
    gather_tickets,
    is_low,
    link_by_issuers,
    link_by_likeness,
    link_by_services,
    link_contacts,
    link_replaced,
    link_waiting,
    places_in_pages,
    raw,
    side_by_side,
)
from tests.anonymity.town import START, Town
from tests.databases import KIND
from tests.factories import make_period, make_section, make_staff

CONTACTS = select(CallbackContact)


@pytest.fixture(scope="module")
def seed() -> int:
    return 20260907


@pytest.fixture
def town(app: Flask, tmp_path: Path, seed: int) -> Town:
    town = Town(tmp_path, Random(seed))  # noqa: S311  # The same town each time.
    town.live()
    db.session.rollback()
    assert len(town.truth) > 150
    return town


def hits(guesses: dict[bytes, bytes], truth: dict[bytes, bytes]) -> int:
    return sum(truth[ballot] == hashed for ballot, hashed in guesses.items() if ballot in truth)


def test_a_thief_without_the_key_links_no_better_than_guessing(town: Town) -> None:
    """Neither ratings to tickets nor numbers to ratings; one town is enough for all of it."""
    loot = town.loot()
    tickets = gather_tickets(loot)
    assert set(town.truth.values()) <= tickets.keys(), "the copies know every ticket"
    assert loot.tables["ticket"] == [], "the database itself has forgotten them"
    check_side_by_side(town, loot)
    check_likeness(town, loot)
    check_replaced(town, loot)
    check_numbers(town, loot)
    check_days(town, loot)


def check_side_by_side(town: Town, loot: Loot) -> None:
    """No row and no file has a ticket beside a ballot."""
    tickets, ballots = set(town.truth.values()), set(town.truth)
    if KIND == "postgresql":
        assert "INSERT" in print_log(town.since), "the log was read"
    found = side_by_side(loot, tickets, ballots)
    assert hits(found, town.truth) < 5, "some stand at the edges of two pages by chance"


def check_likeness(town: Town, loot: Loot) -> None:
    """What a rating has in common with a ticket fits a crowd, and no order tells them apart."""
    tickets = gather_tickets(loot)
    plain = link_by_likeness(loot, tickets, use_kind=False, use_order=False)
    assert len(plain) == len(town.truth)
    # Among g of a crowd one guess is right on the average, whatever g is; so is the variance.
    days = set(counting_days(loot).values())
    crowds = len({*(seat for one in tickets.values() for seat in one.seats)}) * max(len(days), 1)
    by_chance = crowds + 5 * crowds**0.5
    assert hits(plain, town.truth) < by_chance
    for use_kind, use_order in ((True, False), (False, True), (True, True)):
        found = link_by_likeness(loot, tickets, use_kind=use_kind, use_order=use_order)
        assert hits(found, town.truth) < by_chance, (use_kind, use_order)
    assert len({row["issuer_id"] for row in loot.tables["issuing_tally"]}) > 5
    assert sum(row["tickets"] for row in loot.tables["issuing_tally"]) == len(tickets)
    assert hits(link_by_issuers(loot, tickets, town.issuers), town.truth) < by_chance
    assert sum(row["services"] for row in loot.tables["services_handled"]) > len(tickets)
    assert hits(link_by_services(loot, tickets), town.truth) < by_chance


def check_replaced(town: Town, loot: Loot) -> None:
    """How often a ballot was replaced, which a waiting one shows, leads from no rating to it."""
    assert sum(int(row["replaced"]) > 0 for row in loot.rows("intake")) > 20
    found = link_replaced(loot)
    assert [one for one in town.truth if name_of(one) in found.get(one, ())] == []


def check_numbers(town: Town, loot: Loot) -> None:
    """No number to call leads to a rating: it fits the low ratings of the whole organ."""
    sets = link_contacts(loot)
    stored = {one.id: open_row(one.sealed).phone for one in db.session.scalars(CONTACTS)}
    numbers = {key: town.phones[open_contact((one or "").encode())] for key, one in stored.items()}
    assert len(numbers) == len(town.phones) > 30
    by_chance = 0.0
    for key, ballot in numbers.items():
        assert ballot in sets[key]
        assert len(sets[key]) >= 4
        by_chance += 1 / len(sets[key])
    assert by_chance < len(numbers) / 5


def check_days(town: Town, loot: Loot) -> None:
    """No file tells when a rating of a closed period was counted: a case bears that day.

    What would lead from it is there before: else it proves nothing.
    """
    low = [row for row in loot.tables["rating"] if is_low(row)]
    people = {row["staff_id"] for row in low}
    crowds = {(row["staff_id"], town.counted[raw(row["ballot_id"])]) for row in low}
    assert len(crowds) > 3 * len(people), "as many right guesses, on the average, as crowds"
    if KIND == "postgresql":
        assert counting_days(loot) == town.counted
    else:
        assert counting_days(loot) == {}
        assert likeness(places_in_pages(loot), town.counted) > 0.4

    make_period("2026-Q3", state=PeriodState.CLOSED)
    assert count_due(SYSTEM, on=date(2026, 10, 20)).is_wiped
    loot = Loot(steal_tables(), pages=steal_pages())
    assert counting_days(loot) == {}
    assert likeness(places_in_pages(loot), town.counted) < 0.35
    assert len(loot.tables["rating"]) == len(town.counted)


def likeness(places: dict[bytes, float], counted: dict[bytes, date]) -> float:
    """The correlation of places and days; 0 where there are no places."""
    if not places:
        return 0.0
    return correlation(
        [places[one] for one in counted], [on.toordinal() for on in counted.values()]
    )


# While the ballots wait, their rows show section and month: no contact may lead to one.


class Night:
    """A day's ballots, one row of a contact after the other or all in a night, and two copies."""

    def __init__(self, folder: Path, seed: int, *, at_submit: bool) -> None:
        self.town = Town(folder, Random(seed))  # noqa: S311  # The same town each time.
        if at_submit:
            self.town.after_submit = self.write_beside
        people = [make_staff(section) for section in (make_section(), make_section()) for _ in "ab"]
        for on in (START, START + timedelta(days=1)):
            self.town.rate(self.town.serve(people, on), on)
            self.steal()
            if not at_submit:
                count_due(SYSTEM, on=on + timedelta(days=1))
                self.steal()

    def write_beside(self, ballot_id: bytes) -> None:
        """Write the very row that the lift would write, in a transaction after the submit."""
        name = name_of(ballot_id)
        ballot = WaitingBallot.open(
            db.session.execute(select(Intake).where(Intake.name == name)).scalar_one()
        )
        if ballot.contact:
            section = db.session.get_one(Section, ballot.section_id)
            row = CallbackContact(
                id=ballot.contact_id,
                organ_id=section.organ_id,
                due_on=START,
                sealed=seal_row(Contact(ballot.contact.decode(), ballot.staff_id, section.id)),
            )
            db.session.rollback()
            db.session.add(row)
            db.session.commit()

    def steal(self) -> None:
        tables = steal_tables()
        number_by_log(tables, steal_log())
        self.town.copies.append(tables)

    def linked(self) -> tuple[int, int]:
        """How many contacts the thief leads to their ballot, and how many there are."""
        found = link_waiting(self.town.copies)
        db.session.rollback()
        ballots = [WaitingBallot.open(row) for row in db.session.scalars(select(Intake))]
        truth = {one.contact_id: name_of(one.ballot_id) for one in ballots if one.contact}
        assert found.keys() == truth.keys()
        return sum(truth[key] == name for key, name in found.items()), len(truth)


@pytest.mark.usefixtures("app")
def test_a_thief_links_no_contact_to_a_waiting_ballot(tmp_path: Path, seed: int) -> None:
    right, total = Night(tmp_path, seed, at_submit=False).linked()
    assert total > 15
    assert right < total / 4, "one in a crowd of an organ's ballots, now and then by chance"


@pytest.mark.usefixtures("app")
def test_the_thief_would_find_a_contact_that_is_written_at_the_submit(
    tmp_path: Path, seed: int
) -> None:
    right, total = Night(tmp_path, seed, at_submit=True).linked()
    assert total > 15
    assert right > total * 0.9, "a thief who finds nothing there proves nothing above"

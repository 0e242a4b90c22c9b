"""A thief with database, backups and files, and the truth to measure them by: see `thief`."""

from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.ratings.models import CallbackContact
from evalsys.ratings.service import open_contact
from tests.anonymity.loot import print_log
from tests.anonymity.thief import (
    Loot,
    gather_tickets,
    is_low,
    link_by_issuers,
    link_by_likeness,
    link_contacts,
    side_by_side,
)
from tests.anonymity.town import Town
from tests.databases import KIND


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


def test_a_thief_without_the_key_links_ratings_no_better_than_guessing(
    town: Town,
) -> None:
    loot = town.loot()
    tickets = gather_tickets(loot)
    assert set(town.truth.values()) <= tickets.keys(), "the copies know every ticket"
    assert loot.tables["ticket"] == [], "the database itself has forgotten them"
    check_side_by_side(town, loot)
    check_likeness(town, loot)


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
    crowds = len({(str(one.facts["valid_until"]), *one.seats) for one in tickets.values()})
    by_chance = crowds + 5 * crowds**0.5
    assert hits(plain, town.truth) < by_chance
    for use_kind, use_order in ((True, False), (False, True), (True, True)):
        found = link_by_likeness(loot, tickets, use_kind=use_kind, use_order=use_order)
        assert hits(found, town.truth) < by_chance, (use_kind, use_order)
    assert len({row["issuer_id"] for row in loot.tables["issuing_tally"]}) > 5
    assert sum(row["tickets"] for row in loot.tables["issuing_tally"]) == len(tickets)
    assert hits(link_by_issuers(loot, tickets, town.issuers), town.truth) < by_chance


def test_a_thief_without_the_key_links_no_number_to_a_rating(town: Town) -> None:
    loot = town.loot()
    sets = link_contacts(loot)
    stored = db.session.scalars(select(CallbackContact))
    numbers = {one.id: town.phones[open_contact(one.contact)] for one in stored}
    assert len(numbers) == len(town.phones) > 30
    lows = [row for row in loot.tables["rating"] if is_low(row)]
    whose = {bytes(row["ballot_id"]): (row["staff_id"], row["section_id"]) for row in lows}
    for key, ballot in numbers.items():
        crowd = {one for one, seat in whose.items() if seat == whose[ballot]}
        assert sets[key] == crowd, "every low rating of the person, of the whole period"

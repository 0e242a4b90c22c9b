"""What is sent to the database asks one machine, or all of them at once. See docs/adr/0008.

The rules are those under which Citus refuses a statement, or sends every row to one machine.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from evalsys.core import database
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.operations.machines.rules import DISTRIBUTED
from evalsys.ratings.ballots.queries import get_form, get_ticket, look_up
from evalsys.ratings.ballots.rules import Hand, RatingDraft
from evalsys.ratings.ballots.service import mark_interference, submit_rating
from evalsys.ratings.counting.service import count_due
from evalsys.results.closing.service import close_period
from tests.factories import make_section, make_staff
from tests.ratings.ballots.test_service import GOOD, HAND, LAST_DAY, THURSDAY, issue
from tests.ratings.history.test_service import past, store
from tests.ratings.intake import VALID_UNTIL, leave_ballots
from tests.results.closing.city import CODE, NOW, TODAY, make_city
from tests.world import Place, make_world

NAMED = re.compile(r'\b(?:FROM|JOIN|INTO|UPDATE)\s+"?(\w+)"?')
PLACE = r"\s*=\s*(?:\?|%\(\w+\)s)"
DUE = VALID_UNTIL + timedelta(days=1)
# The rows of an import come from where they were staged: a thousand in one statement.
MOVED = {("rating", "past_row"), ("exclusion", "past_row"), ("spent_ticket", "ticket")}


def distributed(words: str) -> list[str]:
    """The distributed tables that a statement names, in its order."""
    return [name for name in NAMED.findall(words) if name in DISTRIBUTED]


def asks_one_machine(words: str) -> bool:
    """Whether every distributed table is named with one value of its column."""
    if words.startswith("INSERT"):
        [table] = distributed(words)
        columns = words.partition("(")[2].partition(")")[0]
        return DISTRIBUTED[table] in columns and "SELECT" not in words
    tables = [f"{table}.{DISTRIBUTED[table]}" for table in distributed(words)]
    pinned = {place for place in tables if re.search(rf"\b{place}{PLACE}", words)}
    pinned |= {
        place
        for place in tables
        for other in pinned
        if f"{place} = {other}" in words or f"{other} = {place}" in words
    }
    return set(tables) == pinned


def refusal(words: str) -> str | None:
    """Why Citus would refuse a statement, or ask one machine after another for its rows."""
    if not distributed(words):
        return None
    if "FOR UPDATE" in words and not asks_one_machine(words):
        return "locks rows of several machines"
    if words.startswith(("UPDATE", "DELETE")) and NAMED.findall(words)[0] not in DISTRIBUTED:
        return "changes a copied table by what is distributed"
    if words.startswith("INSERT") and "SELECT" in words:
        return moving(words)
    return joining(words)


def moving(words: str) -> str | None:
    """Why an INSERT ... SELECT is not one of those that move a thousand rows at once."""
    target, *sources = distributed(words)
    known = {source for one, source in MOVED if one == target}
    if not sources:  # Seats of an import, copied to all; what waits, written anew each night.
        return (
            None
            if target == "tally" or "FROM kept_" in words
            else "sends rows over the coordinator"
        )
    return None if set(sources) <= known else "sends rows from machine to machine"


def joining(words: str) -> str | None:
    """Why two tables are not joined where they lie."""
    for one, other in itertools.pairwise(distributed(words)):
        if one == other or "UNION ALL" in words:
            continue
        mine, yours = (f"{name}.{DISTRIBUTED[name]}" for name in (one, other))
        joins = (f"{mine} = {yours}", f"{yours} = {mine}", f"{yours} IN (S", f"{mine} IN (S")
        if not any(join in words for join in joins):
            return f"joins {one} and {other} by something else than where they lie"
    return None


def groups(words: str) -> bool:
    """Whether a statement groups ratings, and not by the person first of all machines."""
    return "GROUP BY" in words and "rating" in distributed(words)


@pytest.fixture
def sent(statements: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The SQL that the test sends, over bare connections too."""
    run: Callable[..., Any] = database.BareConnection._run  # noqa: SLF001  # It has no event.

    def noted(self: Any, statement: Any, values: Any) -> Any:
        prepared = run(self, statement, values)
        statements.append(prepared.sql)
        return prepared

    monkeypatch.setattr(database.BareConnection, "_run", noted)
    yield statements
    assert {words: why for words in statements if (why := refusal(words))} == {}


def test_a_submit_asks_one_machine_a_statement(app: Flask, sent: list[str]) -> None:
    ticket = issue(make_staff(make_section()))
    sent.clear()
    held, _ = get_form(ticket.secret)
    person, draft = held.served[0], RatingDraft(GOOD, comment="谢谢")
    first = submit_rating(held, person, draft, HAND, on=THURSDAY)
    submit_rating(held, person, draft, Hand(b"another phone...", first), on=LAST_DAY)
    mark_interference(held, person)
    get_ticket(ticket.secret)
    asked = [words for words in sent if distributed(words)]
    assert [words for words in asked if not asks_one_machine(words)] == []
    submit = [words for words in asked if {"rating", "intake"} & set(distributed(words))]
    assert len(submit) == 1 + 2 + 3 + 1, "the form, two submits (one tries two references), a mark"


def test_a_batch_is_a_fixed_number_of_statements(
    app: Flask, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = make_staff(make_section())
    numbers = []
    for ballots in (40, 80):
        leave_ballots(ballots, staff, comment="谢谢", attitude=5)
        sent.clear()
        assert count_due(SYSTEM, on=DUE, force=True).counted.batches == 1
        numbers.append(len([words for words in sent if distributed(words)]))
        taken = [words for words in sent if words.startswith("DELETE FROM intake")]
        assert sum("RETURNING" in words for words in taken) == 1
        monkeypatch.setattr("tests.ratings.intake.secrets_of", other_secrets)
    assert numbers[0] == numbers[1]


def other_secrets(number: int) -> list[bytes]:
    return [f"billet-{nth:09}".encode() for nth in range(number)]


def test_a_closing_groups_by_person_where_the_ratings_lie(app: Flask, sent: list[str]) -> None:
    make_city()
    sent.clear()
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    grouped = [words for words in sent if groups(words)]
    assert grouped
    for words in grouped:
        for part in words.split("GROUP BY")[1:]:
            assert "staff_id" in part.partition(")")[0], words


def test_what_looks_a_reference_up_asks_all_at_once(app: Flask, sent: list[str]) -> None:
    ticket = issue(make_staff(make_section()))
    reference = submit_rating(ticket, ticket.served[0], RatingDraft(GOOD), HAND, on=THURSDAY)
    sent.clear()
    look_up(reference)
    assert len([words for words in sent if distributed(words)]) == 2


def test_an_import_moves_a_turn_at_a_time(app: Flask, sent: list[str]) -> None:
    make_staff(make_section(code="S1"), number="000001")
    sent.clear()
    store(*(past(n, levels=(1 + n % 5, None, 3, None)) for n in range(50)))
    asked = [words for words in sent if distributed(words)]
    assert sum(words.startswith("INSERT INTO past_row") for words in asked) == 1
    assert sum(words.startswith("INSERT INTO rating") for words in asked) == 1


def test_a_reviewer_and_a_caller_ask_what_citus_answers(
    app: Flask, sign_in: Callable[[User], FlaskClient], sent: list[str]
) -> None:
    world = make_world()
    client = sign_in(world.users[Role.HR])
    key = world.corners[Place.OWN].comment.id
    sent.clear()
    assert client.get("/comments").status_code == 200
    data = {"comment": key, "state": "released", "body": "好"}
    assert client.post("/comments", data=data).status_code == 303
    writes = [words for words in sent if words.startswith("UPDATE comment")]
    assert writes
    assert all(map(asks_one_machine, writes))
    assert client.get("/feedback/calls").status_code == 200


@pytest.mark.parametrize(
    "words",
    [
        "SELECT intake.name FROM intake WHERE intake.name IN (?, ?) FOR UPDATE",
        "INSERT INTO intake (name) SELECT ? WHERE NOT EXISTS (SELECT * FROM rating)",
        "SELECT * FROM exclusion JOIN rating ON exclusion.ballot_id = rating.ballot_id",
        "UPDATE section SET name = ? WHERE section.id IN (SELECT section_id FROM rating)",
    ],
)
def test_what_was_refused_is_found(words: str) -> None:
    assert refusal(words)

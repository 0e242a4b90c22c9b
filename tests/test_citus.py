"""Ready for more than one machine: the tables keep the rules of Citus. See docs/adr/0008.

What grows with the citizens is distributed, and every other table is copied to each machine (a
reference table). The rules are those under which PostgreSQL's Citus distributes a table at all and
answers a citizen's request on a single machine.
"""

import pytest
import sqlalchemy as sa
from flask import Flask

from evalsys.core.extensions import db, metadata
from evalsys.operations.machines.rules import DISTRIBUTED, PERSON, leader_of

TABLES = sorted(DISTRIBUTED)


def unique_keys(table: sa.Table) -> list[set[str]]:
    """The columns of everything that must be unique in a table."""
    kinds = (sa.PrimaryKeyConstraint, sa.UniqueConstraint)
    constraints = [one for one in table.constraints if isinstance(one, kinds)]
    indexes = [index for index in table.indexes if index.unique]
    return [{column.name for column in key.columns} for key in (*constraints, *indexes)]


@pytest.mark.parametrize("name", TABLES)
def test_a_distributed_table_has_its_column_and_never_without_a_value(name: str) -> None:
    column = metadata.tables[name].columns[DISTRIBUTED[name]]
    assert not column.nullable


@pytest.mark.parametrize("name", TABLES)
def test_whatever_is_unique_is_so_on_one_machine(name: str) -> None:
    keys = unique_keys(metadata.tables[name])
    assert keys
    for key in keys:
        assert DISTRIBUTED[name] in key


@pytest.mark.parametrize("name", TABLES)
def test_no_machine_has_to_ask_another_one_for_the_next_number(name: str) -> None:
    table = metadata.tables[name]
    assert table.autoincrement_column is None
    for column in table.columns:
        assert column.identity is None
        assert not isinstance(column.default, sa.Sequence)


@pytest.mark.parametrize("name", TABLES)
def test_a_foreign_key_leads_to_a_copied_table_or_stays_on_the_machine(name: str) -> None:
    own = DISTRIBUTED[name]
    for constraint in metadata.tables[name].foreign_key_constraints:
        target = constraint.referred_table.name
        if target in DISTRIBUTED:
            pairs = {(e.parent.name, e.column.name) for e in constraint.elements}
            assert (own, DISTRIBUTED[target]) in pairs


@pytest.mark.parametrize("name", TABLES)
def test_a_foreign_key_never_moves_a_row_to_another_machine(name: str) -> None:
    for constraint in metadata.tables[name].foreign_key_constraints:
        assert constraint.ondelete in {None, "RESTRICT", "NO ACTION"}
        assert constraint.onupdate in {None, "RESTRICT", "NO ACTION"}


def test_a_copied_table_never_points_at_a_distributed_one() -> None:
    wrong = [
        (table.name, constraint.referred_table.name)
        for table in metadata.tables.values()
        if table.name not in DISTRIBUTED
        for constraint in table.foreign_key_constraints
        if constraint.referred_table.name in DISTRIBUTED
    ]
    assert wrong == []


def test_tables_with_the_same_column_have_the_same_type_there() -> None:
    kinds: dict[str, set[str]] = {}
    for name, column in DISTRIBUTED.items():
        kind = metadata.tables[name].columns[column].type
        kinds.setdefault(column, set()).add(repr(kind))
    assert all(len(found) == 1 for found in kinds.values())


def test_every_table_of_the_citizens_is_distributed() -> None:
    """A table that hangs on a ticket or a ballot grows with them."""
    grown = {
        table.name
        for table in metadata.tables.values()
        if {"ticket_hash", "ballot_id", "event_hash", "tag"} & set(table.columns.keys())
    }
    assert grown <= DISTRIBUTED.keys()


def test_what_is_counted_of_a_person_lies_on_one_machine() -> None:
    together = {"rating", "exclusion", "tally", "reason_tally", "comment"}
    assert {name for name, column in DISTRIBUTED.items() if column == PERSON} >= together
    assert {leader_of(name) for name in together - {"rating"}} == {"rating"}


def test_who_points_at_a_distributed_table_is_put_in_its_place_after_it() -> None:
    order = list(DISTRIBUTED)
    for name in order:
        for constraint in metadata.tables[name].foreign_key_constraints:
            target = constraint.referred_table.name
            assert target not in DISTRIBUTED or order.index(target) < order.index(name)


def test_the_keys_of_the_database_are_those_of_the_models(app: Flask) -> None:
    """In the same order too, in which SQLite stores the rows: Alembic does not compare it."""
    found = sa.inspect(db.engine)
    for name, table in metadata.tables.items():
        wanted = [column.name for column in table.primary_key]
        assert found.get_pk_constraint(name)["constrained_columns"] == wanted, name

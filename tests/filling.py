"""A row for every table, made from the metadata alone, so that no new table is forgotten."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from evalsys.core.database import Hundredths, UtcDateTime
from evalsys.ratings.ballots.models import Channel, RaterGroup
from evalsys.ratings.ballots.sealing import WaitingBallot

EARLIER, LATER = date(2026, 7, 1), date(2026, 9, 30)


# What must be able to be opened.
SEALED = WaitingBallot(
    ballot_id=bytes(16),
    tag=bytes(16),
    reference="AB2CD3EF",
    staff_id=1,
    rater_group=RaterGroup.RECIPIENT,
    service_type=None,
    channel=Channel.SLIP,
    attitude=5,
    work_style=None,
    efficiency=None,
    competence=None,
    reasons=0,
    comment=None,
    contact=None,
    section_id=1,
    base_period="2026-Q3",
)


def fill_every_table(connection: sa.Connection, metadata: sa.MetaData) -> None:
    """Insert a row into each table that has none; foreign keys point at the rows made before.

    What its migration has not made yet, or has taken away, is left out: tables and columns.
    """
    made: dict[str, dict[str, Any]] = {}
    inspector = sa.inspect(connection)
    there = set(inspector.get_table_names())
    for table in (table for table in metadata.sorted_tables if table.name in there):
        names = {column["name"] for column in inspector.get_columns(table.name)}
        columns = [column for column in table.columns if column.name in names]
        found = connection.execute(sa.select(*columns).limit(1)).mappings().first()
        row = dict(found) if found else {one.name: _value(one, made) for one in columns}
        if table.name == "intake" and found is None and "sealed" in names:
            row |= {name: SEALED.row(LATER)[name] for name in ("name", "looked_up_by", "sealed")}
        if table.name == "attachment" and found is None:  # It belongs to one of two.
            row["step_id"] = made["case_step"]["id"]
        rows = _of_a_case(row, made) if table.name == "party" else [row]
        if found is None:
            connection.execute(sa.insert(sa.table(table.name, *map(_bare, columns))), rows)
        made[table.name] = row


def _of_a_case(row: dict[str, Any], made: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the two who take part in every case: it had columns for them once."""
    owner = {**row, "id": 2, "duty": "owner", "section_id": made["section"]["id"]}
    return [{**row, "duty": "person", "staff_id": made["staff"]["id"]}, owner]


def _bare(column: sa.Column[Any]) -> sa.ColumnClause[Any]:
    """Name a column without the defaults of the model, whose other columns may not be there."""
    return sa.column(column.name, column.type)


def _value(column: sa.Column[Any], made: dict[str, dict[str, Any]]) -> Any:
    if column.nullable and _is_of_a_later_step(column):
        return None
    for key in column.foreign_keys:
        target = key.column.table.name
        return made[target][key.column.name] if target in made else None  # Its own parent: none.
    return _plain_value(column.name, column.type)


def _is_of_a_later_step(column: sa.Column[Any]) -> bool:
    """Whether a check ties who, when or why to a later state than the first: figures are not."""
    is_figure = isinstance(column.type, sa.Integer | Hundredths) and not column.foreign_keys
    checks = (one for one in column.table.constraints if isinstance(one, sa.CheckConstraint))
    named = any(re.search(rf"\b{column.name}\b", str(one.sqltext)) for one in checks)
    return named and not is_figure


def _plain_value(name: str, kind: Any) -> Any:
    if isinstance(kind, sa.Enum):
        return next(iter(kind.enum_class or ()))
    if isinstance(kind, sa.String):
        return name[: kind.length]
    if isinstance(kind, sa.Date):
        return LATER if name.startswith(("end", "valid")) else EARLIER
    if isinstance(kind, sa.LargeBinary):
        return name.encode()
    if isinstance(kind, sa.TypeDecorator) and isinstance(kind.impl, sa.JSON):
        return {}
    others: dict[type[Any], Any] = {
        UtcDateTime: datetime(2026, 7, 1, 9, 30, tzinfo=UTC),
        Hundredths: Decimal("1.00"),
        sa.JSON: {},
        sa.Boolean: True,
    }
    return next((value for known, value in others.items() if isinstance(kind, known)), 1)

"""rating, exclusion, comment: the person stands in the key, so that all of one lies together.

See docs/adr/0008: what is distributed over machines is found by what its key begins with.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

EVIDENCE = "exclusion_append_only"  # its trigger on PostgreSQL
TABLES = ("exclusion", "rating", "comment")  # Who points at another comes first.
OWN = "staff_id INTEGER NOT NULL, "
ONE = "FOREIGN KEY(ballot_id) REFERENCES rating (ballot_id)"
BOTH = "FOREIGN KEY(staff_id, ballot_id) REFERENCES rating (staff_id, ballot_id)"
# What stands in the definitions of SQLite, before and after.
CHANGED = {
    "rating": (
        ("pk_rating PRIMARY KEY (ballot_id)", "pk_rating PRIMARY KEY (staff_id, ballot_id)"),
    ),
    "comment": (("pk_comment PRIMARY KEY (id)", "pk_comment PRIMARY KEY (staff_id, id)"),),
    "exclusion": (
        ("( ballot_id", f"( {OWN}ballot_id"),
        (
            "pk_exclusion PRIMARY KEY (ballot_id)",
            "pk_exclusion PRIMARY KEY (staff_id, ballot_id)",
        ),
        (f"fk_exclusion_ballot_id {ONE}", f"fk_exclusion_staff_id {BOTH}"),
    ),
}
WHOSE = "(SELECT staff_id FROM rating WHERE rating.ballot_id = exclusion.ballot_id)"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index(op.f("ix_rating_staff_id"), "rating")
        op.drop_index(op.f("ix_comment_staff_id"), "comment")
        _write_anew(CHANGED, {"exclusion": {"staff_id": WHOSE}})
        op.create_index(op.f("ix_comment_id"), "comment", ["id"])
        return
    op.add_column("exclusion", sa.Column("staff_id", sa.Integer(), nullable=True))
    op.execute(f"ALTER TABLE exclusion DISABLE TRIGGER {EVIDENCE}")
    op.execute(f"UPDATE exclusion SET staff_id = {WHOSE}")
    op.execute(f"ALTER TABLE exclusion ENABLE TRIGGER {EVIDENCE}")
    op.alter_column("exclusion", "staff_id", nullable=False)
    op.drop_constraint(op.f("fk_exclusion_ballot_id"), "exclusion", type_="foreignkey")
    _set_key("rating", "staff_id", "ballot_id")
    _set_key("exclusion", "staff_id", "ballot_id")
    _set_key("comment", "staff_id", "id")
    _point_at_rating("staff_id", "ballot_id")
    op.drop_index(op.f("ix_rating_staff_id"), "rating")
    op.drop_index(op.f("ix_comment_staff_id"), "comment")
    op.create_index(op.f("ix_comment_id"), "comment", ["id"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index(op.f("ix_comment_id"), "comment")
        back = {
            table: [(after, before) for before, after in pairs] for table, pairs in CHANGED.items()
        }
        _write_anew(back, {})
    else:
        op.drop_constraint(op.f("fk_exclusion_staff_id"), "exclusion", type_="foreignkey")
        _set_key("rating", "ballot_id")
        _set_key("exclusion", "ballot_id")
        _set_key("comment", "id")
        op.drop_column("exclusion", "staff_id")
        _point_at_rating("ballot_id")
        op.drop_index(op.f("ix_comment_id"), "comment")
    op.create_index(op.f("ix_rating_staff_id"), "rating", ["staff_id"])
    op.create_index(op.f("ix_comment_staff_id"), "comment", ["staff_id"])


def _set_key(table: str, *columns: str) -> None:
    op.drop_constraint(op.f(f"pk_{table}"), table, type_="primary")
    op.create_primary_key(op.f(f"pk_{table}"), table, columns)


def _point_at_rating(*columns: str) -> None:
    name = op.f(f"fk_exclusion_{columns[0]}")
    op.create_foreign_key(name, "exclusion", "rating", columns, columns)


def _write_anew(changed, more) -> None:
    """Write tables of SQLite under changed definitions, with their indexes and triggers.

    Renaming in the old way leaves what points at a table as it is: at the one of this name.
    """
    op.execute("PRAGMA legacy_alter_table = ON")
    for table in TABLES:
        _write_table_anew(table, changed[table], more.get(table, {}))
    op.execute("PRAGMA legacy_alter_table = OFF")


def _write_table_anew(table, pairs, more) -> None:
    bind = op.get_bind()
    words = sa.text("SELECT type, name, sql FROM sqlite_master WHERE tbl_name = :table")
    found = bind.execute(words, {"table": table}).all()
    [ddl] = (row.sql for row in found if row.type == "table")
    parts = [row for row in found if row.type != "table" and row.sql]
    after = re.sub(r"\s+", " ", ddl)
    for old, new in pairs:
        if after.count(old) != 1:
            raise RuntimeError(f"the table {table} is not what this migration knows")
        after = after.replace(old, new)
    for part in parts:
        op.execute(f"DROP {part.type} {part.name}")
    before = f"{table}_before"
    op.execute(f"ALTER TABLE {table} RENAME TO {before}")
    op.execute(after)
    columns = bind.execute(sa.text(f"PRAGMA table_info({table})")).all()
    kept = [row.name for row in columns]
    key = [row.name for row in sorted(columns, key=lambda row: row.pk) if row.pk]
    values = ", ".join(
        f"{more[name].replace(table, before)} AS {name}" if name in more else name for name in kept
    )
    op.execute(
        f"INSERT INTO {table} ({', '.join(kept)}) SELECT {values} FROM {before} "
        f"ORDER BY {', '.join(key)}"
    )
    op.execute(f"DROP TABLE {before}")
    for part in parts:
        op.execute(part.sql)

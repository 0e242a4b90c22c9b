"""rating: no batch; period: since when nothing tells one. See docs/adr/0037."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

COLUMN = "batch_id INTEGER NOT NULL, "
KEY = "CONSTRAINT fk_rating_batch_id FOREIGN KEY(batch_id) REFERENCES count_batch (id), "


def upgrade() -> None:
    op.add_column("period", sa.Column("settled_on", sa.Date(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        _write_anew(lambda ddl: ddl.replace(COLUMN, "", 1).replace(KEY, "", 1))
        return
    op.drop_constraint(op.f("fk_rating_batch_id"), "rating", type_="foreignkey")
    op.drop_column("rating", "batch_id")
    # A dropped column stays in the rows, and their place tells the batch, until they are written
    # anew in the order of their keys.
    op.execute("CLUSTER rating USING pk_rating")
    op.execute("ALTER TABLE rating ALTER COLUMN reference TYPE VARCHAR(8) USING reference || ''")


def downgrade() -> None:
    """Go back. Which batch a rating came in is not known any more: all name the first."""
    op.drop_column("period", "settled_on")
    first = "(SELECT min(id) FROM count_batch)"
    if op.get_bind().dialect.name == "sqlite":
        _write_anew(
            lambda ddl: ddl.replace("CONSTRAINT ", COLUMN + "CONSTRAINT ", 1).replace(
                "CONSTRAINT fk_rating_section_id", KEY + "CONSTRAINT fk_rating_section_id", 1
            ),
            {"batch_id": first},
        )
        return
    op.add_column("rating", sa.Column("batch_id", sa.Integer(), nullable=True))
    op.execute("ALTER TABLE rating DISABLE TRIGGER rating_append_only")
    op.execute(f"UPDATE rating SET batch_id = {first}")
    op.execute("ALTER TABLE rating ENABLE TRIGGER rating_append_only")
    op.alter_column("rating", "batch_id", nullable=False)
    op.create_foreign_key(op.f("fk_rating_batch_id"), "rating", "count_batch", ["batch_id"], ["id"])


def _write_anew(change, more=None) -> None:
    """Write the table of SQLite under a changed definition, with its indexes and triggers.

    Renaming in the old way leaves what points at the table as it is: at the one of this name.
    """
    bind = op.get_bind()
    found = bind.execute(
        sa.text("SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'rating'")
    ).all()
    [ddl] = (row.sql for row in found if row.type == "table")
    parts = [row for row in found if row.type != "table" and row.sql]
    before = re.sub(r"\s+", " ", ddl)
    after = change(before)
    if after == before:
        raise RuntimeError("the table of ratings is not what this migration knows")
    op.execute("PRAGMA legacy_alter_table = ON")
    for part in parts:
        op.execute(f"DROP {part.type} {part.name}")
    op.execute("ALTER TABLE rating RENAME TO rating_before")
    op.execute(after)
    kept = [row.name for row in bind.execute(sa.text("PRAGMA table_info(rating)"))]
    values = ", ".join((more or {}).get(name, name) for name in kept)
    op.execute(
        f"INSERT INTO rating ({', '.join(kept)}) SELECT {values} FROM rating_before "
        "ORDER BY ballot_id"
    )
    op.execute("DROP TABLE rating_before")
    for part in parts:
        op.execute(part.sql)
    op.execute("PRAGMA legacy_alter_table = OFF")

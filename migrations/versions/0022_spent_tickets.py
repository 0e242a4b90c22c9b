"""tickets: what is left when a window is over; kind and channel of a rating in a crowd only."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# Who was rated, by whom, in one counting; and what nine others share or nobody keeps.
CELL = ("batch_id", "base_period", "section_id", "staff_id", "rater_group")


def upgrade() -> None:
    op.create_table(
        "spent_ticket",
        sa.Column("ticket_hash", sa.LargeBinary(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_spent_ticket")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rated_ticket",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_rated_ticket")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "issued_count",
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_issued_count_section_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_issued_count_staff_id")),
        sa.PrimaryKeyConstraint(
            "served_on", "section_id", "staff_id", name=op.f("pk_issued_count")
        ),
    )
    for column in ("section_id", "staff_id"):
        op.create_index(op.f(f"ix_issued_count_{column}"), "issued_count", [column])
    _coarsen()


def downgrade() -> None:
    """Go back. What is spent stays spent: its service and person are not known any more."""
    _name_channels()
    for table in ("issued_count", "rated_ticket", "spent_ticket"):
        op.drop_table(table)


def _name_channels() -> None:
    """Call "other" by a name that the version before knows."""
    _free()
    op.execute("UPDATE rating SET channel = 'import' WHERE channel = 'other'")
    _hold()


def _free() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER rating_no_update")
    else:
        op.execute("ALTER TABLE rating DISABLE TRIGGER rating_append_only")


def _hold() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER rating_no_update BEFORE UPDATE ON rating "
            "BEGIN SELECT RAISE(ABORT, 'append only: rating'); END"
        )
        return
    op.execute("ALTER TABLE rating ENABLE TRIGGER rating_append_only")
    # What was replaced stays in the file until the table is written anew.
    op.execute("ALTER TABLE rating ALTER COLUMN reference TYPE VARCHAR(8) USING reference || ''")


def _coarsen() -> None:
    """Make what stands on ratings "other", but where a whole cell of ten or more says the same.

    Stricter than the counting, which keeps two crowds beside each other: one statement can say it.
    """
    _free()
    cell = ", ".join(CELL)
    op.execute(
        f"CREATE TEMPORARY TABLE crowd AS SELECT {cell} FROM rating GROUP BY {cell} "
        "HAVING count(*) >= 10 AND count(DISTINCT COALESCE(service_type, '') || ' ' || channel) = 1"
    )
    same = " AND ".join(f"crowd.{name} = rating.{name}" for name in CELL)
    op.execute(
        "UPDATE rating SET service_type = 'other', channel = 'other' WHERE "
        "channel NOT IN ('default', 'import', 'other') AND NOT EXISTS "
        f"(SELECT 1 FROM crowd WHERE {same})"
    )
    op.execute("DROP TABLE crowd")
    _hold()

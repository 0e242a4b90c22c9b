"""ratings: what a rater ticked becomes totals, and never stands beside levels or a contact."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

REASONS = range(1, 7)


def upgrade() -> None:
    op.create_table(
        "reason_tally",
        sa.Column("base_period", sa.String(length=7), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.SmallInteger(), nullable=False),
        sa.Column("ticked", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_reason_tally_section_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_reason_tally_staff_id")),
        sa.PrimaryKeyConstraint(
            "base_period", "section_id", "staff_id", "reason", name=op.f("pk_reason_tally")
        ),
    )
    op.create_index(op.f("ix_reason_tally_staff_id"), "reason_tally", ["staff_id"])
    for reason in REASONS:
        op.execute(
            "INSERT INTO reason_tally (base_period, section_id, staff_id, reason, ticked) "
            f"SELECT base_period, section_id, staff_id, {reason}, count(*) FROM rating "
            f"WHERE reasons & {1 << reason - 1} <> 0 GROUP BY base_period, section_id, staff_id"
        )
    op.execute(
        "UPDATE review SET reasons = 0 WHERE case_id IN "
        "(SELECT id FROM case_file WHERE closed_at IS NOT NULL)"
    )
    # Not in a batch: rebuilding the table would lose the triggers that keep it append-only.
    op.drop_column("rating", "reasons")
    op.drop_column("callback_contact", "reasons")
    if op.get_bind().dialect.name == "postgresql":
        # A dropped column stays in the file until the table is written anew.
        for table, column, kind in (
            ("rating", "reference", "VARCHAR(8)"),
            ("callback_contact", "base_period", "VARCHAR(7)"),
        ):
            op.execute(
                f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} USING {column} || ''"
            )


def downgrade() -> None:
    for table in ("callback_contact", "rating"):
        op.add_column(
            table, sa.Column("reasons", sa.SmallInteger(), server_default="0", nullable=False)
        )
    op.drop_index(op.f("ix_reason_tally_staff_id"), table_name="reason_tally")
    op.drop_table("reason_tally")

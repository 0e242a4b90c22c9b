"""callbacks: what callers of the hotline answer, and tickets that count in no rate."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

LEVELS = ("very_satisfied", "satisfied", "basically", "dissatisfied", "very_dissatisfied")


def upgrade() -> None:
    level = sa.Enum(*LEVELS, name="satisfaction", native_enum=False, length=40)
    for column in (
        sa.Column("called_on", sa.Date(), nullable=True),
        sa.Column("is_reached", sa.Boolean(), nullable=True),
        sa.Column("in_limit", sa.Boolean(), nullable=True),
        sa.Column("is_solved", sa.Boolean(), nullable=True),
        sa.Column("satisfaction", level, nullable=True),
    ):
        op.add_column("hotline_ticket", column)
    op.create_table(
        "hotline_exclusion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_hotline_exclusion_by")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["hotline_ticket.id"], name=op.f("fk_hotline_exclusion_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotline_exclusion")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_hotline_exclusion_ticket_id")),
    )
    op.create_index("ix_hotline_exclusion_by", "hotline_exclusion", ["by"])


def downgrade() -> None:
    op.drop_table("hotline_exclusion")
    for name in ("satisfaction", "is_solved", "in_limit", "is_reached", "called_on"):
        op.drop_column("hotline_ticket", name)

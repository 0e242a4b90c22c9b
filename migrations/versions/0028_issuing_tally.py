"""tickets: how many an account issued for somebody's services of a day, and lifted ceilings."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuing_tally",
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("invitations", sa.Integer(), nullable=False),
        sa.Column("for_colleagues", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_issuing_tally_section_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_issuing_tally_staff_id")),
        sa.PrimaryKeyConstraint(
            "served_on", "staff_id", "section_id", "issuer_id", name=op.f("pk_issuing_tally")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ceiling_lift",
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["lifted_by"], ["user.id"], name=op.f("fk_ceiling_lift_lifted_by")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_ceiling_lift_staff_id")),
        sa.PrimaryKeyConstraint("served_on", "staff_id", "issuer_id", name=op.f("pk_ceiling_lift")),
        sqlite_with_rowid=False,
    )
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    for table in ("ceiling_lift", "issuing_tally"):
        op.drop_table(table)


INDEXES = (
    ("issuing_tally", "staff_id"),
    ("issuing_tally", "section_id"),
    ("issuing_tally", "issuer_id"),
    ("ceiling_lift", "staff_id"),
    ("ceiling_lift", "lifted_by"),
)

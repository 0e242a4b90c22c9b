"""matters: which levels a late one reached, each once in a round of its term."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "escalation",
        sa.Column("deadline_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("acted_on", sa.Date(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 4", name=op.f("ck_escalation_level")),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadline.id"], name="fk_escalation_deadline_id"),
        sa.PrimaryKeyConstraint("deadline_id", "round", "level", name="pk_escalation"),
    )


def downgrade() -> None:
    op.drop_table("escalation")

"""supervision: which section and period a hold is about (F14)."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_hold_period_id")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_hold_section_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_hold_subject_id")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_hold")),
        sa.UniqueConstraint("period_id", "section_id", name=op.f("uq_hold_period_id_section_id")),
    )
    op.create_index(op.f("ix_hold_section_id"), "hold", ["section_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_hold_section_id"), table_name="hold")
    op.drop_table("hold")

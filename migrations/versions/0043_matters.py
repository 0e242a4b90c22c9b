"""supervised matters: where they come from, their title, their number there."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

SOURCES = ("enterprise", "hotline", "review", "coordination", "visit", "inspection")


def upgrade() -> None:
    op.create_table(
        "matter",
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(*SOURCES, name="mattersource", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("reference", sa.String(60), nullable=True),
        sa.Column("referred_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_matter_subject_id"),
        sa.PrimaryKeyConstraint("subject_id", name="pk_matter"),
        sa.UniqueConstraint("source", "reference", name="uq_matter_source_reference"),
    )
    op.create_index("ix_matter_referred_on", "matter", ["referred_on"])


def downgrade() -> None:
    op.drop_table("matter")

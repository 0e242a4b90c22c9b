"""coordination: the questions that heads of organs take up."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coordination",
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("conveners", sa.String(200), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_coordination_subject_id"),
        sa.PrimaryKeyConstraint("subject_id", name="pk_coordination"),
    )


def downgrade() -> None:
    op.drop_table("coordination")

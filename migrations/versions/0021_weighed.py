"""scores: which rater groups had enough ballots to weigh in."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: rebuilding the table would lose the triggers that keep it append-only.
    op.add_column("member_score", sa.Column("weighed", sa.String(length=60), nullable=True))


def downgrade() -> None:
    op.drop_column("member_score", "weighed")

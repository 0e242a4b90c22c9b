"""scores: the mean of the group beside each member's adjusted score, so that it can be recounted."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: rebuilding the table would lose the triggers that keep it append-only.
    op.add_column("member_score", sa.Column("group_mean", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("member_score", "group_mean")

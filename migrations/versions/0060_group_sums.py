"""scores: the means of rater groups behind a member's score (F2), where they may be told.

Results frozen before have none of them: they stay as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: rebuilding the table would lose the triggers that keep it append-only.
    op.add_column("member_score", sa.Column("group_sums", sa.String(length=160), nullable=True))


def downgrade() -> None:
    op.drop_column("member_score", "group_sums")

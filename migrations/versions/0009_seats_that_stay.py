"""scores: a returned member's seat stays; which score it has, the closing finds out."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: rebuilding the tables would lose the triggers that keep them append-only.
    op.drop_column("frozen_seat", "period_code")
    op.add_column(
        "member_score",
        sa.Column("is_frozen", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("member_score", "is_frozen")
    op.add_column(
        "frozen_seat",
        sa.Column("period_code", sa.String(length=10), server_default="", nullable=False),
    )

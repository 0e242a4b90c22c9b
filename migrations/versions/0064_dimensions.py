"""scores: whether the four dimensions of a comparison group tell four things (F2e).

Results frozen before do not have it: they stay as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: rebuilding the table would lose the triggers that keep it append-only.
    op.add_column("section_score", sa.Column("group_alpha", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("section_score", "group_alpha")

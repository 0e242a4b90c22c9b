"""scores: the own spread (F6b), the ballots of full points and the group's figures (F11).

Results frozen before have none of them: they stay as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

SECTION = ("own_se", "top", "group_s2", "group_top")


def upgrade() -> None:
    # Not in a batch: rebuilding the tables would lose the triggers that keep them append-only.
    op.add_column("section_score", sa.Column("own_se", sa.Integer(), nullable=True))
    op.add_column("section_score", sa.Column("top", sa.Integer(), nullable=True))
    op.add_column("section_score", sa.Column("group_s2", sa.Float(), nullable=True))
    op.add_column("section_score", sa.Column("group_top", sa.Integer(), nullable=True))
    op.add_column("member_score", sa.Column("own_se", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("member_score", "own_se")
    for name in reversed(SECTION):
        op.drop_column("section_score", name)

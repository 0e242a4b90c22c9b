"""ratings: how often a ballot was replaced, and how one that is only sent again is told."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = {"server_default": "0", "nullable": False}
    op.add_column("intake", sa.Column("replaced", sa.SmallInteger(), **number))
    op.add_column("intake", sa.Column("replaced_on", sa.Date(), nullable=True))
    op.add_column("intake", sa.Column("fingerprint", sa.LargeBinary(), nullable=True))
    op.add_column("rating", sa.Column("replaced", sa.SmallInteger(), **number))


def downgrade() -> None:
    op.drop_column("rating", "replaced")
    for name in ("fingerprint", "replaced_on", "replaced"):
        op.drop_column("intake", name)

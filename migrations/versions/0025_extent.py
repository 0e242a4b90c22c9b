"""scores: how much of a frozen row may be printed; what was frozen before was printed in full."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

EXTENTS = ("full", "figures", "whole", "none")
TABLES = ("section_score", "member_score")


def upgrade() -> None:
    kind = sa.Enum(*EXTENTS, name="extent", native_enum=False, length=40)
    for table in TABLES:
        # Not in a batch: rebuilding the tables would lose the triggers that keep them append-only.
        op.add_column(table, sa.Column("extent", kind, server_default="full", nullable=False))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "extent")

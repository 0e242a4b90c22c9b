"""opinion origin: the keyed mark of the section whose slip an opinion came with."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("opinion", sa.Column("origin", sa.LargeBinary(8), nullable=True))


def downgrade() -> None:
    op.drop_column("opinion", "origin")

"""sendings: the answer that is shown once, encrypted, so that a double click shows it too."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sending", sa.Column("page", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("sending", "page")

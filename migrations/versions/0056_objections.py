"""objections: the day from which the lateness of a matter no longer counts."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("matter", sa.Column("excused_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("matter", "excused_on")

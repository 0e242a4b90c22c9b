"""mail: where notices go by mail, and which were mailed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("mail_address", sa.String(length=254), nullable=True))
    op.add_column("notice", sa.Column("mailed_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("notice", "mailed_at")
    op.drop_column("user", "mail_address")

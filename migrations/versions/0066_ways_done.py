"""matter_version: the shares done by phone, at a terminal, booked and with one visit."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

SHARES = ("phone_share", "terminal_share", "bookable_share", "once_share")


def upgrade() -> None:
    for name in SHARES:
        op.add_column("matter_version", sa.Column(name, sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in reversed(SHARES):
        op.drop_column("matter_version", name)

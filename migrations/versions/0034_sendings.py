"""sendings: which forms of staff were sent a moment ago."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sending",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("target", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sending")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_sending_at"), "sending", ["at"])


def downgrade() -> None:
    op.drop_table("sending")

"""The light board counts open terms by their light from an index alone."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

COLUMNS = ["closed_on", "rule", "due_on", "nears_on", "paused_on", "subject_id"]


def upgrade() -> None:
    op.create_index("ix_due_terms", "deadline", COLUMNS)


def downgrade() -> None:
    op.drop_index("ix_due_terms", "deadline")

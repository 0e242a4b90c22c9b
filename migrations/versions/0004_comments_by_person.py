"""comments by person: everybody's own page looks for what was said of them."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEX = "ix_comment_staff_id"


def upgrade() -> None:
    op.create_index(INDEX, "comment", ["staff_id"])


def downgrade() -> None:
    op.drop_index(INDEX, "comment")

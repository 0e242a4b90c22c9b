"""kept posts: what somebody typed and could not store, and drafts."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_kept_post_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_post")),
        sa.UniqueConstraint("user_id", "path", name=op.f("uq_kept_post_user_id_path")),
    )
    op.create_index(op.f("ix_kept_post_user_id"), "kept_post", ["user_id"])
    op.create_index(op.f("ix_kept_post_kept_at"), "kept_post", ["kept_at"])


def downgrade() -> None:
    op.drop_table("kept_post")

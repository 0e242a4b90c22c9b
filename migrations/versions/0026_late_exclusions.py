"""closing: versions that two people leave as they are; what is read of ratings set aside."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "left_as_is",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("agreed_by", sa.Integer(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_left_as_is_result_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["user.id"], name=op.f("fk_left_as_is_asked_by")),
        sa.ForeignKeyConstraint(["agreed_by"], ["user.id"], name=op.f("fk_left_as_is_agreed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_left_as_is")),
    )
    op.create_index(op.f("ix_left_as_is_result_id"), "left_as_is", ["result_id"])
    op.create_index(op.f("ix_review_aside"), "review", ["aside"])
    op.create_index(op.f("ix_exclusion_reason_decided_on"), "exclusion", ["reason", "decided_on"])


def downgrade() -> None:
    op.drop_index(op.f("ix_exclusion_reason_decided_on"), table_name="exclusion")
    op.drop_index(op.f("ix_review_aside"), table_name="review")
    op.drop_table("left_as_is")

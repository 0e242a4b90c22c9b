"""deadline: an index for the open terms of each subject of a list.

In this order SQLite finds it by itself. With `paused_on` before `due_on` it took, as long as it had no
statistics, the index of all open terms for each of them.
"""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_deadline_of_subject", "deadline", ["subject_id", "closed_on", "due_on", "paused_on"]
    )
    op.drop_index(op.f("ix_deadline_subject_id"), table_name="deadline")


def downgrade() -> None:
    op.create_index(op.f("ix_deadline_subject_id"), "deadline", ["subject_id"])
    op.drop_index("ix_deadline_of_subject", table_name="deadline")

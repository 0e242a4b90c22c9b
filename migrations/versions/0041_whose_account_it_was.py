"""requests of administrators: whose the account was, who is told of it."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account_request") as batch:
        batch.add_column(sa.Column("staff_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_account_request_staff_id", "staff", ["staff_id"], ["id"])
        batch.create_index("ix_account_request_staff_id", ["staff_id"])
    op.execute(
        "UPDATE account_request SET staff_id = "
        '(SELECT staff_id FROM "user" WHERE "user".id = account_request.user_id)'
    )


def downgrade() -> None:
    """Go back. What was only told has no place there: it stays in the audit log."""
    op.execute("DELETE FROM account_request WHERE kind IN ('grant', 'enable')")
    with op.batch_alter_table("account_request") as batch:
        batch.drop_index("ix_account_request_staff_id")
        batch.drop_constraint("fk_account_request_staff_id", type_="foreignkey")
        batch.drop_column("staff_id")

"""taken cases: whom registers of cases have named to somebody in a year."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

KEYS = {"user_id": "user", "staff_id": "staff"}


def upgrade() -> None:
    op.create_table(
        "taken_case",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_taken_case_{name}_{table}")
            )
            for name, table in KEYS.items()
        ),
        sa.PrimaryKeyConstraint("user_id", "year", "staff_id", name=op.f("pk_taken_case")),
    )
    op.create_index(op.f("ix_taken_case_staff_id"), "taken_case", ["staff_id"])


def downgrade() -> None:
    op.drop_table("taken_case")

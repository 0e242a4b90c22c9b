"""taken people: of whom somebody took figures of a period, without a second person."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KEYS = {"user_id": "user", "period_id": "period", "staff_id": "staff"}


def upgrade() -> None:
    op.create_table(
        "taken_person",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in KEYS),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_taken_person_{name}_{table}")
            )
            for name, table in KEYS.items()
        ),
        sa.PrimaryKeyConstraint(*KEYS, name=op.f("pk_taken_person")),
    )
    for name in ("period_id", "staff_id"):
        op.create_index(op.f(f"ix_taken_person_{name}"), "taken_person", [name])


def downgrade() -> None:
    op.drop_table("taken_person")

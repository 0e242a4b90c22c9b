"""services handled: how many services somebody handled on a day."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

KEYS = {"staff_id": "staff", "section_id": "section", "entered_by": "user"}


def upgrade() -> None:
    op.create_table(
        "services_handled",
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("services", sa.Integer(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.CheckConstraint("services >= 0", name=op.f("ck_services_handled_services")),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_services_handled_{name}")
            )
            for name, table in KEYS.items()
        ),
        sa.PrimaryKeyConstraint("served_on", "staff_id", name=op.f("pk_services_handled")),
        sqlite_with_rowid=False,
    )
    for name in KEYS:
        op.create_index(op.f(f"ix_services_handled_{name}"), "services_handled", [name])


def downgrade() -> None:
    op.drop_table("services_handled")

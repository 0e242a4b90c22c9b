"""which service matter a bad review was about."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

POINTS_AT = {"subject_id": "subject", "service_matter_id": "service_matter", "named_by": "user"}


def upgrade() -> None:
    op.create_table(
        "review_cause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("service_matter_id", sa.Integer(), nullable=False),
        sa.Column("named_by", sa.Integer(), nullable=True),
        sa.Column("named_at", sa.DateTime(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_review_cause_{column}")
            for column, table in POINTS_AT.items()
        ),
        sa.PrimaryKeyConstraint("id", name="pk_review_cause"),
    )
    for column in POINTS_AT:
        op.create_index(f"ix_review_cause_{column}", "review_cause", [column])


def downgrade() -> None:
    op.drop_table("review_cause")

"""reviews: what a bad review came to, and the envelope with the id of its rating."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Integer(), nullable=False),
        sa.Column("has_contact", sa.Boolean(), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=True),
        sa.Column("sealed_ballot", sa.LargeBinary(), nullable=True),
        sa.Column("category", words("category", *CATEGORIES), nullable=True),
        sa.Column("attribution", words("attribution", *ATTRIBUTIONS), nullable=True),
        sa.Column("aside", words("aside", "mistaken", "malicious", "not_person"), nullable=True),
        sa.Column("contacted_on", sa.Date(), nullable=True),
        sa.Column("rectified_on", sa.Date(), nullable=True),
        sa.Column("called_back_on", sa.Date(), nullable=True),
        sa.Column("result", words("result", *RESULTS), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_review_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_review")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_review_contact_id")),
    )


def downgrade() -> None:
    op.drop_table("review")


CATEGORIES = (
    "justified_simple",
    "justified_complex",
    "no_legal_basis",
    "mistaken",
    "malicious",
)
ATTRIBUTIONS = ("person", "process", "policy", "environment")
RESULTS = ("satisfied", "basically_satisfied", "dissatisfied")


def words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)

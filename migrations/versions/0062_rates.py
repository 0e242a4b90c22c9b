"""scores: tickets for services and ballots for tickets (F13), and why a section is not compared.

Results frozen before have none of them: they stay as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

BOTH = (
    *("asked", "matched", "services"),
    *("issue_mean", "issue_phi", "response_mean", "response_phi"),
)
SECTION = ("unscored_matched", "unscored_services")


def upgrade() -> None:
    # Not in a batch: rebuilding the tables would lose the triggers that keep them append-only.
    for table, names in (("section_score", (*BOTH, *SECTION)), ("member_score", BOTH)):
        for name in names:
            op.add_column(table, sa.Column(name, sa.Integer(), nullable=True))
    why = sa.Enum("issue", "unscored", name="notcompared", native_enum=False, length=40)
    op.add_column("section_score", sa.Column("not_compared", why, nullable=True))


def downgrade() -> None:
    op.drop_column("section_score", "not_compared")
    for table, names in (("member_score", BOTH), ("section_score", (*BOTH, *SECTION))):
        for name in reversed(names):
            op.drop_column(table, name)

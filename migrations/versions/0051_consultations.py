"""consultations: drafts before the public, kinds of opinion, and opinions without a time."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def _words(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)


def upgrade() -> None:
    op.create_table(
        "consultation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("summary", sa.String(length=400), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column(
            "state",
            _words("draft", "open", "published", name="consultationstate"),
            nullable=False,
        ),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
    )
    op.create_table(
        "opinion_kind",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column(
            "verdict", _words("adopted", "partly", "not_adopted", name="verdict"), nullable=True
        ),
        sa.Column("answer", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultation.id"],
            name=op.f("fk_opinion_kind_consultation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_kind")),
    )
    op.create_index("ix_opinion_kind_consultation_id", "opinion_kind", ["consultation_id"])
    _create_opinions()


def _create_opinions() -> None:
    states = ("wordless", "pending", "released", "withheld")
    voices = ("resident", "enterprise", "grassroots", "other")
    op.create_table(
        "opinion",
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("voice", _words(*voices, name="opinionvoice"), nullable=False),
        sa.Column("clarity", sa.Integer(), nullable=True),
        sa.Column("fairness", sa.Integer(), nullable=True),
        sa.Column("usefulness", sa.Integer(), nullable=True),
        sa.Column("body", sa.String(length=1000), nullable=True),
        sa.Column("state", _words(*states, name="opinionstate"), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("kind_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("clarity BETWEEN 1 AND 5", name=op.f("ck_opinion_clarity")),
        sa.CheckConstraint("fairness BETWEEN 1 AND 5", name=op.f("ck_opinion_fairness")),
        sa.CheckConstraint("usefulness BETWEEN 1 AND 5", name=op.f("ck_opinion_usefulness")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_opinion_consultation_id")
        ),
        sa.ForeignKeyConstraint(["kind_id"], ["opinion_kind.id"], name=op.f("fk_opinion_kind_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_opinion")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_opinion_consultation_id", "opinion", ["consultation_id"])
    op.create_index("ix_opinion_kind_id", "opinion", ["kind_id"])


def downgrade() -> None:
    op.drop_table("opinion")
    op.drop_table("opinion_kind")
    op.drop_table("consultation")

"""ratings: past ratings on their way to their place."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

LEVELS = ("attitude", "work_style", "efficiency", "competence")
CHANNELS = ("slip", "counter", "screen", "sms", "online", "import", "default", "other")
GROUPS = ("recipient", "grassroots", "collaborator", "leader")


def upgrade() -> None:
    op.create_table(
        "past_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", word("importstate", "staged", "published"), nullable=False),
        sa.Column("staged", sa.Integer(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        key("past_import", "batch_id", "count_batch"),
        key("past_import", "user_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_import")),
    )
    op.create_index(op.f("ix_past_import_state"), "past_import", ["state"])
    create_rows()
    create_seats()


def create_rows() -> None:
    given = "COALESCE(attitude, work_style, efficiency, competence) IS NOT NULL"
    op.create_table(
        "past_row",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.String(length=8), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("service_type", sa.String(length=80), nullable=True),
        sa.Column("channel", word("channel", *CHANNELS), nullable=False),
        *(sa.Column(name, sa.SmallInteger(), nullable=True) for name in LEVELS),
        sa.CheckConstraint(given, name=op.f("ck_past_row_answered")),
        *(
            sa.CheckConstraint(
                f"{name} IS NULL OR {name} BETWEEN 1 AND 5", name=op.f(f"ck_past_row_{name}")
            )
            for name in LEVELS
        ),
        key("past_row", "import_id", "past_import"),
        sa.PrimaryKeyConstraint("import_id", "ballot_id", name=op.f("pk_past_row")),
        sqlite_with_rowid=False,
    )


def create_seats() -> None:
    cells = (f"{name}_{level}" for name in LEVELS for level in range(1, 6))
    op.create_table(
        "past_seat",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("base_period", sa.String(length=7), nullable=False),
        sa.Column("section_code", sa.String(length=40), nullable=False),
        sa.Column("staff_number", sa.String(length=40), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("rater_group", word("ratergroup", *GROUPS), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("ballots", "bad", *cells)),
        key("past_seat", "import_id", "past_import"),
        key("past_seat", "section_id", "section"),
        key("past_seat", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_past_seat")),
    )


def word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, length=40)


def key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def downgrade() -> None:
    for name in ("past_seat", "past_row", "past_import"):
        op.drop_table(name)

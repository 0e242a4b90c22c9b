"""pool: training, notes of mentors, and the seats of returned members."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


APPEND_ONLY = ("mentor_note", "frozen_seat")


def upgrade() -> None:
    op.create_table(
        "frozen_seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("period_code", sa.String(length=10), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_frozen_seat_section_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_frozen_seat_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frozen_seat")),
        sa.UniqueConstraint(
            "section_id",
            "staff_id",
            "returned_on",
            name=op.f("uq_frozen_seat_section_id_staff_id_returned_on"),
        ),
    )
    with op.batch_alter_table("frozen_seat", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_frozen_seat_returned_on"), ["returned_on"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_frozen_seat_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "mentor_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(length=2000), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_mentor_note_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_mentor_note_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentor_note")),
    )
    with op.batch_alter_table("mentor_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mentor_note_by"), ["by"], unique=False)
        batch_op.create_index(batch_op.f("ix_mentor_note_case_id"), ["case_id"], unique=False)

    op.create_table(
        "training_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("study", "enterprise", name="trainingkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=500), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_training_unit_span")),
        sa.CheckConstraint("hours BETWEEN 1 AND 1000", name=op.f("ck_training_unit_hours")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_training_unit_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_unit")),
    )
    with op.batch_alter_table("training_unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_unit_case_id"), ["case_id"], unique=False)

    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
                f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'append only: {table}'); END"
            )


def downgrade() -> None:
    with op.batch_alter_table("training_unit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_training_unit_case_id"))

    op.drop_table("training_unit")
    with op.batch_alter_table("mentor_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mentor_note_case_id"))
        batch_op.drop_index(batch_op.f("ix_mentor_note_by"))

    op.drop_table("mentor_note")
    with op.batch_alter_table("frozen_seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_frozen_seat_staff_id"))
        batch_op.drop_index(batch_op.f("ix_frozen_seat_returned_on"))

    op.drop_table("frozen_seat")

"""cases: files, steps, evidence, deadlines, notices; what was done in them is append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


APPEND_ONLY = ("case_step", "evidence", "file_view", "low_period")


def upgrade() -> None:
    op.create_table(
        "case_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("origin_id", sa.Integer(), nullable=True),
        sa.Column("mentor_id", sa.Integer(), nullable=True),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["mentor_id"], ["staff.id"], name=op.f("fk_case_file_mentor_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["user.id"], name=op.f("fk_case_file_opened_by")),
        sa.ForeignKeyConstraint(
            ["origin_id"], ["case_file.id"], name=op.f("fk_case_file_origin_id")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["section.id"], name=op.f("fk_case_file_reviewer_id")
        ),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_case_file_section_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_file_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("kind", "year", "serial", name=op.f("uq_case_file_kind_year_serial")),
    )
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_file_closed_at"), ["closed_at"], unique=False)
        batch_op.create_index("ix_case_file_kind_state", ["kind", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_mentor_id"), ["mentor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_opened_by"), ["opened_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_origin_id"), ["origin_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_reviewer_id"), ["reviewer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_section_id"), ["section_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "file_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_file_view_staff_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_file_view_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_view")),
        sa.UniqueConstraint(
            "staff_id",
            "day",
            "user_id",
            "page",
            name=op.f("uq_file_view_staff_id_day_user_id_page"),
        ),
    )
    with op.batch_alter_table("file_view", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_file_view_user_id"), ["user_id"], unique=False)

    op.create_table(
        "case_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "citizen",
                "staff",
                "chief",
                "leader",
                "hr",
                "supervisor",
                "discipline",
                "sysadmin",
                "secadmin",
                "auditor",
                "system",
                name="role",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("entry", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_case_step_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_step_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
    )
    with op.batch_alter_table("case_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_step_by"), ["by"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_step_case_id"), ["case_id"], unique=False)

    op.create_table(
        "deadline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("duty", sa.String(length=20), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("is_met", sa.Boolean(), nullable=False),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.CheckConstraint("due_on >= started_on", name=op.f("ck_deadline_span")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_deadline_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
    )
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deadline_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_deadline_closed_on_due_on", ["closed_on", "due_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_deadline_is_provisional"), ["is_provisional"], unique=False
        )

    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "score",
                "duty_record",
                "complaint",
                "work_result",
                "coaching",
                "attendance",
                "rank",
                name="evidencekind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.String(length=4000), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_evidence_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_evidence_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_by"), ["by"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_case_id"), ["case_id"], unique=False)

    op.create_table(
        "low_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("period_code", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_low_period_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_low_period")),
        sa.UniqueConstraint(
            "case_id", "period_code", name=op.f("uq_low_period_case_id_period_code")
        ),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_notice_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_notice_user_id_key")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_notice_user_id_read_at", ["user_id", "read_at"], unique=False)

    op.create_table(
        "deadline_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deadline_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("extend", "pause", "resume", name="changekind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("agreed_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("due_before", sa.Date(), nullable=True),
        sa.Column("due_after", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "agreed_by IS NULL OR agreed_by <> asked_by",
            name=op.f("ck_deadline_change_second_person"),
        ),
        sa.ForeignKeyConstraint(
            ["agreed_by"], ["user.id"], name=op.f("fk_deadline_change_agreed_by")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user.id"], name=op.f("fk_deadline_change_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["deadline_id"], ["deadline.id"], name=op.f("fk_deadline_change_deadline_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_change")),
    )
    with op.batch_alter_table("deadline_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_deadline_change_agreed_by"), ["agreed_by"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_deadline_change_asked_by"), ["asked_by"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_deadline_change_deadline_id"), ["deadline_id"], unique=False
        )

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
    with op.batch_alter_table("deadline_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deadline_change_deadline_id"))
        batch_op.drop_index(batch_op.f("ix_deadline_change_asked_by"))
        batch_op.drop_index(batch_op.f("ix_deadline_change_agreed_by"))

    op.drop_table("deadline_change")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_user_id_read_at")
        batch_op.drop_index(batch_op.f("ix_notice_case_id"))

    op.drop_table("notice")
    op.drop_table("low_period")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_case_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_by"))

    op.drop_table("evidence")
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deadline_is_provisional"))
        batch_op.drop_index("ix_deadline_closed_on_due_on")
        batch_op.drop_index(batch_op.f("ix_deadline_case_id"))

    op.drop_table("deadline")
    with op.batch_alter_table("case_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_step_case_id"))
        batch_op.drop_index(batch_op.f("ix_case_step_by"))

    op.drop_table("case_step")
    with op.batch_alter_table("file_view", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_file_view_user_id"))

    op.drop_table("file_view")
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_file_staff_id"))
        batch_op.drop_index(batch_op.f("ix_case_file_section_id"))
        batch_op.drop_index(batch_op.f("ix_case_file_reviewer_id"))
        batch_op.drop_index(batch_op.f("ix_case_file_origin_id"))
        batch_op.drop_index(batch_op.f("ix_case_file_opened_by"))
        batch_op.drop_index(batch_op.f("ix_case_file_mentor_id"))
        batch_op.drop_index("ix_case_file_kind_state")
        batch_op.drop_index(batch_op.f("ix_case_file_closed_at"))

    op.drop_table("case_file")

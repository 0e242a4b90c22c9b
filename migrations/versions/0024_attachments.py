"""attachments: files that come with a step of a case or a piece of evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=True),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=110), nullable=False),
        sa.Column(
            "media",
            sa.Enum("pdf", "jpg", "png", "docx", name="media", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("stored", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(step_id IS NULL) <> (evidence_id IS NULL)", name=op.f("ck_attachment_belongs")
        ),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_attachment_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_attachment_case_id")),
        sa.ForeignKeyConstraint(["step_id"], ["case_step.id"], name=op.f("fk_attachment_step_id")),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_attachment_evidence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("stored", name=op.f("uq_attachment_stored")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        for column in ("by", "case_id", "evidence_id", "step_id"):
            batch_op.create_index(batch_op.f(f"ix_attachment_{column}"), [column], unique=False)
    _refuse_changes()


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER attachment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON attachment FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER attachment_no_{verb.lower()} BEFORE {verb} ON attachment "
            "BEGIN SELECT RAISE(ABORT, 'append only: attachment'); END"
        )


def downgrade() -> None:
    op.drop_table("attachment")

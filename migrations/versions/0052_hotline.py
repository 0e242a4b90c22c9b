"""hotline: tickets of 12345, the lists that they come in, and columns named before."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remembered_columns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remembered_columns")),
        sa.UniqueConstraint("digest", name=op.f("uq_remembered_columns_digest")),
    )
    op.create_index("ix_remembered_columns_used_at", "remembered_columns", ["used_at"])
    _create_imports()
    _create_tickets()


def _create_imports() -> None:
    op.create_table(
        "hotline_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "received",
                "mapped",
                "checked",
                "writing",
                "written",
                name="importstage",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("head", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("written", sa.JSON(), nullable=False),
        sa.Column("organ_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organ_id"], ["organ.id"], name=op.f("fk_hotline_import_organ_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_hotline_import_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotline_import")),
    )
    op.create_index("ix_hotline_import_organ_id", "hotline_import", ["organ_id"])
    op.create_index("ix_hotline_import_stage", "hotline_import", ["stage"])
    op.create_index("ix_hotline_import_user_id", "hotline_import", ["user_id"])


def _create_tickets() -> None:
    op.create_table(
        "hotline_ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("organ_id", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("says", sa.String(length=4000), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["hotline_import.id"], name=op.f("fk_hotline_ticket_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["subject.id"], name=op.f("fk_hotline_ticket_matter_id")
        ),
        sa.ForeignKeyConstraint(
            ["organ_id"], ["organ.id"], name=op.f("fk_hotline_ticket_organ_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotline_ticket")),
        sa.UniqueConstraint("matter_id", name=op.f("uq_hotline_ticket_matter_id")),
        sa.UniqueConstraint("number", name=op.f("uq_hotline_ticket_number")),
    )
    op.create_index("ix_hotline_ticket_import_id", "hotline_ticket", ["import_id"])
    op.create_index(
        "ix_hotline_ticket_organ_id_received_on", "hotline_ticket", ["organ_id", "received_on"]
    )
    op.create_index("ix_hotline_ticket_received_on_id", "hotline_ticket", ["received_on", "id"])


def downgrade() -> None:
    op.drop_table("hotline_ticket")
    op.drop_table("hotline_import")
    op.drop_table("remembered_columns")

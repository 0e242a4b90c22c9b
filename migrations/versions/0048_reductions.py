"""service matters with their versions and the steps of each."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

FIGURES = (
    *("items", "step_count", "documents", "spared", "certificates", "replaced"),
    *("legal", "promised", "actual", "visits", "online_share"),
)
UNKNOWN = {"legal", "actual", "online_share"}
WAYS = ("online", "phone", "terminal", "bookable", "once")


def upgrade() -> None:
    op.create_table(
        "service_matter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_matter"),
        sa.UniqueConstraint("code", name="uq_service_matter_code"),
    )
    op.create_index("ix_service_matter_name", "service_matter", ["name"])
    create_versions()
    op.create_table(
        "version_step",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("who", sa.String(40), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["matter_version.id"], name="fk_version_step_version_id"
        ),
        sa.PrimaryKeyConstraint("version_id", "place", name="pk_version_step"),
    )


def create_versions() -> None:
    op.create_table(
        "matter_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_matter_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(500), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=name in UNKNOWN) for name in FIGURES),
        *(sa.Column(way, sa.Boolean(), nullable=False) for way in WAYS),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_matter_id"],
            ["service_matter.id"],
            name="fk_matter_version_service_matter_id",
        ),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name="fk_matter_version_section_id"
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["user.id"], name="fk_matter_version_entered_by"),
        sa.PrimaryKeyConstraint("id", name="pk_matter_version"),
        sa.UniqueConstraint(
            "service_matter_id", "number", name="uq_matter_version_service_matter_id_number"
        ),
        sa.UniqueConstraint(
            "service_matter_id",
            "starts_on",
            "number",
            name="uq_matter_version_service_matter_id_starts_on_number",
        ),
    )
    op.create_index("ix_matter_version_section_id", "matter_version", ["section_id"])
    op.create_index("ix_matter_version_entered_by", "matter_version", ["entered_by"])


def downgrade() -> None:
    op.drop_table("version_step")
    op.drop_table("matter_version")
    op.drop_table("service_matter")

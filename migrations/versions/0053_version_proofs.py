"""version proofs: files that show what a version of a service matter says."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

MEDIA = ("pdf", "jpg", "png", "docx")
POINTS_AT = {"version_id": "matter_version", "by": "user"}


def upgrade() -> None:
    op.create_table(
        "version_proof",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(100), nullable=False),
        sa.Column("name", sa.String(110), nullable=False),
        sa.Column(
            "media",
            sa.Enum(*MEDIA, name="media", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("stored", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_version_proof_{column}")
            for column, table in POINTS_AT.items()
        ),
        sa.PrimaryKeyConstraint("id", name="pk_version_proof"),
        sa.UniqueConstraint("stored", name="uq_version_proof_stored"),
        sa.UniqueConstraint("version_id", "digest", name="uq_version_proof_version_id_digest"),
    )
    op.create_index("ix_version_proof_by", "version_proof", ["by"])


def downgrade() -> None:
    op.drop_table("version_proof")

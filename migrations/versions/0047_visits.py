"""front-line visits: what was found where, photos, the matter that follows."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

OUTCOMES = ("nothing", "solved", "follow_up")
MEDIA = ("pdf", "jpg", "png", "docx")


def upgrade() -> None:
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(36), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("organ_id", sa.Integer(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(120), nullable=False),
        sa.Column("found", sa.String(2000), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(*OUTCOMES, name="visitoutcome", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("solved_how", sa.String(2000), nullable=True),
        sa.Column("matter_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'solved') = (solved_how IS NOT NULL)", name=op.f("ck_visit_how")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_visit_user_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_visit_staff_id"),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name="fk_visit_section_id"),
        sa.ForeignKeyConstraint(["organ_id"], ["organ.id"], name="fk_visit_organ_id"),
        sa.ForeignKeyConstraint(["matter_id"], ["subject.id"], name="fk_visit_matter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
        sa.UniqueConstraint("key", name="uq_visit_key"),
        sa.UniqueConstraint("matter_id", name="uq_visit_matter_id"),
    )
    for column in ("section_id", "staff_id", "organ_id"):
        op.create_index(f"ix_visit_{column}_visited_on", "visit", [column, "visited_on"])
    op.create_index("ix_visit_user_id", "visit", ["user_id"])
    op.create_index("ix_visit_visited_on", "visit", ["visited_on"])
    op.create_index("ix_visit_outcome", "visit", ["outcome"])
    _create_photos()


def _create_photos() -> None:
    op.create_table(
        "visit_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(110), nullable=False),
        sa.Column(
            "media",
            sa.Enum(*MEDIA, name="media", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("stored", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name="fk_visit_photo_visit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visit_photo"),
        sa.UniqueConstraint("stored", name="uq_visit_photo_stored"),
    )
    op.create_index("ix_visit_photo_visit_id", "visit_photo", ["visit_id"])


def downgrade() -> None:
    op.drop_table("visit_photo")
    op.drop_table("visit")

"""tickets: used events, events on screens, invitations."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

GROUPS = sa.Enum(
    "recipient",
    "grassroots",
    "collaborator",
    "leader",
    name="ratergroup",
    native_enum=False,
    length=40,
)


def upgrade() -> None:
    op.drop_table("screen_slot")
    op.create_table(
        "used_event",
        sa.Column("event_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("event_hash", name="pk_used_event"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_used_event_kept_until", "used_event", ["kept_until"])
    op.create_table(
        "screen_turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("event_no", sa.String(length=40), nullable=False),
        sa.Column("service_type", sa.String(length=80), nullable=True),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_screen_turn_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_screen_turn"),
    )
    op.create_index("ix_screen_turn_staff_id", "screen_turn", ["staff_id"])
    op.create_index("ix_screen_turn_served_on", "screen_turn", ["served_on"])
    op.create_table(
        "invitation",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("rater_group", GROUPS, nullable=False),
        sa.Column("addressee_key", sa.String(length=80), nullable=False),
        sa.Column("base_period", sa.String(length=7), nullable=False),
        sa.Column("addressee", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_invitation_staff_id"),
        sa.PrimaryKeyConstraint(
            "staff_id", "rater_group", "addressee_key", "base_period", name="pk_invitation"
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("invitation")
    op.drop_table("screen_turn")
    op.drop_table("used_event")
    op.create_table(
        "screen_slot",
        sa.Column("slot_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("slot_hash", name="pk_screen_slot"),
    )
    op.create_index("ix_screen_slot_used_on", "screen_slot", ["used_on"])

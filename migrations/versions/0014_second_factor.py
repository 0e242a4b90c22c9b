"""second factor: its secret, recovery codes, what takes two administrators, own sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

USER = (
    sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
    sa.Column("totp_since", sa.DateTime(), nullable=True),
    sa.Column("totp_step", sa.Integer(), nullable=True),
)
SESSION = (
    sa.Column("previous_at", sa.DateTime(), nullable=True),
    sa.Column("factor_at", sa.DateTime(), nullable=True),
    sa.Column("browser", sa.String(length=60), nullable=True),
)
CHECKS = {
    "second_person": "decided_by IS NULL OR decided_by <> asked_by",
    "decision": "(decided_at IS NULL) = (is_agreed IS NULL)",
}
INDEXES = ("user_id", "asked_by", "decided_by", "done_at")


def upgrade() -> None:
    for column in USER:
        op.add_column("user", column)
    for column in SESSION:
        op.add_column("sign_in_session", column)
    _make_codes()
    _make_requests()


def _make_codes() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_recovery_code_user_id_user")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"])


def _make_requests() -> None:
    op.create_table(
        "account_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("link", "factor", name="requestkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("is_agreed", sa.Boolean(), nullable=True),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        *(
            sa.CheckConstraint(words, name=op.f(f"ck_account_request_{name}"))
            for name, words in CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [name], ["user.id"], name=op.f(f"fk_account_request_{name}_user")
            )
            for name in ("user_id", "asked_by", "decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_request")),
    )
    for name in INDEXES:
        op.create_index(op.f(f"ix_account_request_{name}"), "account_request", [name])


def downgrade() -> None:
    op.drop_table("account_request")
    op.drop_table("recovery_code")
    for column in SESSION:
        op.drop_column("sign_in_session", column.name)
    for column in USER:
        op.drop_column("user", column.name)

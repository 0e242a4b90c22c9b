"""feedback: a contact has no day, and its case holds its key in an envelope."""

import base64
import functools
from datetime import date, timedelta

import sqlalchemy as sa
from alembic import op
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KEPT = timedelta(days=90)

REVIEW = sa.table(
    "review",
    sa.column("case_id", sa.Integer()),
    sa.column("contact_id", sa.String()),
    sa.column("sealed_contact", sa.LargeBinary()),
)
CONTACT = sa.table(
    "callback_contact",
    sa.column("id", sa.String()),
    sa.column("counted_on", sa.Date()),
    sa.column("forget_on", sa.Date()),
)


def upgrade() -> None:
    bind = op.get_bind()
    with op.batch_alter_table("review") as batch:
        batch.add_column(sa.Column("sealed_contact", sa.LargeBinary(), nullable=True))
    op.add_column("callback_contact", sa.Column("forget_on", sa.Date(), nullable=True))
    known = sa.select(REVIEW.c.case_id, REVIEW.c.contact_id)
    named = bind.execute(known.where(REVIEW.c.contact_id.is_not(None))).all()
    for case_id, key in named:
        sealed = _cipher().encrypt_at_time(key.encode(), 0)
        bind.execute(
            sa.update(REVIEW).where(REVIEW.c.case_id == case_id).values(sealed_contact=sealed)
        )
    keys = {key for _, key in named}
    for key, counted_on in bind.execute(sa.select(CONTACT.c.id, CONTACT.c.counted_on)).all():
        if key not in keys:
            until = {"forget_on": counted_on + KEPT}
            bind.execute(sa.update(CONTACT).where(CONTACT.c.id == key).values(**until))
    with op.batch_alter_table("review") as batch:
        batch.drop_constraint("uq_review_contact_id", type_="unique")
        batch.drop_column("contact_id")
    op.drop_column("callback_contact", "counted_on")
    if bind.dialect.name == "postgresql":
        # A dropped column stays in the file until the table is written anew.
        for table, column, kind in (
            ("review", "case_id", "INTEGER"),
            ("callback_contact", "base_period", "VARCHAR(7)"),
        ):
            using = f"{column} + 0" if kind == "INTEGER" else f"{column} || ''"
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} USING {using}")


def downgrade() -> None:
    bind = op.get_bind()
    op.add_column(
        "callback_contact",
        sa.Column("counted_on", sa.Date(), server_default="2026-01-01", nullable=False),
    )
    today = date.today()  # noqa: DTZ011  # A day that is not known any more.
    bind.execute(
        sa.update(CONTACT).values(
            counted_on=sa.func.coalesce(CONTACT.c.forget_on, sa.literal(today, sa.Date()))
        )
    )
    op.drop_column("callback_contact", "forget_on")
    with op.batch_alter_table("review") as batch:
        batch.add_column(sa.Column("contact_id", sa.String(length=32), nullable=True))
        batch.create_unique_constraint("uq_review_contact_id", ["contact_id"])
    rows = bind.execute(sa.select(REVIEW.c.case_id, REVIEW.c.sealed_contact)).all()
    for case_id, sealed in rows:
        try:
            key = _cipher().decrypt(sealed).decode() if sealed else None
        except InvalidToken:
            key = None
        bind.execute(sa.update(REVIEW).where(REVIEW.c.case_id == case_id).values(contact_id=key))
    with op.batch_alter_table("review") as batch:
        batch.drop_column("sealed_contact")


def _cipher() -> Fernet:
    return _derived(current_app.config["SECRET_KEY"])


@functools.cache
def _derived(secret_key: str) -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=b"evalsys review/v1")
    return Fernet(base64.urlsafe_b64encode(key.derive(secret_key.encode())))

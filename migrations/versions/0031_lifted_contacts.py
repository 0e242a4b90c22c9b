"""contacts: a row shows its organ and its day, and all else lies sealed. See docs/adr/0035."""

import base64
import functools
import json
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None

LENGTH = 2048  # bytes of what is sealed

OLD = sa.table(
    "callback_contact",
    *(sa.column(name) for name in ("id", "base_period", "section_id", "staff_id")),
    sa.column("contact", sa.LargeBinary()),
    sa.column("forget_on", sa.Date()),
)
NEW = sa.table(
    "callback_contact",
    *(sa.column(name) for name in ("id", "organ_id")),
    sa.column("due_on", sa.Date()),
    sa.column("is_done", sa.Boolean()),
    sa.column("sealed", sa.LargeBinary()),
)
SECTION = sa.table("section", sa.column("id"), sa.column("organ_id"))
STAFF = sa.table("staff", sa.column("id"))
REVIEW = sa.table(
    "review",
    sa.column("sealed_contact", sa.LargeBinary()),
    sa.column("contacted_on", sa.Date()),
)


def upgrade() -> None:
    """Carry the numbers over. Their day was never known: all are due today."""
    bind = op.get_bind()
    rows = [dict(row) for row in bind.execute(sa.select(OLD)).mappings()]
    organs = dict(row for row in bind.execute(sa.select(SECTION.c.id, SECTION.c.organ_id)))
    called = _called(bind)
    op.drop_table("callback_contact")
    op.create_table(
        "callback_contact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organ_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organ_id"], ["organ.id"], name=op.f("fk_callback_contact_organ_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_contact")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_callback_contact_organ_id_is_done_due_on"),
        "callback_contact",
        ["organ_id", "is_done", "due_on"],
    )
    today = date.today()  # noqa: DTZ011  # One day for all of them.
    carried = [
        {
            "id": row["id"],
            "organ_id": organs[row["section_id"]],
            "due_on": today,
            "is_done": row["id"] in called,
            "sealed": _sealed(row),
        }
        for row in sorted(rows, key=lambda row: row["id"])
    ]
    if carried:
        bind.execute(sa.insert(NEW), carried)


def downgrade() -> None:
    """Open what can be opened. A row of another key keeps some section and person of its organ."""
    bind = op.get_bind()
    rows = [dict(row) for row in bind.execute(sa.select(NEW)).mappings()]
    firsts = dict(
        row
        for row in bind.execute(
            sa.select(SECTION.c.organ_id, sa.func.min(SECTION.c.id)).group_by(SECTION.c.organ_id)
        )
    )
    anybody = bind.execute(sa.select(sa.func.min(STAFF.c.id))).scalar()
    _create_old()
    for row in sorted(rows, key=lambda row: row["id"]):
        hidden = _opened(row["sealed"])
        if hidden is not None and hidden["phone"] is None:
            continue  # It was empty.
        hidden = hidden or {}
        day = row["due_on"]
        values = {
            "id": row["id"],
            "base_period": f"{day.year}-Q{(day.month + 2) // 3}",
            "section_id": hidden.get("section_id") or firsts.get(row["organ_id"]),
            "staff_id": hidden.get("staff_id") or anybody,
            "contact": hidden["phone"].encode("latin-1") if hidden else row["sealed"],
            "forget_on": None,
        }
        bind.execute(sa.insert(OLD).values(**values))


def _create_old() -> None:
    op.drop_table("callback_contact")
    op.create_table(
        "callback_contact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("base_period", sa.String(length=7), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=False),
        sa.Column("forget_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_callback_contact_section_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_callback_contact_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_contact")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_callback_contact_section_id"), "callback_contact", ["section_id"])


def _called(bind: sa.Connection) -> set[str]:
    """The keys of the numbers whose case has a first call."""
    found = set[str]()
    for sealed in bind.execute(
        sa.select(REVIEW.c.sealed_contact).where(
            REVIEW.c.sealed_contact.is_not(None), REVIEW.c.contacted_on.is_not(None)
        )
    ).scalars():
        try:
            found.add(_cipher("review/v1").decrypt(sealed).decode())
        except InvalidToken:
            continue
    return found


def _sealed(row: dict[str, Any]) -> bytes:
    hidden = {
        "phone": row["contact"].decode("latin-1"),
        "staff_id": row["staff_id"],
        "section_id": row["section_id"],
    }
    body = json.dumps(hidden, ensure_ascii=False, separators=(",", ":")).encode()
    return _cipher("call-back/v1").encrypt_at_time(body.ljust(LENGTH), 0)


def _opened(sealed: bytes) -> dict[str, Any] | None:
    try:
        hidden: dict[str, Any] = json.loads(_cipher("call-back/v1").decrypt(sealed))
    except InvalidToken:
        return None
    return hidden


def _cipher(purpose: str) -> Fernet:
    return _derived(current_app.config["SECRET_KEY"], purpose)


@functools.cache
def _derived(secret_key: str, purpose: str) -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=f"evalsys {purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(key.derive(secret_key.encode())))

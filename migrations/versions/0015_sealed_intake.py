"""intake: waiting ballots are sealed, and their rows lead to no ticket. See docs/adr/0022."""

import functools
import hmac
import json
import os
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

DIMENSIONS = ("attitude", "work_style", "efficiency", "competence")
GROUPS = ("recipient", "grassroots", "collaborator", "leader")
CHANNELS = ("slip", "counter", "screen", "sms", "online", "import", "default")
LENGTHS = (768, 2048, 8192)
# What lies open before and after.
KEPT = (
    *("section_id", "base_period", "valid_until", "pressured"),
    *("replaced", "replaced_on", "fingerprint"),
)
MADE_UP = bytes(16)  # The second half of a ticket's hash that only a way back has made.


def upgrade() -> None:
    bind = op.get_bind()
    waiting = [dict(row) for row in bind.execute(sa.select(OPEN)).mappings()]
    op.drop_table("intake")
    op.create_table(
        "intake",
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("looked_up_by", sa.LargeBinary(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("base_period", sa.String(length=7), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("pressured", sa.Boolean(), nullable=False),
        sa.Column("replaced", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("replaced_on", sa.Date(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_intake_section_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_intake")),
        sqlite_with_rowid=False,
    )
    for column in ("looked_up_by", "section_id", "valid_until"):
        op.create_index(op.f(f"ix_intake_{column}"), "intake", [column])
    tags: dict[bytes, bytes] = {}
    rows = [_closed(row, tags.setdefault(row["ticket_hash"], os.urandom(16))) for row in waiting]
    if rows:
        bind.execute(sa.insert(SEALED), sorted(rows, key=lambda row: row["name"]))
    made_up = [h for h in tags if h.endswith(MADE_UP)]
    for table in ("ticket_staff", "ticket"):
        for hashed in made_up:
            words = sa.text(f"DELETE FROM {table} WHERE ticket_hash = :hashed")
            bind.execute(words, {"hashed": hashed})


def downgrade() -> None:
    """Open what waits. Its tickets cannot be found, so each ballot gets one of its own."""
    bind = op.get_bind()
    rows = [dict(row) for row in bind.execute(sa.select(SEALED)).mappings()]
    opened = list(_opened(rows))
    op.drop_table("intake")
    _create_open()
    for row in opened:
        ticket = {column.name: row[column.name] for column in TICKET.columns if column.name in row}
        bind.execute(sa.insert(TICKET).values(**ticket, served_on=row["valid_until"]))
        served = {name: row[name] for name in ("ticket_hash", "staff_id", "section_id")}
        bind.execute(sa.insert(TICKET_STAFF).values(**served))
        bind.execute(sa.insert(OPEN).values(**row))


def _create_open() -> None:
    level = [sa.Column(name, sa.SmallInteger(), nullable=True) for name in DIMENSIONS]
    checks = [
        sa.CheckConstraint(f"{n} IS NULL OR {n} BETWEEN 1 AND 5", name=op.f(f"ck_intake_{n}"))
        for n in DIMENSIONS
    ]
    answered = f"COALESCE({', '.join(DIMENSIONS)}) IS NOT NULL"
    op.create_table(
        "intake",
        sa.Column("ticket_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("base_period", sa.String(length=7), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("rater_group", words("ratergroup", *GROUPS), nullable=False),
        sa.Column("service_type", sa.String(length=80), nullable=True),
        sa.Column("channel", words("channel", *CHANNELS), nullable=False),
        sa.Column("reasons", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("pressured", sa.Boolean(), nullable=False),
        sa.Column("replaced", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("replaced_on", sa.Date(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("ballot_id", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.String(length=8), nullable=False),
        *level,
        *checks,
        sa.CheckConstraint(answered, name=op.f("ck_intake_answered")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_intake_section_id")),
        sa.ForeignKeyConstraint(
            ["ticket_hash", "staff_id"],
            ["ticket_staff.ticket_hash", "ticket_staff.staff_id"],
            name=op.f("fk_intake_ticket_hash"),
        ),
        sa.PrimaryKeyConstraint("ticket_hash", "staff_id", name=op.f("pk_intake")),
    )
    for column in ("reference", "section_id", "valid_until"):
        op.create_index(op.f(f"ix_intake_{column}"), "intake", [column])


def words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)


def _closed(row: dict[str, Any], tag: bytes) -> dict[str, Any]:
    """Seal a ballot as the application of this version does."""
    cipher, key = _keys()
    name = _hash(key, b"name/v1\0", row["ballot_id"])
    hidden = {
        "ballot": row["ballot_id"].hex(),
        "tag": tag.hex(),
        "reference": row["reference"],
        "staff": row["staff_id"],
        "group": row["rater_group"],
        "type": row["service_type"],
        "channel": row["channel"],
        "levels": [row[dimension] for dimension in DIMENSIONS],
        "reasons": row["reasons"],
        "comment": row["comment"],
        "contact": row["contact"].decode() if row["contact"] else None,
    }
    body = json.dumps(hidden, ensure_ascii=False, separators=(",", ":")).encode()
    length = next(length for length in LENGTHS if len(body) <= length)
    nonce = os.urandom(12)
    return {
        "name": name,
        "looked_up_by": _hash(key, b"reference/v1\0", row["reference"].encode()),
        "sealed": nonce + cipher.encrypt(nonce, body.ljust(length), name),
        **{column: row[column] for column in KEPT},
    }


def _opened(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Open ballots. Raises RuntimeError for what another secret key has sealed."""
    cipher, _ = _keys()
    for row in rows:
        sealed, name = row["sealed"], row["name"]
        try:
            hidden = json.loads(cipher.decrypt(sealed[:12], sealed[12:], name))
        except InvalidTag:
            raise RuntimeError("a waiting ballot was sealed under another secret key") from None
        yield {
            "ticket_hash": name + MADE_UP,
            "staff_id": hidden["staff"],
            "rater_group": hidden["group"],
            "service_type": hidden["type"],
            "channel": hidden["channel"],
            **dict(zip(DIMENSIONS, hidden["levels"], strict=True)),
            "reasons": hidden["reasons"],
            "comment": hidden["comment"],
            "contact": hidden["contact"].encode() if hidden["contact"] else None,
            "ballot_id": bytes.fromhex(hidden["ballot"]),
            "reference": hidden["reference"],
            **{column: row[column] for column in KEPT},
        }


def _hash(key: bytes, label: bytes, value: bytes) -> bytes:
    return hmac.digest(key, label + value, "sha256")[:16]


def _keys() -> tuple[AESGCM, bytes]:
    return _derived(current_app.config["SECRET_KEY"])


@functools.cache
def _derived(secret_key: str) -> tuple[AESGCM, bytes]:
    derived = HKDF(SHA256(), length=64, salt=None, info=b"evalsys intake/v1")
    both = derived.derive(secret_key.encode())
    return AESGCM(both[:32]), both[32:]


def _columns(*names: str) -> list[sa.ColumnClause[Any]]:
    kinds: dict[str, Any] = {
        "ticket_hash": sa.LargeBinary(),
        "ballot_id": sa.LargeBinary(),
        "contact": sa.LargeBinary(),
        "name": sa.LargeBinary(),
        "looked_up_by": sa.LargeBinary(),
        "sealed": sa.LargeBinary(),
        "valid_until": sa.Date(),
        "served_on": sa.Date(),
        "replaced_on": sa.Date(),
        "fingerprint": sa.LargeBinary(),
        "pressured": sa.Boolean(),
    }
    return [sa.column(name, kinds.get(name)) for name in names]


OPEN = sa.table(
    "intake",
    *_columns("ticket_hash", "staff_id", "section_id", "base_period", "valid_until"),
    *_columns("rater_group", "service_type", "channel", "reasons", "comment", "contact"),
    *_columns("ballot_id", "reference", *KEPT[3:], *DIMENSIONS),
)
SEALED = sa.table(
    "intake",
    *_columns("name", "looked_up_by", *KEPT, "sealed"),
)
TICKET = sa.table(
    "ticket",
    *_columns("ticket_hash", "rater_group", "service_type", "channel", "valid_until", "served_on"),
)
TICKET_STAFF = sa.table("ticket_staff", *_columns("ticket_hash", "staff_id", "section_id"))

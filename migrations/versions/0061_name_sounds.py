"""staff: names by pinyin. posting: why it ended. roster_batch: why one person is changed."""

import importlib
import itertools
import os
import re

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

STAFF = sa.table("staff", sa.column("id"), sa.column("name"), sa.column("sounds"))
AT_ONCE, LONGEST, WAYS = 5_000, 400, 8


def upgrade() -> None:
    op.add_column("staff", sa.Column("sounds", sa.String(400), nullable=False, server_default=""))
    op.add_column("posting", sa.Column("end_reason", sa.String(200), nullable=True))
    op.add_column(
        "roster_batch", sa.Column("reason", sa.String(200), nullable=False, server_default="")
    )
    bind = op.get_bind()
    rows = bind.execute(sa.select(STAFF.c.id, STAFF.c.name)).all()
    fill = STAFF.update().where(STAFF.c.id == sa.bindparam("row"))
    for start in range(0, len(rows), AT_ONCE):
        some = [{"row": row, "sounds": _keys(name)} for row, name in rows[start : start + AT_ONCE]]
        bind.execute(fill.values(sounds=sa.bindparam("sounds")), some)


def downgrade() -> None:
    op.drop_column("roster_batch", "reason")
    op.drop_column("posting", "end_reason")
    op.drop_column("staff", "sounds")


def _keys(name: str) -> str:
    """What `sound_keys` gave when this was written."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    pinyin = importlib.import_module("pypinyin")
    readings: list[list[str]] = []
    for ways in pinyin.pinyin(name, style=pinyin.Style.NORMAL, heteronym=True):
        words = [re.findall(r"[a-z]+", way.lower()) for way in ways]
        if all(len(each) == 1 for each in words):
            readings.append([each[0] for each in words])
        else:
            readings += [[word] for each in words for word in each]
    keys: list[str] = []
    for syllables in itertools.islice(itertools.product(*readings), WAYS):
        for way in (syllables, [syllable[0] for syllable in syllables]):
            keys += ["".join(way[start:]) for start in range(len(way))]
    text = "".join(f"|{key}" for key in dict.fromkeys(keys))
    return text if len(text) <= LONGEST else text[: text.rindex("|", 0, LONGEST + 1)]

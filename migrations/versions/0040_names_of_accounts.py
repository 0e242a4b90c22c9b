"""accounts: the name of the owner, spelled in one way, as the four-eyes rule compares it."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

HAN = "\u3007\u2e80-\u2fd5\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
BETWEEN_CHINESE = re.compile(f"(?<=[{HAN}]) (?=[{HAN}])")


def upgrade() -> None:
    connection = op.get_bind()
    named = sa.text(
        'SELECT "user".id, display_name, staff.name FROM "user" '
        'LEFT JOIN staff ON staff.id = "user".staff_id'
    )
    renamed = sa.text('UPDATE "user" SET display_name = :name WHERE id = :id')
    for user_id, before, owner in connection.execute(named).fetchall():
        name = owner or _spelled(before) or before
        if name != before:
            connection.execute(renamed, {"id": user_id, "name": name})


def downgrade() -> None:
    """Names stay: an earlier version reads them as well."""


def _spelled(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name)
    visible = (" " if one.isspace() else one for one in plain if _is_visible(one))
    return BETWEEN_CHINESE.sub("", " ".join("".join(visible).split()))[:64]


def _is_visible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}

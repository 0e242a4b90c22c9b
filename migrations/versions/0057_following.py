"""following: matters that follow closed ones, what was counted again, columns named by office.

A number may have several matters, one after the other: `turn` says which. Numbers that were typed
with small or wide letters or with blanks are written as lists write them, unless another has that
form already. A ticket that counts again keeps why it was left out. What columns meant so far was
the same for everybody: it becomes the city's, on which the offices of organs fall back.

Going back, a following matter loses its number, since it had no place; what was counted again is
deleted, and what an organ named where two offices named the same headings (two organs: both).
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63", "-"))
LONGEST = 60
TURN = "uq_matter_source_reference_turn"


def upgrade() -> None:
    with op.batch_alter_table("matter") as batch:
        batch.add_column(sa.Column("turn", sa.Integer(), nullable=False, server_default="1"))
        batch.drop_constraint("uq_matter_source_reference", type_="unique")
        batch.create_unique_constraint(TURN, ["source", "reference", "turn"])
    with op.batch_alter_table("matter") as batch:
        batch.alter_column("turn", server_default=None, existing_type=sa.Integer())
    _create_recounts()
    with op.batch_alter_table("remembered_columns") as batch:
        batch.add_column(sa.Column("organ_id", sa.Integer(), nullable=True))
        batch.drop_constraint("uq_remembered_columns_digest", type_="unique")
        batch.create_unique_constraint(
            "uq_remembered_columns_organ_id_digest", ["organ_id", "digest"]
        )
        batch.create_foreign_key("fk_remembered_columns_organ_id", "organ", ["organ_id"], ["id"])
    for table, column, key in (
        ("hotline_ticket", "number", "id"),
        ("matter", "reference", "subject_id"),
    ):
        _write_plainly(table, column, key)


def _create_recounts() -> None:
    op.create_table(
        "hotline_recount",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("again_reason", sa.String(length=200), nullable=False),
        sa.Column("again_by", sa.Integer(), nullable=False),
        sa.Column("again_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["hotline_ticket.id"], name="fk_hotline_recount_ticket_id"
        ),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name="fk_hotline_recount_by"),
        sa.ForeignKeyConstraint(["again_by"], ["user.id"], name="fk_hotline_recount_again_by"),
        sa.PrimaryKeyConstraint("id", name="pk_hotline_recount"),
    )
    for column in ("ticket_id", "by", "again_by"):
        op.create_index(f"ix_hotline_recount_{column}", "hotline_recount", [column])


def _write_plainly(table: str, column: str, key: str) -> None:
    """Write numbers of a table as lists write them, unless two would be the same."""
    rows = sa.table(table, sa.column(key), sa.column(column))
    query = sa.select(rows.c[key], rows.c[column]).where(rows.c[column].is_not(None))
    found = op.get_bind().execute(query.order_by(rows.c[key])).all()
    taken = {number for _, number in found}
    for row, number in found:
        plain = "".join(unicodedata.normalize("NFKC", number).translate(DASHES).split()).upper()
        if plain != number and plain not in taken and 0 < len(plain) <= LONGEST:
            taken.add(plain)
            op.execute(sa.update(rows).where(rows.c[key] == row).values({column: plain}))


def downgrade() -> None:
    op.execute(
        "DELETE FROM remembered_columns WHERE organ_id IS NOT NULL AND digest IN "
        "(SELECT digest FROM remembered_columns GROUP BY digest HAVING count(*) > 1)"
    )
    with op.batch_alter_table("remembered_columns") as batch:
        batch.drop_constraint("fk_remembered_columns_organ_id", type_="foreignkey")
        batch.drop_constraint("uq_remembered_columns_organ_id_digest", type_="unique")
        batch.create_unique_constraint("uq_remembered_columns_digest", ["digest"])
        batch.drop_column("organ_id")
    op.drop_table("hotline_recount")
    op.execute("UPDATE matter SET reference = NULL WHERE turn > 1")
    with op.batch_alter_table("matter") as batch:
        batch.drop_constraint(TURN, type_="unique")
        batch.create_unique_constraint("uq_matter_source_reference", ["source", "reference"])
        batch.drop_column("turn")

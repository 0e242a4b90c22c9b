"""subject: what deadlines, notices, evidence, files and steps belong to; it may have no person.

The table of cases gets its name, the columns that point at it too. Rows stay as they are.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

OWNED = ("case_step", "evidence", "attachment", "deadline", "notice")  # They belong to any subject.
INDEXES = {
    "kind_state": ["kind", "state"],
    **{
        name: [name]
        for name in (
            *("closed_at", "mentor_id", "opened_by", "origin_id", "reviewer_id"),
            *("section_id", "staff_id"),
        )
    },
}
KEYS = {
    "mentor_id": "staff",
    "opened_by": "user",
    "origin_id": None,
    "reviewer_id": "section",
    "section_id": "section",
    "staff_id": "staff",
}


def upgrade() -> None:
    _rename("case_file", "subject", is_nullable=True)
    _point_at("case_file", "case_id", "subject", "subject_id")
    with op.batch_alter_table("notice") as batch:
        batch.alter_column("subject", new_column_name="topic", existing_type=sa.String(length=40))


def downgrade() -> None:
    """Go back. Raises RuntimeError if a subject has no person or no section: it had no place."""
    query = sa.text("SELECT count(*) FROM subject WHERE staff_id IS NULL OR section_id IS NULL")
    if alone := op.get_bind().scalar(query):
        raise RuntimeError(f"{alone} subjects without a person or a section have no place before")
    with op.batch_alter_table("notice") as batch:
        batch.alter_column("topic", new_column_name="subject", existing_type=sa.String(length=40))
    _rename("subject", "case_file", is_nullable=False)
    _point_at("subject", "subject_id", "case_file", "case_id")


def _rename(before: str, after: str, *, is_nullable: bool) -> None:
    """Give the table its other name, with all that is named after it."""
    for name in INDEXES:
        op.drop_index(f"ix_{before}_{name}", table_name=before)
    op.rename_table(before, after)  # What points at it follows, on both databases.
    with op.batch_alter_table(after) as batch:
        batch.drop_constraint(f"uq_{before}_kind_year_serial", type_="unique")
        batch.create_unique_constraint(f"uq_{after}_kind_year_serial", ["kind", "year", "serial"])
        for name, table in KEYS.items():
            batch.drop_constraint(f"fk_{before}_{name}", type_="foreignkey")
            batch.create_foreign_key(f"fk_{after}_{name}", table or after, [name], ["id"])
        for name in ("section_id", "staff_id"):
            batch.alter_column(name, existing_type=sa.Integer(), nullable=is_nullable)
    for name, columns in INDEXES.items():
        op.create_index(f"ix_{after}_{name}", after, columns)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER INDEX pk_{before} RENAME TO pk_{after}")
        op.execute(f"ALTER SEQUENCE {before}_id_seq RENAME TO {after}_id_seq")


def _point_at(before: str, old: str, after: str, new: str) -> None:
    """Let the tables of a subject name it by its other name; those of cases keep their column."""
    for table in OWNED:
        with _triggers_kept(table):
            op.drop_index(f"ix_{table}_{old}", table_name=table)
            with op.batch_alter_table(table) as batch:
                batch.drop_constraint(f"fk_{table}_{old}", type_="foreignkey")
                batch.alter_column(old, new_column_name=new, existing_type=sa.Integer())
            with op.batch_alter_table(table) as batch:
                batch.create_foreign_key(f"fk_{table}_{new}", after, [new], ["id"])
            op.create_index(f"ix_{table}_{new}", table, [new])


@contextmanager
def _triggers_kept(table: str) -> Iterator[None]:
    """Put back the triggers that SQLite loses when it writes a table anew."""
    if op.get_bind().dialect.name != "sqlite":
        yield
        return
    words = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :t")
    found = op.get_bind().execute(words, {"t": table}).all()
    for row in found:
        op.execute(f"DROP TRIGGER {row.name}")
    yield
    for row in found:
        op.execute(row.sql)

"""party: who takes part in a subject, and as what, as rows instead of columns of the subject."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

# The duty of a row -> the column that it was, and what it points at.
COLUMNS = {
    "person": ("staff_id", "staff"),
    "owner": ("section_id", "section"),
    "mentor": ("mentor_id", "staff"),
    "reviewer": ("reviewer_id", "section"),
}
WHO = ("staff", "section", "organ")


def upgrade() -> None:
    op.create_table(
        "party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("duty", sa.String(length=20), nullable=False),
        *(sa.Column(f"{who}_id", sa.Integer(), nullable=True) for who in WHO),
        sa.CheckConstraint(
            " + ".join(f"(CASE WHEN {who}_id IS NULL THEN 0 ELSE 1 END)" for who in WHO) + " = 1",
            name=op.f("ck_party_one_of"),
        ),
        *(
            sa.ForeignKeyConstraint([f"{who}_id"], [f"{who}.id"], name=op.f(f"fk_party_{who}_id"))
            for who in ("subject", *WHO)
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
        *(
            sa.UniqueConstraint(
                f"{who}_id",
                "duty",
                "subject_id",
                name=op.f(f"uq_party_{who}_id_duty_subject_id"),
            )
            for who in WHO
        ),
    )
    for duty, (column, who) in COLUMNS.items():
        op.execute(
            f"INSERT INTO party (subject_id, duty, {who}_id) "
            f"SELECT id, '{duty}', {column} FROM subject WHERE {column} IS NOT NULL ORDER BY id"
        )
    op.create_index("ix_party_subject_id_duty", "party", ["subject_id", "duty"])
    for column, _who in COLUMNS.values():
        op.drop_index(f"ix_subject_{column}", table_name="subject")
    with op.batch_alter_table("subject") as batch:
        for column, _who in COLUMNS.values():
            batch.drop_constraint(f"fk_subject_{column}", type_="foreignkey")
            batch.drop_column(column)


def downgrade() -> None:
    """Go back. Raises RuntimeError where a party has no column: other duties, organs, or two."""
    known = ", ".join(f"'{duty}'" for duty in COLUMNS)
    others = sa.text(
        f"SELECT count(*) FROM party WHERE duty NOT IN ({known}) OR organ_id IS NOT NULL"
    )
    twice = sa.text(
        "SELECT count(*) FROM (SELECT 1 FROM party GROUP BY subject_id, duty HAVING count(*) > 1) x"
    )
    if homeless := sum(op.get_bind().scalar(query) for query in (others, twice)):
        raise RuntimeError(f"{homeless} parties have no column before")
    with op.batch_alter_table("subject") as batch:
        for column, who in COLUMNS.values():
            batch.add_column(sa.Column(column, sa.Integer(), nullable=True))
            batch.create_foreign_key(f"fk_subject_{column}", who, [column], ["id"])
    for duty, (column, who) in COLUMNS.items():
        op.execute(
            f"UPDATE subject SET {column} = (SELECT party.{who}_id FROM party "
            f"WHERE party.subject_id = subject.id AND party.duty = '{duty}')"
        )
        op.create_index(f"ix_subject_{column}", "subject", [column])
    op.drop_table("party")

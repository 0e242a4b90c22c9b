"""scores: F12, scores at the usual mix of cases; the index of the recount reads cases too.

The index of a large city takes some minutes to build. Results frozen before have no such scores.
"""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

TABLE, INDEX = "case_mix_score", "ix_rating_recount"
RECOUNT = (
    *("base_period", "section_id", "staff_id", "rater_group"),
    *("attitude", "work_style", "efficiency", "competence", "channel"),
)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("se", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_case_mix_score_result_id")
        ),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_case_mix_score_section_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_case_mix_score_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_mix_score")),
        sa.UniqueConstraint(
            "result_id",
            "section_id",
            "staff_id",
            name=op.f("uq_case_mix_score_result_id_section_id_staff_id"),
        ),
    )
    for column in ("section_id", "staff_id"):
        op.create_index(op.f(f"ix_case_mix_score_{column}"), TABLE, [column])
    _refuse_changes()
    op.drop_index(INDEX, table_name="rating")
    op.create_index(INDEX, "rating", [*RECOUNT, "service_type"])


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER case_mix_score_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON case_mix_score FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER case_mix_score_no_{verb.lower()} BEFORE {verb} ON case_mix_score "
            "BEGIN SELECT RAISE(ABORT, 'append only: case_mix_score'); END"
        )


def downgrade() -> None:
    op.drop_index(INDEX, table_name="rating")
    op.create_index(INDEX, "rating", list(RECOUNT))
    op.drop_table(TABLE)

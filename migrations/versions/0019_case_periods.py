"""case_period: the results whose figures brought a case about, for commendations as for low scores."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NEWEST = (
    "(SELECT max(result.id) FROM result JOIN period ON period.id = result.period_id "
    "WHERE period.code = {code})"
)


def upgrade() -> None:
    op.create_table(
        "case_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("period_code", sa.String(length=10), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_period_case_id")),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_case_period_result_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_period")),
        sa.UniqueConstraint(
            "case_id",
            "period_code",
            "result_id",
            name=op.f("uq_case_period_case_id_period_code_result_id"),
        ),
    )
    op.create_index(op.f("ix_case_period_result_id"), "case_period", ["result_id"])
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    _fill(is_postgresql=is_postgresql)
    op.drop_table("low_period")
    if is_postgresql:
        op.execute(
            "CREATE TRIGGER case_period_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON case_period FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER case_period_no_{verb.lower()} BEFORE {verb} ON case_period "
                "BEGIN SELECT RAISE(ABORT, 'append only: case_period'); END"
            )


def _fill(*, is_postgresql: bool) -> None:
    op.execute(
        "INSERT INTO case_period (case_id, period_code, result_id, at) "
        f"SELECT case_id, period_code, {NEWEST.format(code='period_code')}, at "
        "FROM low_period ORDER BY id"
    )
    code = "grounds->>'period'" if is_postgresql else "json_extract(grounds, '$.period')"
    op.execute(
        "INSERT INTO case_period (case_id, period_code, result_id, at) "
        f"SELECT id, {code}, {NEWEST.format(code=code)}, opened_at "
        f"FROM case_file WHERE kind = 'commendation' AND {code} IS NOT NULL ORDER BY id"
    )


def downgrade() -> None:
    op.create_table(
        "low_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("period_code", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_low_period_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_low_period")),
        sa.UniqueConstraint(
            "case_id", "period_code", name=op.f("uq_low_period_case_id_period_code")
        ),
    )
    op.execute(
        "INSERT INTO low_period (case_id, period_code, at) "
        "SELECT case_id, period_code, min(case_period.at) FROM case_period "
        "JOIN case_file ON case_file.id = case_id WHERE kind = 'chief' "
        "GROUP BY case_id, period_code ORDER BY min(case_period.id)"
    )
    op.drop_index(op.f("ix_case_period_result_id"), table_name="case_period")
    op.drop_table("case_period")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER low_period_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON low_period FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER low_period_no_{verb.lower()} BEFORE {verb} ON low_period "
                "BEGIN SELECT RAISE(ABORT, 'append only: low_period'); END"
            )

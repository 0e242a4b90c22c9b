"""benchmarks: a library of indicators, cities, their figures by year, and targets."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_cities()
    _create_indicators()
    _create_figures()
    _create_targets()


def _create_cities() -> None:
    op.create_table(
        "benchmark_city",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=True),
        sa.CheckConstraint("is_own", name=op.f("ck_benchmark_city_is_own_or_null")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark_city")),
        sa.UniqueConstraint("name", name=op.f("uq_benchmark_city_name")),
        sa.UniqueConstraint("is_own", name=op.f("uq_benchmark_city_is_own")),
    )


def _create_indicators() -> None:
    op.create_table(
        "benchmark_indicator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("definition", sa.String(length=600), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("more", "less", name="direction", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=True),
        sa.Column("urgency_reason", sa.String(length=600), nullable=True),
        sa.Column("ease", sa.Integer(), nullable=True),
        sa.Column("ease_reason", sa.String(length=600), nullable=True),
        sa.CheckConstraint(
            "(urgency IS NULL) = (ease IS NULL)", name=op.f("ck_benchmark_indicator_judged")
        ),
        sa.CheckConstraint("ease BETWEEN 1 AND 5", name=op.f("ck_benchmark_indicator_ease")),
        sa.CheckConstraint("places BETWEEN 0 AND 4", name=op.f("ck_benchmark_indicator_places")),
        sa.CheckConstraint("urgency BETWEEN 1 AND 5", name=op.f("ck_benchmark_indicator_urgency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark_indicator")),
        sa.UniqueConstraint("name", name=op.f("uq_benchmark_indicator_name")),
    )


def _create_figures() -> None:
    op.create_table(
        "benchmark_figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("city_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("value", sa.String(length=20), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=600), nullable=True),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id"], ["benchmark_city.id"], name=op.f("fk_benchmark_figure_city_id")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["user.id"], name=op.f("fk_benchmark_figure_entered_by")
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["benchmark_indicator.id"],
            name=op.f("fk_benchmark_figure_indicator_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark_figure")),
        sa.UniqueConstraint(
            "indicator_id", "city_id", "year", "version", name="uq_benchmark_figure"
        ),
    )
    op.create_index("ix_benchmark_figure_city_id", "benchmark_figure", ["city_id"])
    op.create_index("ix_benchmark_figure_entered_by", "benchmark_figure", ["entered_by"])


def _create_targets() -> None:
    op.create_table(
        "benchmark_target",
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["benchmark_indicator.id"],
            name=op.f("fk_benchmark_target_indicator_id"),
        ),
        sa.PrimaryKeyConstraint("indicator_id", "year", name=op.f("pk_benchmark_target")),
    )


def downgrade() -> None:
    op.drop_table("benchmark_target")
    op.drop_table("benchmark_figure")
    op.drop_table("benchmark_indicator")
    op.drop_table("benchmark_city")

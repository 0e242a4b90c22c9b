"""large exports: who asked for a workbook of many people, why, and who agreed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = "large_export"
STATES = ("waiting", "agreed", "refused", "taken", "expired")
CHECKS = {
    "second_person": "decided_by IS NULL OR decided_by <> asker_id",
    "decider": "(decided_by IS NULL) = (decided_at IS NULL)",
    "decided": "(state = 'waiting') = (decided_at IS NULL)",
    "refusal": "(state = 'refused') = (refusal IS NOT NULL)",
    "taken": "(state = 'taken') = (taken_at IS NOT NULL)",
    "expired": "state <> 'expired'",
    "persons": "persons > 0",
    "purpose": "length(purpose) > 0",
}
FOREIGN = {"asker_id": "user", "result_id": "result", "decided_by": "user"}
INDEXES = (["asker_id"], ["result_id"], ["decided_by"], ["state", "valid_until"])


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("book", sa.String(length=40), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="exportstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("refusal", sa.String(length=200), nullable=True),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_{TABLE}_{name}"))
            for name, rule in CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint([key], [f"{to}.id"], name=op.f(f"fk_{TABLE}_{key}"))
            for key, to in FOREIGN.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    for columns in INDEXES:
        op.create_index(op.f(f"ix_{TABLE}_{'_'.join(columns)}"), TABLE, columns)
    make_sections()


def make_sections() -> None:
    name = f"{TABLE}_section"
    op.create_table(
        name,
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["export_id"], [f"{TABLE}.id"], name=op.f(f"fk_{name}_export_id")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f(f"fk_{name}_section_id")),
        sa.PrimaryKeyConstraint("export_id", "section_id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_section_id"), name, ["section_id"])


def downgrade() -> None:
    op.drop_table(f"{TABLE}_section")
    op.drop_table(TABLE)

"""deadline: the first day on which it nears its end, so that a sweep reads only what matters.

Counted for what is there with the calendar of this database, as `cases/deadlines/rules.py` did on
that day. It is kept with the term: the light compares days only.
"""

from collections.abc import Callable
from datetime import date, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

ONE_DAY = timedelta(days=1)
SATURDAY = 5
# Off by law, whatever a notice says: New Year, Labour Day, National Day.
FIXED = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
# year: (first day of the lunar year, Qingming, Dragon Boat Festival, Mid-Autumn Festival)
MOVABLE = {
    2027: ((2, 6), (4, 5), (6, 9), (9, 15)),
    2028: ((1, 26), (4, 4), (5, 28), (10, 3)),
    2029: ((2, 13), (4, 4), (6, 16), (9, 22)),
    2030: ((2, 3), (4, 5), (6, 5), (9, 12)),
    2031: ((1, 23), (4, 5), (6, 24), (10, 1)),
    2032: ((2, 11), (4, 4), (6, 12), (9, 19)),
    2033: ((1, 31), (4, 4), (6, 1), (9, 8)),
    2034: ((2, 19), (4, 5), (6, 20), (9, 27)),
    2035: ((2, 8), (4, 5), (6, 10), (9, 16)),
    2036: ((1, 28), (4, 4), (5, 30), (10, 4)),
}
TABLE = sa.table(
    "deadline",
    sa.column("rule", sa.String()),
    *(sa.column(name, sa.Date()) for name in ("started_on", "due_on", "nears_on")),
)
CALENDAR = sa.table(
    "calendar_day", sa.column("day", sa.Date()), sa.column("is_working", sa.Boolean())
)
IsWorking = Callable[[date], bool]


def upgrade() -> None:
    op.add_column("deadline", sa.Column("nears_on", sa.Date(), nullable=True))
    connection, term = op.get_bind(), (TABLE.c.rule, TABLE.c.started_on, TABLE.c.due_on)
    is_working = _calendar(connection)
    for rule, start, end in connection.execute(sa.select(*term).distinct()).all():
        same = zip(term, (rule, start, end), strict=True)
        where = [column == value for column, value in same]
        near = _nears_on(rule, start, end, is_working)
        connection.execute(sa.update(TABLE).where(*where).values(nears_on=near))
    with op.batch_alter_table("deadline") as batch:
        batch.alter_column("nears_on", existing_type=sa.Date(), nullable=False)
        batch.create_index("ix_deadline_near", ["closed_on", "paused_on", "nears_on"])


def downgrade() -> None:
    with op.batch_alter_table("deadline") as batch:
        batch.drop_index("ix_deadline_near")
        batch.drop_column("nears_on")


def _calendar(connection: sa.Connection) -> IsWorking:
    exceptions = {day: bool(worked) for day, worked in connection.execute(sa.select(CALENDAR))}
    movable = {
        date(year, *first) + timedelta(n)
        for year, (first, *_) in MOVABLE.items()
        for n in range(-1, 3)
    } | {date(year, *day) for year, (_, *others) in MOVABLE.items() for day in others}

    def is_working(day: date) -> bool:
        is_legal = (day.month, day.day) in FIXED or day in movable
        return not is_legal and exceptions.get(day, day.weekday() < SATURDAY)

    return is_working


def _nears_on(rule: str, start: date, end: date, is_working: IsWorking) -> date:
    span = (end - start).days
    if rule.endswith("_wd"):
        whole = sum(is_working(start + n * ONE_DAY) for n in range(1, span + 1))
        return max(start, _days_before(end, max(whole // 5, 1), is_working))
    return max(start, min(end - timedelta(span // 5), _days_before(end, 1, is_working)))


def _days_before(end: date, count: int, is_working: IsWorking) -> date:
    day, left = end, count
    while (left := left - is_working(day)) >= 0:
        day -= ONE_DAY
    return day

"""calendar 2024 to 2026: days off and make-up working days of the State Council's notices."""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SATURDAY = 5
SOURCE = "国务院办公厅关于{year}年部分节假日安排的通知"
# year: (name, first and last day off, days worked instead), as month-day.
NOTICES = {
    2024: (
        ("元旦", "01-01", "01-01", ()),
        ("春节", "02-10", "02-17", ("02-04", "02-18")),
        ("清明节", "04-04", "04-06", ("04-07",)),
        ("劳动节", "05-01", "05-05", ("04-28", "05-11")),
        ("端午节", "06-10", "06-10", ()),
        ("中秋节", "09-15", "09-17", ("09-14",)),
        ("国庆节", "10-01", "10-07", ("09-29", "10-12")),
    ),
    2025: (
        ("元旦", "01-01", "01-01", ()),
        ("春节", "01-28", "02-04", ("01-26", "02-08")),
        ("清明节", "04-04", "04-06", ()),
        ("劳动节", "05-01", "05-05", ("04-27",)),
        ("端午节", "05-31", "06-02", ()),
        ("国庆节、中秋节", "10-01", "10-08", ("09-28", "10-11")),
    ),
    2026: (
        ("元旦", "01-01", "01-03", ("01-04",)),
        ("春节", "02-15", "02-23", ("02-14", "02-28")),
        ("清明节", "04-04", "04-06", ()),
        ("劳动节", "05-01", "05-05", ("05-09",)),
        ("端午节", "06-19", "06-21", ()),
        ("中秋节", "09-25", "09-27", ()),
        ("国庆节", "10-01", "10-07", ("09-20", "10-10")),
    ),
}

calendar_year = sa.table(
    "calendar_year",
    sa.column("year", sa.Integer),
    sa.column("source", sa.String),
    sa.column("imported_at", sa.DateTime),
)
calendar_day = sa.table(
    "calendar_day",
    sa.column("day", sa.Date),
    sa.column("is_working", sa.Boolean),
    sa.column("name", sa.String),
)


def days_of(year, notice):
    """Yield the days that differ from the weekday rule."""
    for name, first, last, worked in notice:
        day = date.fromisoformat(f"{year}-{first}")
        while day <= date.fromisoformat(f"{year}-{last}"):
            if day.weekday() < SATURDAY:
                yield {"day": day, "is_working": False, "name": name}
            day += timedelta(days=1)
        for text in worked:
            day = date.fromisoformat(f"{year}-{text}")
            yield {"day": day, "is_working": True, "name": name}


def upgrade():
    now = datetime.now(UTC).replace(tzinfo=None)
    op.bulk_insert(
        calendar_year,
        [{"year": y, "source": SOURCE.format(year=y), "imported_at": now} for y in NOTICES],
    )
    op.bulk_insert(
        calendar_day, [day for year, notice in NOTICES.items() for day in days_of(year, notice)]
    )


def downgrade():
    first, last = date(min(NOTICES), 1, 1), date(max(NOTICES), 12, 31)
    op.execute(calendar_day.delete().where(calendar_day.c.day.between(first, last)))
    op.execute(calendar_year.delete().where(calendar_year.c.year.in_(NOTICES)))

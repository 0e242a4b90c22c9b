"""Statistics for the query planner."""

from sqlalchemy import text

from evalsys.core.audit import unaudited_unit
from evalsys.core.extensions import db


def gather_statistics() -> None:
    """Run ANALYZE, at night and after bulk imports; it samples, so it takes less than a second.

    Skips the tables WITHOUT ROWID (ballots, ratings, comments, contacts): they are queried by
    primary key, and no copy of their values may be stored elsewhere.
    """
    with unaudited_unit():
        if db.engine.dialect.name == "sqlite":
            db.session.execute(text("PRAGMA analysis_limit = 1000"))
        for table in db.metadata.sorted_tables:
            if table.dialect_options["sqlite"]["with_rowid"]:
                db.session.execute(text(f'ANALYZE "{table.name}"'))

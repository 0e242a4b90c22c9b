"""What the database knows of its rows, by which it chooses the indexes of a query."""

from sqlalchemy import text

from evalsys.core.audit import unaudited_unit
from evalsys.core.extensions import db


def gather_statistics() -> None:
    """Let the database look at its rows again, so that it chooses the right indexes.

    For the night, and for when many rows came at once; a sample is enough, so it takes no second.
    Left out are the tables whose rows lie in the order of their names (ballots, ratings, comments,
    contacts): they are found by name, and nothing of them is to be kept anywhere else.
    """
    with unaudited_unit():
        if db.engine.dialect.name == "sqlite":
            db.session.execute(text("PRAGMA analysis_limit = 1000"))
        for table in db.metadata.sorted_tables:
            if table.dialect_options["sqlite"]["with_rowid"]:
                db.session.execute(text(f'ANALYZE "{table.name}"'))

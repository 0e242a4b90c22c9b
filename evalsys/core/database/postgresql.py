"""PostgreSQL: a pool that asks only connections that have rested whether they live.

The question is a way to the server and back, as long as a statement of a ballot.
"""

import logging
import select
import time
from typing import Any

import sqlalchemy as sa

RESTED = 1.0  # seconds
CHECKED_IN = "evalsys_checked_in"


class RestedPool(sa.QueuePool):
    """A pool that pings a connection before use if it has rested, or if its server has spoken.

    A server that stops, or ends one connection, says so and closes it: that can be read without
    asking. Only what was cut without a word is found by the ping, or by the keepalives.
    """


# Pools are named after their module: ours is in our log, where others of SQLAlchemy say as little.
logging.getLogger(f"{__name__}.{RestedPool.__name__}").setLevel(logging.WARNING)


@sa.event.listens_for(RestedPool, "checkin")
def _note_time(_connection: Any, record: Any) -> None:
    record.info[CHECKED_IN] = time.monotonic()


@sa.event.listens_for(RestedPool, "checkout")
def _ask_if_rested(connection: Any, record: Any, _proxy: Any) -> None:
    """Replace a connection that is lost, and with it all that are older than the loss."""
    since = record.info.get(CHECKED_IN)
    if since is None:  # It is new.
        return
    if time.monotonic() - since < RESTED and not _has_news(connection):
        return
    if connection.closed or not _answers(connection):
        raise sa.exc.InvalidatePoolError


def _has_news(connection: Any) -> bool:
    """Return whether the server has sent something that nobody asked for, or hung up."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _answers(connection: Any) -> bool:
    """Ask as SQLAlchemy's own ping does: outside of a transaction."""
    import psycopg

    is_bare = connection.autocommit
    try:
        connection.autocommit = True
        connection.execute("SELECT 1")
        connection.autocommit = is_bare
    except psycopg.Error:
        return False
    return True

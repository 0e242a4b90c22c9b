"""`make debug`: print each request's number of queries to the terminal. Never in production."""

import time
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import Engine, event

IN_PRODUCTION = (
    "FLASK_DEBUG 不得用于正式服务器 / a real server never runs in debug mode: unset FLASK_DEBUG.\n"
    "调试请用 / to debug: make debug"
)
HERE = frozenset({"127.0.0.1", "localhost", "::1"})


def init_app(app: Flask) -> None:
    """Count the queries of each request in debug mode; otherwise do nothing."""
    if app.debug:
        event.listen(Engine, "before_cursor_execute", _count)
        app.before_request(_begin)
        app.after_request(_print)


def refuse_debugging(app: Flask) -> None:
    """Refuse to start a production server in debug mode. Raises SystemExit with the remedy."""
    if app.debug:
        raise SystemExit(IN_PRODUCTION)


def _begin() -> None:
    g.queries, g.debugged_since = 0, time.perf_counter()


def _count(*cursor_and_words: Any) -> None:
    """Count a statement of SQLAlchemy; the bare ones of a ballot are not counted."""
    if has_request_context() and "queries" in g:
        g.queries += 1


def _print(response: Response) -> Response:
    """Print a line with the request, the status, the queries and the milliseconds."""
    if request.endpoint not in {"static", "bootstrap.static"} and "queries" in g:
        took = (time.perf_counter() - g.debugged_since) * 1000
        print(  # noqa: T201  # For whoever sits at the terminal; no log keeps it.
            f"{request.method} {request.path} {response.status_code}: "
            f"{g.queries} queries, {took:.0f} ms"
        )
    return response

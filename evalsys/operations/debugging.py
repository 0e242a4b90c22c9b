"""What `make debug` adds: how many queries a request sent, on the terminal. Never in production."""

import time
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import Engine, event

NOT_HERE = (
    "FLASK_DEBUG 不得用于正式服务器 / a real server never runs in debug mode: unset FLASK_DEBUG.\n"
    "调试请用 / to debug: make debug"
)
HERE = frozenset({"127.0.0.1", "localhost", "::1"})


def init_app(app: Flask) -> None:
    """Count the queries of each request if the application is debugged; else do nothing."""
    if app.debug:
        event.listen(Engine, "before_cursor_execute", _count)
        app.before_request(_begin)
        app.after_request(_tell)


def refuse_debugging(app: Flask) -> None:
    """Keep a real server from starting in debug mode: it would show its insides to anybody.

    Raises SystemExit with the way out.
    """
    if app.debug:
        raise SystemExit(NOT_HERE)


def _begin() -> None:
    g.queries, g.debugged_since = 0, time.perf_counter()


def _count(*cursor_and_words: Any) -> None:
    """Count a statement of SQLAlchemy; those of a ballot go by the driver, and are few."""
    if has_request_context() and "queries" in g:
        g.queries += 1


def _tell(response: Response) -> Response:
    """Write a line for who debugs: the request, its answer, queries, milliseconds."""
    if request.endpoint not in {"static", "bootstrap.static"} and "queries" in g:
        took = (time.perf_counter() - g.debugged_since) * 1000
        print(  # noqa: T201  # For whoever sits at the terminal; no log keeps it.
            f"{request.method} {request.path} {response.status_code}: "
            f"{g.queries} queries, {took:.0f} ms"
        )
    return response

"""JSON logs on stderr, one object per line, that cannot reveal who rated or what they wrote.

A request is logged by its URL rule, never by path, query or address: the path of a ticket's page
holds the ticket's code. Citizens' requests are only counted, by the hour, since a log collector
adds a time to each line. Errors are logged by their frames without messages: a database quotes the
row it rejects.
"""

import json
import logging
import secrets
import sys
import time
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, has_request_context, request

from evalsys.core.error_pages import after_answer
from evalsys.core.guards import needs_account
from evalsys.operations.hours import Hours, Request, hour_of

CITIZENS = {"ratings", "reports"}  # Blueprints with public pages for citizens.
# Endpoints requested together with a page; None: no route, such as a mistyped address.
BESIDE = {"static", "bootstrap.static", "switch", None}
QUIET = {"operations.healthz"}  # Polled, so logged at DEBUG only.
# These loggers write addresses or paths.
TALKATIVE = ("flask-limiter", "werkzeug", "alembic")

_KNOWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}

log = logging.getLogger("evalsys.requests")
hours = Hours()


class JsonHandler(logging.Handler):
    """A handler that writes records as JSON lines to stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line. A failing log never breaks the request."""
        try:
            sys.stderr.write(f"{format_json(record)}\n")
        except Exception:  # noqa: BLE001  # The standard library's own rule for handlers.
            self.handleError(record)


def init_app(app: Flask) -> None:
    """Log every request, and set up the logging of the process once."""
    level = str(app.config["LOG_LEVEL"]).upper()
    root = logging.getLogger()
    root.handlers = [kept for kept in root.handlers if not isinstance(kept, JsonHandler)]
    root.addHandler(JsonHandler())
    logging.getLogger("evalsys").setLevel(level)
    app.logger.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR if level != "DEBUG" else logging.INFO)
    app.url_value_preprocessor(_begin)
    after_answer(app, _log_request)
    app.log_exception = _log_exception  # type: ignore[method-assign]  # Flask's own names the path.


def format_json(record: logging.LogRecord) -> str:
    """Return the JSON line of a record: its message, extra fields and the frames of its error."""
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    line: dict[str, Any] = {
        "time": hour_of(record.created) if _is_of_a_citizen() else at.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
    }
    line |= {name: value for name, value in record.__dict__.items() if name not in _KNOWN}
    if has_request_context():
        line["request"] = _request_id()
    if record.exc_info and record.exc_info[1] is not None:
        line["error"] = describe(record.exc_info[1])
    return json.dumps(line, ensure_ascii=False, default=str)


def describe(error: BaseException) -> list[str]:
    """Return types and frames of an error and its causes, without messages or values."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        lines.append(f"{type(seen).__module__}.{type(seen).__qualname__}")
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(seen.__traceback__)
        ]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return lines


def _begin(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.began = time.perf_counter()


def _request_id() -> str:
    """Return the id shared by the lines of a request, created when first needed."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(4)
    return str(g.request_id)


def _log_request(response: Response) -> Response:
    """Log or count a request. The user is logged only for views that require one."""
    route = request.url_rule.rule if request.url_rule else None
    over, counts = hours.finish(time.time())
    for seen, count in counts.items():
        log.info("requests of an hour", extra={"time": over, **seen._asdict(), "count": count})
    if _is_of_a_citizen():
        hours.note(Request(request.method, route, response.status_code))
        return response
    user = g.get("_login_user") if needs_account(request.endpoint) else None
    actor = getattr(user, "actor", None)
    quiet = request.endpoint in QUIET and response.status_code < 400  # noqa: PLR2004
    began = g.get("began", time.perf_counter())
    fields = {
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "ms": round((time.perf_counter() - began) * 1000, 1),
        "user": actor.user_id if actor is not None else None,
    }
    log.log(logging.DEBUG if quiet else logging.INFO, "request", extra=fields)
    return response


def _is_of_a_citizen() -> bool:
    """Return whether the request is for a citizen's page or for something loaded with one."""
    if not has_request_context():
        return False
    if request.endpoint in BESIDE:
        return True
    return request.blueprint in CITIZENS and not needs_account(request.endpoint)


ExcInfo = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


def _log_exception(exc_info: ExcInfo | None) -> None:
    route = request.url_rule.rule if request.url_rule else None
    log.error("unhandled error", exc_info=exc_info, extra={"route": route})

"""One JSON object per line on stderr, and nothing in it that tells who rated or what they wrote.

A request is logged with the rule of its route, never with its path, its query or an address: the
path of a ticket's page holds the ticket's code. What citizens ask for is counted, and the counts of
an hour are written when it is over: whoever collects these lines puts a time beside each of them.
Errors are logged with their frames, not with their words: a database quotes the row it refuses.
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

from flask import Flask, Response, current_app, g, has_request_context, request

from evalsys.operations.hours import Hours, Request, hour_of

CITIZENS = {"ratings", "reports"}  # Blueprints whose public pages citizens read.
# Fetched in the second in which somebody opens a page, or chosen on it; None: typed wrongly.
BESIDE = {"static", "bootstrap.static", "switch", None}
QUIET = {"operations.healthz"}  # Asked for too often to be news.
# These write addresses or paths into their lines.
TALKATIVE = ("flask-limiter", "werkzeug", "alembic")

_KNOWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}

log = logging.getLogger("evalsys.requests")
hours = Hours()


class JsonHandler(logging.Handler):
    """Writes records as JSON lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line. A log that cannot be written never stops the work."""
        try:
            sys.stderr.write(f"{format_json(record)}\n")
        except Exception:  # noqa: BLE001  # The standard library's own rule for handlers.
            self.handleError(record)


def init_app(app: Flask) -> None:
    """Log every request; set up the process's logging once."""
    level = str(app.config["LOG_LEVEL"]).upper()
    root = logging.getLogger()
    root.handlers = [kept for kept in root.handlers if not isinstance(kept, JsonHandler)]
    root.addHandler(JsonHandler())
    logging.getLogger("evalsys").setLevel(level)
    app.logger.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR if level != "DEBUG" else logging.INFO)
    app.url_value_preprocessor(_begin)
    app.after_request(_log_request)
    app.log_exception = _log_exception  # type: ignore[method-assign]  # Flask's own names the path.


def format_json(record: logging.LogRecord) -> str:
    """Return the line of a record: its words, its extra fields, the frames of its error."""
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
    """Return the kinds and frames of an error and of what caused it, without any values."""
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
    """Return what the lines of a request have in common; most of citizens write none."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(4)
    return str(g.request_id)


def _log_request(response: Response) -> Response:
    """Write the line of a request. The user is named only on pages that need one."""
    route = request.url_rule.rule if request.url_rule else None
    over, counts = hours.finish(time.time())
    for seen, count in counts.items():
        log.info("requests of an hour", extra={"time": over, **seen._asdict(), "count": count})
    if _is_of_a_citizen():
        hours.note(Request(request.method, route, response.status_code))
        return response
    user = None if _is_public() else getattr(g.get("_login_user"), "user", None)
    quiet = request.endpoint in QUIET and response.status_code < 400  # noqa: PLR2004
    began = g.get("began", time.perf_counter())
    fields = {
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "ms": round((time.perf_counter() - began) * 1000, 1),
        "user": user.id if user is not None else None,
    }
    log.log(logging.DEBUG if quiet else logging.INFO, "request", extra=fields)
    return response


def _is_public() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "action", None) is None


def _is_of_a_citizen() -> bool:
    """Say whether this is a page that a citizen opens, or what comes with one."""
    if not has_request_context():
        return False
    return request.endpoint in BESIDE or (request.blueprint in CITIZENS and _is_public())


ExcInfo = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


def _log_exception(exc_info: ExcInfo | None) -> None:
    route = request.url_rule.rule if request.url_rule else None
    log.error("unhandled error", exc_info=exc_info, extra={"route": route})

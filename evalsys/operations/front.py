"""What stands before every request: the proxies we trust, and how much a stranger may send."""

from typing import Any

from flask import Flask, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix


def init_app(app: Flask) -> None:
    """Believe exactly the configured number of proxies, and limit what public pages take."""
    if hops := app.config["PROXY_HOPS"]:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    app.url_value_preprocessor(_limit_body)


def _limit_body(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take little from pages that need no account: the rating form, the sign-in."""
    view = current_app.view_functions.get(endpoint or "")
    if getattr(view, "action", None) is None:
        request.max_content_length = current_app.config["PUBLIC_CONTENT_LENGTH"]

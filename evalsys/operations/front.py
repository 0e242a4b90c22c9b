"""WSGI middleware around every request: trusted proxies, valid hosts, security headers.

Also limits the size of request bodies on public pages.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from evalsys.core.guards import needs_account

# A host name (RFC 1123: ASCII, labels of at most 63 characters) or an address, optionally a port.
LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
HOST = re.compile(rf"(?:{LABEL}(?:\.{LABEL})*\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?")
LONGEST_HOST = 260  # characters, port included
STRANGE_HOST = "400 网址有误 / The address is not written correctly\n"

# No data: images, no inline script or style: theme.css avoids Bootstrap's embedded icons.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# Sent with every response that does not set the header itself.
PROTECTION = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class Protected:
    """Add the security headers to every response, including those of other middleware."""

    def __init__(self, app: Any, protection: Mapping[str, str]) -> None:
        self.app = app
        self._protection = [(name.lower(), (name, value)) for name, value in protection.items()]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Handle a request."""

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            present = {name.lower() for name, _value in headers}
            more = [header for name, header in self._protection if name not in present]
            return start_response(status, headers + more, *error)

        return self.app(environ, start)  # type: ignore[no-any-return]


class HostCheck:
    """Reject a malformed Host header with 400: even an error page could not build URLs for it."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Handle a request."""
        host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "")
        if len(host) <= LONGEST_HOST and HOST.fullmatch(host):
            return self.app(environ, start_response)  # type: ignore[no-any-return]
        return Response(STRANGE_HOST, 400, mimetype="text/plain")(environ, start_response)


def init_app(app: Flask) -> None:
    """Trust exactly the configured number of proxies, and limit the bodies of public pages."""
    protection = PROTECTION | (ONLY_TLS if app.config["SESSION_COOKIE_SECURE"] else {})
    app.wsgi_app = Protected(HostCheck(app.wsgi_app), protection)  # type: ignore[method-assign]
    if hops := app.config["PROXY_HOPS"]:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    app.url_value_preprocessor(_limit_body)


def _limit_body(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Limit the request body of views that need no account, such as the rating form.

    A larger Content-Length is rejected at once, even if the view does not read the body; where no
    view takes it, it is told that there is none. Raises RequestEntityTooLarge.
    """
    if not needs_account(endpoint):
        most = request.max_content_length = current_app.config["PUBLIC_CONTENT_LENGTH"]
        if endpoint is not None and (request.content_length or 0) > most:
            raise RequestEntityTooLarge

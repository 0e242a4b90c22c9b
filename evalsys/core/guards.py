"""Guards of views: each is `@public` or `@requires(action)`, or the application does not start."""

from collections.abc import Callable
from functools import partial, wraps
from typing import ParamSpec, TypeVar, cast

from flask import Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from evalsys.core.extensions import login_manager
from evalsys.core.permissions import ASKED_AGAIN, CITIZEN, Action, Actor
from evalsys.core.sendings import carried_out_once

P = ParamSpec("P")
R = TypeVar("R")

LIBRARY_VIEWS = {"static", "bootstrap.static"}
TOO_EARLY = 425  # RFC 8470


def current_actor() -> Actor:
    """Return the actor of this request; an anonymous visitor is a citizen."""
    return cast(Actor, current_user.actor) if current_user.is_authenticated else CITIZEN


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that anybody may call."""
    view.is_public = True  # type: ignore[attr-defined]  # Read by `check_every_view`.
    return view


def requires(action: Action) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Restrict a view to actors who may do `action`.

    An anonymous visitor is sent to the sign-in page, any other actor gets 404. A prefetch is
    refused. A form that is submitted twice is carried out once.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if _is_guess():
                return cast(R, Response(status=TOO_EARLY))
            if not current_actor().may(action):
                if current_user.is_anonymous:
                    return cast(R, login_manager.unauthorized())
                abort(404)
            confirm(action)
            call = partial(cast(Callable[..., ResponseReturnValue], view), *args, **kwargs)
            return cast(R, carried_out_once(call))

        guarded.action = action  # type: ignore[attr-defined]  # Read there, and by tests.
        return guarded

    return decorate


def confirm(action: Action) -> None:
    """Ask for the second factor again before an irreversible action.

    Aborts with a redirect to the page that asks, if it was not given in the last minutes.
    """
    if action in ASKED_AGAIN and current_user.must_confirm:
        abort(cast(Response, login_manager.needs_refresh()))


def _is_guess() -> bool:
    """Return whether the request is a prefetch by the browser.

    Some pages record that somebody viewed them, and a prefetched page was not viewed. A refused
    browser requests the page again when it is needed.
    """
    headers = request.headers
    return "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", ""))


def needs_account(endpoint: str | None) -> bool:
    """Return whether the view of an endpoint requires an account; False if there is none."""
    return hasattr(current_app.view_functions.get(endpoint or ""), "action")


def check_every_view(app: Flask) -> None:
    """Raise RuntimeError if a view is neither public nor guarded. Called last by create_app."""
    unmarked = [
        name
        for name, view in app.view_functions.items()
        if not hasattr(view, "is_public") and not hasattr(view, "action")
        if name not in LIBRARY_VIEWS
    ]
    if unmarked:
        raise RuntimeError(f"views without @public or @requires: {unmarked}")

"""Guards of views: each is marked `@public` or `@requires(action)`, or the start fails."""

from collections.abc import Callable
from functools import partial, wraps
from typing import ParamSpec, TypeVar, cast

from flask import Flask, Response, abort, request
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
    """Return who makes this request; an anonymous visitor is a citizen."""
    return cast(Actor, current_user.actor) if current_user.is_authenticated else CITIZEN


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that anybody may call."""
    view.is_public = True  # type: ignore[attr-defined]  # Read by `check_every_view`.
    return view


def requires(action: Action) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only actors with the action call the view.

    A visitor is asked to sign in first; for everybody else what is forbidden is absent (404). What
    a browser fetches on its own guess is refused. A form that is sent twice is carried out once.
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
            answer = partial(cast(Callable[..., ResponseReturnValue], view), *args, **kwargs)
            return cast(R, carried_out_once(answer))

        guarded.action = action  # type: ignore[attr-defined]  # Read there, and by tests.
        return guarded

    return decorate


def confirm(action: Action) -> None:
    """Ask for the second factor again before an action that cannot be taken back.

    Aborts with the way to the page that asks, if it was not given in the last minutes.
    """
    if action in ASKED_AGAIN and current_user.must_confirm:
        abort(cast(Response, login_manager.needs_refresh()))


def _is_guess() -> bool:
    """Say whether a browser only guesses that the page may be wanted next: nobody has seen it then.

    Some pages leave a trace when somebody looks. A browser that gets none asks again when it is
    really wanted.
    """
    headers = request.headers
    return "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", ""))


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

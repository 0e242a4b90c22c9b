"""What a citizen's phone keeps, in cookies that no script reads: the ticket that it holds."""

from flask import Response, current_app, request

from evalsys.ratings.codes import write_code

TICKET = "ticket"
TICKET_AGE = 3600  # seconds: how long a phone, or the next user of a terminal, finds the form open


def held_code() -> str:
    """Return the code of the ticket that the phone holds, or nothing."""
    return request.cookies.get(_name(TICKET), "")


def keep_ticket(answer: Response, secret: bytes) -> Response:
    """Let the phone keep the ticket, so that the form survives a reload."""
    return _keep(answer, TICKET, write_code(secret), TICKET_AGE)


def forget_ticket(answer: Response) -> Response:
    """Take the ticket from the phone."""
    answer.delete_cookie(_name(TICKET), secure=_is_secure())
    return answer


def _keep(answer: Response, name: str, value: str, seconds: int) -> Response:
    answer.set_cookie(
        _name(name), value, max_age=seconds, secure=_is_secure(), httponly=True, samesite="Lax"
    )
    return answer


def _name(cookie: str) -> str:
    return f"__Host-{cookie}" if _is_secure() else cookie


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])

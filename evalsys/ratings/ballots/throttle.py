"""How often a code may be wrong: a minute's tries of an address, and of all addresses together.

A right code costs nothing, so that a hall with one address never waits; but once the tries are used
up, right ones are refused too until the minute is over, or guessing would only be quieter.
"""

from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerMinute
from werkzeug.exceptions import TooManyRequests

from evalsys.core.extensions import limiter

EACH = RateLimitItemPerMinute(30)
ALL = RateLimitItemPerMinute(3000)
_NAMES = ("codes",)


def check_tries() -> None:
    """Raise TooManyRequests if this address, or all of them, were wrong too often."""
    if not limiter.enabled:
        return
    strategy = limiter.limiter
    if not strategy.test(EACH, *_NAMES, get_remote_address()) or not strategy.test(ALL, *_NAMES):
        raise TooManyRequests


def count_try() -> None:
    """Count a code that was wrong."""
    if limiter.enabled:
        limiter.limiter.hit(EACH, *_NAMES, get_remote_address())
        limiter.limiter.hit(ALL, *_NAMES)

"""Limits on wrong codes: per client and over all clients, per minute.

Right codes are free, so that a hall behind one address never waits. Once a limit is reached, right
codes are refused too until the minute is over: otherwise guessing could go on unnoticed. While the
storage of the counts is unavailable nobody is refused: a ballot must not depend on it, and a code
of 17 symbols cannot be guessed in that time.
"""

import contextlib

from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from werkzeug.exceptions import TooManyRequests

from evalsys.core.clients import current_client
from evalsys.core.extensions import limiter

EACH = RateLimitItemPerMinute(30)
ALL = RateLimitItemPerMinute(3000)
_NAMES = ("codes",)


def check_tries() -> None:
    """Raise TooManyRequests if this client, or all together, reached the limit."""
    if not limiter.enabled:
        return
    test = limiter.limiter.test
    with contextlib.suppress(StorageError):
        if not (test(EACH, *_NAMES, current_client()) and test(ALL, *_NAMES)):
            raise TooManyRequests


def count_try() -> None:
    """Count a wrong code."""
    if limiter.enabled:
        with contextlib.suppress(StorageError):
            limiter.limiter.hit(EACH, *_NAMES, current_client())
            limiter.limiter.hit(ALL, *_NAMES)

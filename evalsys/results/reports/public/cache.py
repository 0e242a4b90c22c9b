"""The cache of public pages: loaded once, rendered once per language and print size.

The key contains everything on a page that can change, so nothing is invalidated: a new version, a
withdrawn page, another period or day is another key. Least recently used entries are evicted.
Searches have a cache of their own, so that they evict no page.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue

from evalsys.core.pages import FOR_ALL
from evalsys.results.reports.public.page import PublicPage

READ = 4  # cached published periods
DRAWN = 64  # cached pages, and as many searches
EXTENSION = "evalsys.public_pages"
T = TypeVar("T")


class Drawn(NamedTuple):
    """A rendered page and its ETag."""

    body: bytes
    etag: str


class LruCache(Generic[T]):
    """A thread-safe LRU cache.

    One thread computes a value at a time; hits never wait.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.entries: OrderedDict[Hashable, T] = OrderedDict()
        self.making, self.moving = Lock(), Lock()

    def find(self, key: Hashable) -> T | None:
        """Return a cached value, or None."""
        with self.moving:
            if key in self.entries:
                self.entries.move_to_end(key)
            return self.entries.get(key)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return a cached value, computing it if missing."""
        value = self.find(key)
        if value is not None:
            return value
        with self.making:
            value = self.find(key)
            if value is None:
                value = make()
                with self.moving:
                    self.entries[key] = value
                    while len(self.entries) > self.most:
                        self.entries.popitem(last=False)
        return value


class Memory:
    """The caches of a process: loaded periods, rendered pages, rendered searches."""

    def __init__(self) -> None:
        self.read: LruCache[PublicPage] = LruCache(READ)
        self.drawn: LruCache[Drawn] = LruCache(DRAWN)
        self.searches: LruCache[Drawn] = LruCache(DRAWN)


def memory() -> Memory:
    """Return the caches of the application."""
    known: Memory = current_app.extensions.setdefault(EXTENSION, Memory())
    return known


def answer(pages: LruCache[Drawn], key: Hashable, draw: Callable[[], str]) -> ResponseReturnValue:
    """Return the response of a page, 304 if the client has it already."""

    def make() -> Drawn:
        body = draw().encode()
        return Drawn(body, hashlib.sha256(body).hexdigest()[:32])

    drawn = pages.get(key, make)
    response = Response(drawn.body, mimetype="text/html")
    response.set_etag(drawn.etag)
    response.headers["Cache-Control"] = FOR_ALL
    response.vary.update(("Cookie", "Accept-Language"))
    response.make_conditional(request)
    return response

"""The public pages, read once, drawn once per language and size of print, kept by each process.

The key holds all that a page shows and that can change, so nothing has to be cleared: a new
version, a page taken back, another period or the next day is another key. What was not used for
longest is dropped. What somebody searched for is kept apart: strange words drop no page.
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

READ = 4  # published periods whose rows a process keeps
DRAWN = 64  # pages; and as many again that were searched for
EXTENSION = "evalsys.public_pages"
T = TypeVar("T")


class Drawn(NamedTuple):
    """A page as it goes out, and its ETag."""

    body: bytes
    etag: str


class Kept(Generic[T]):
    """The things of a kind that a process keeps.

    One thread makes one at a time; who finds one never waits.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.things: OrderedDict[Hashable, T] = OrderedDict()
        self.making, self.moving = Lock(), Lock()

    def find(self, key: Hashable) -> T | None:
        """Return a kept thing, or None."""
        with self.moving:
            if key in self.things:
                self.things.move_to_end(key)
            return self.things.get(key)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return a thing; make it if nobody has."""
        found = self.find(key)
        if found is not None:
            return found
        with self.making:
            found = self.find(key)
            if found is None:
                found = make()
                with self.moving:
                    self.things[key] = found
                    while len(self.things) > self.most:
                        self.things.popitem(last=False)
        return found


class Memory:
    """What a process keeps of the public pages: what was read, what was drawn, what was found."""

    def __init__(self) -> None:
        self.read: Kept[PublicPage] = Kept(READ)
        self.drawn: Kept[Drawn] = Kept(DRAWN)
        self.found: Kept[Drawn] = Kept(DRAWN)


def memory() -> Memory:
    """Return the memory of the application."""
    known: Memory = current_app.extensions.setdefault(EXTENSION, Memory())
    return known


def answer(pages: Kept[Drawn], key: Hashable, draw: Callable[[], str]) -> ResponseReturnValue:
    """Return the answer with a page: 304 without a body to who has it already."""

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

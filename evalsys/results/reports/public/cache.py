"""The public pages, drawn once per result, language and size of print, and kept by each process.

The key holds all that a page shows and that can change, so nothing has to be cleared: a new
version, a page taken back, another period or the next day is another key. The least used page is
dropped.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import NamedTuple

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue

from evalsys.core.pages import FOR_ALL

MOST = 64  # pages of a process: eight periods in two languages and two sizes, twice
EXTENSION = "evalsys.public_pages"


class Drawn(NamedTuple):
    """A page as it goes out, and its ETag."""

    body: bytes
    etag: str


class Pages:
    """The pages that a process keeps. One thread draws at a time; who finds a page never waits."""

    def __init__(self) -> None:
        self.pages: OrderedDict[Hashable, Drawn] = OrderedDict()
        self.drawing, self.moving = Lock(), Lock()

    def find(self, key: Hashable) -> Drawn | None:
        """Return a kept page, or None."""
        with self.moving:
            if key in self.pages:
                self.pages.move_to_end(key)
            return self.pages.get(key)

    def get(self, key: Hashable, draw: Callable[[], str]) -> Drawn:
        """Return a page; draw it if nobody has."""
        found = self.find(key)
        if found is not None:
            return found
        with self.drawing:
            found = self.find(key)
            if found is None:
                body = draw().encode()
                found = Drawn(body, hashlib.sha256(body).hexdigest()[:32])
                with self.moving:
                    self.pages[key] = found
                    while len(self.pages) > MOST:
                        self.pages.popitem(last=False)
        return found


def answer(key: Hashable, draw: Callable[[], str]) -> ResponseReturnValue:
    """Return the answer with a page: 304 without a body to who has it already."""
    drawn = current_app.extensions.setdefault(EXTENSION, Pages()).get(key, draw)
    response = Response(drawn.body, mimetype="text/html")
    response.set_etag(drawn.etag)
    response.headers["Cache-Control"] = FOR_ALL
    response.vary.update(("Cookie", "Accept-Language"))
    response.make_conditional(request)
    return response

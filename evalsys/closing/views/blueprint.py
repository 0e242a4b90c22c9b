"""The blueprint that the pages of closing share, and pages of a list that is not a query."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint
from flask_sqlalchemy.pagination import Pagination

PER_PAGE = 50

bp = Blueprint("closing", __name__)


class Listed(Pagination):
    """The pages of a sequence that was computed, not selected."""

    def _query_items(self) -> list[Any]:
        items: Sequence[Any] = self._query_args["items"]
        return list(items[self._query_offset : self._query_offset + self.per_page])

    def _query_count(self) -> int:
        return len(self._query_args["items"])


def paginate(items: Sequence[Any]) -> Pagination:
    """Return the page of a sequence that the address asks for."""
    return Listed(items=items, per_page=PER_PAGE, max_per_page=PER_PAGE)

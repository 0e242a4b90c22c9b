"""The registry of the workbooks of a closed period, which features add in their `init_app`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask

from evalsys.core.errors import Text
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.registry import Registry
from evalsys.foundation.spreadsheets.model import Sheet
from evalsys.results.reports.sheets.request import ExportRequest

Sheets = list[Sheet[Any]]
SINGLE_BALLOTS = frozenset({Role.HR, Role.SYSTEM})  # Roles that may export single ballots.


@dataclass(frozen=True)
class Book:
    """A workbook: name in URLs, title; its sheets, approximate rows and ids of people it names.

    `is_single` means that it lists single ballots.
    """

    name: str
    title: Text
    sheets: Callable[[ExportRequest], Sheets]
    rows: Callable[[ExportRequest], int]
    people: Callable[[ExportRequest], set[int]]
    is_single: bool = False

    def is_open_to(self, actor: Actor) -> bool:
        """Return whether an actor who may export workbooks may export this one."""
        return not self.is_single or actor.role in SINGLE_BALLOTS


BOOKS = Registry[Book]("books", "workbooks")
books_of, all_books = BOOKS.of, BOOKS.all


def add_books(app: Flask, *books: Book) -> None:
    """Register workbooks. Raises ValueError if a name is taken."""
    for book in books:
        BOOKS.add(app, book.name, book)

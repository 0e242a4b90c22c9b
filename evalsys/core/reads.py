"""Keep the number of statements of a page small: combine queries, and memoize reads.

Results are memoized for the running request and transaction, and only while it reads. In a unit of
work, in commands and in jobs every read goes to the database, since it may depend on what was just
written. A unit of work begins a new transaction, which discards what was memoized before it.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from flask import Flask, current_app, g, has_request_context
from sqlalchemy import ScalarSelect, select

from evalsys.core.database import Query
from evalsys.core.extensions import db
from evalsys.core.guards import current_actor

P = ParamSpec("P")
R = TypeVar("R")
Fact = Callable[[int | None], "ScalarSelect[Any]"]


def once(read: Callable[P, R]) -> Callable[P, R]:
    """Memoize a read for the running request; its arguments must be hashable."""

    @functools.wraps(read)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        answers = _answers()
        if answers is None:
            return read(*args, **kwargs)
        key = (read, args, frozenset(kwargs.items()))
        if key in answers:
            known: R = answers[key]
            return known
        answer = read(*args, **kwargs)
        kept = _answers()  # The first statement begins the transaction.
        if kept is not None:
            kept[key] = answer
        return answer

    return asked


def know(asked: Callable[P, R], answer: R, *args: P.args, **kwargs: P.kwargs) -> None:
    """Store the result of a memoized read that another statement returned as well."""
    answers = _answers()
    if answers is not None:
        read: Any = asked
        answers[read.__wrapped__, args, frozenset(kwargs.items())] = answer


class Together:
    """Combine queries of one value each; they are sent when the first value is read."""

    def __init__(self) -> None:
        self._queries: list[Query] = []
        self._values: Sequence[Any] | None = None

    def ask(self, query: Query) -> Callable[[], Any]:
        """Add a query, before any value is read; return a function that gives its value."""
        assert self._values is None
        place = len(self._queries)
        self._queries.append(query)
        return lambda: self._read()[place]

    def _read(self) -> Sequence[Any]:
        if self._values is None:
            self._values = together(*self._queries)
        return self._values


def together(*queries: Query) -> Sequence[Any]:
    """Return the single value of each query, fetched with one statement."""
    values = (query.scalar_subquery().label(f"value_{n}") for n, query in enumerate(queries))
    return db.session.execute(select(*values)).one()


def add_fact(app: Flask, name: str, fact: Fact) -> None:
    """Register a single value that nearly every page needs.

    `fact` returns its subquery for the id of the signed-in account, None for anonymous visitors.
    Raises ValueError if the name is taken.
    """
    facts: dict[str, Fact] = app.extensions.setdefault("evalsys.facts", {})
    if facts.setdefault(name, fact) is not fact:
        raise ValueError(f"two facts named {name}")


def read_fact(name: str, user_id: int | None = None) -> Any:
    """Return the value of a fact. Within a request all facts are fetched with one statement.

    `user_id` is the account that it is about, None if it is about none.
    """
    facts: dict[str, Fact] = current_app.extensions["evalsys.facts"]
    if _answers() is None or user_id not in {None, current_actor().user_id}:
        return db.session.scalar(select(facts[name](user_id)))
    return _read_facts(current_actor().user_id)[name]


@once
def _read_facts(user_id: int | None) -> dict[str, Any]:
    facts: dict[str, Fact] = current_app.extensions["evalsys.facts"]
    row = db.session.execute(select(*(fact(user_id).label(n) for n, fact in facts.items()))).one()
    return dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's own name for it, documented.


def _answers() -> dict[Any, Any] | None:
    """Return the memoized results of the running transaction; None where nothing is memoized."""
    session = db.session()
    if not has_request_context() or session.info.get("unit"):
        return None
    transaction = session.get_transaction()
    known: tuple[Any, dict[Any, Any]] | None = g.get("asked")
    if known is None or known[0] is not transaction or transaction is None:
        known = g.asked = (transaction, {})
    return known[1]

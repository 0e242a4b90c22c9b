"""What pages call a case by, its person or a title of its own, and who takes part in it."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sql
from sqlalchemy import ColumnElement

from evalsys.cases.engine.kinds import all_kinds
from evalsys.cases.engine.models import Subject
from evalsys.core.extensions import db
from evalsys.core.reads import know, once
from evalsys.organisation.org.models import Organ


def title_column() -> ColumnElement[Any]:
    """Return the column of a query on `Subject` that gives the title of a case, or ""."""
    given = [
        (Subject.kind == kind.name, kind.title)
        for kind in all_kinds().values()
        if kind.title is not None
    ]
    return sql.case(*given, else_="") if given else sql.literal("")


@once
def title_of(case: Subject) -> str:
    """Return the title that the kind of a case gives it, or ""."""
    return _read_titles([case])[case.id] or ""


def load_titles(cases: Sequence[Subject]) -> None:
    """Load the titles of the cases of a list in one statement."""
    titles = _read_titles(cases)
    for case in cases:
        know_title(case, titles[case.id])


def _read_titles(cases: Sequence[Subject]) -> dict[int, str | None]:
    query = sql.select(Subject.id, title_column()).where(Subject.id.in_([one.id for one in cases]))
    return {row.id: row[1] for row in db.session.execute(query)}


def know_title(case: Subject, title: str | None) -> None:
    """Remember the title of a case, which a query has read together with it."""
    know(title_of, title or "", case)


def masked(name: str) -> str:
    """Return a name masked after its first character: 张*, for lists with many readers."""
    return f"{name[:1]}*"


def short_name(case: Subject) -> str:
    """Return what lists call a case by, a person's name masked; "" for neither person nor title."""
    if case.concerned is None:
        return title_of(case)
    return f"{masked(case.concerned.name)} {case.concerned.number}"


def organ_of(case: Subject) -> Organ | None:
    """Return the organ that owns a case, or that of the section that does; None without either."""
    if case.home is not None:
        return case.home.organ
    return case.owner.organ if case.owner else None


def place_of(case: Subject) -> str:
    """Return the name of the section that owns a case, else of the organ; "" if nobody does."""
    owner = case.home or organ_of(case)
    return owner.name if owner else ""


def names_of(case: Subject, duty: str) -> list[str]:
    """Return the names of the people, sections and organs that hold a duty in a case."""
    who = (one.staff or one.section or one.organ for one in case.parties if one.duty == duty)
    return [each.name for each in who if each is not None]

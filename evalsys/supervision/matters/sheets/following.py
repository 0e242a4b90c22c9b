"""The rows of registers of cases that follow from a matter: referrals, objections."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import Party, Subject
from evalsys.core.errors import N_, NP_
from evalsys.core.extensions import db
from evalsys.foundation.spreadsheets.model import CellKind, Column
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import CaseLine, read_lines
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.queries import matters_among
from evalsys.supervision.matters.sheets.columns import matter_columns

L = TypeVar("L", bound="FollowingLine")


@dataclass(frozen=True)
class FollowingLine:
    """A case of a register, and the matter that it follows from: as a case, and its data."""

    line: CaseLine
    origin: Subject
    matter: Matter

    @property
    def case(self) -> Subject:
        """What follows from the matter."""
        return self.line.case


def following_columns() -> tuple[Column[L], ...]:
    """Return the columns that say what matter a case follows from, and whose it is."""
    return (
        Column(
            NP_("sheet", "Matter number"),
            lambda row: row.origin.number,
            CellKind.CODE,
            N_("the number of the year among matters"),
        ),
        *matter_columns(),
        Column(
            N_("Section"),
            lambda row: row.case.section.name,
            meaning=N_("the section that it is assigned to"),
        ),
    )


def read_following(
    request: CaseRequest, kind: str, make: Callable[[CaseLine, Subject, Matter], L]
) -> list[L]:
    """Return the cases of a kind that were open on a day of the span, each with its matter."""
    lines = read_lines(request.select_cases(kind).where(request.running))
    ids = {line.case.origin_id or 0 for line in lines}
    matters, origins = matters_among(ids), _origins(ids)
    return [
        make(line, origins[origin], matters[origin])
        for line in lines
        if (origin := line.case.origin_id) is not None
    ]


def _origins(ids: Iterable[int]) -> dict[int, Subject]:
    """Return id -> the matter as a case, with its parties."""
    query = select(Subject).where(Subject.id.in_(list(ids)))
    query = query.options(joinedload(Subject.parties).joinedload(Party.staff))
    return {one.id: one for one in db.session.scalars(query).unique()}

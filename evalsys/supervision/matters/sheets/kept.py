"""How terms were kept, by section and by person."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evalsys.core.errors import N_, NP_, Text
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.supervision.matters.sheets.rows import MatterLine, read_matters

BY_SECTION, BY_PERSON = NP_("sheet", "In time by section"), NP_("sheet", "In time by person")


@dataclass(frozen=True)
class Kept:
    """How terms were kept: of the matters answered or overdue, how many were answered in time."""

    who: str
    organ: str
    matters: int
    in_time: int

    @property
    def share(self) -> Value:
        """The share answered in time; None without any."""
        return self.in_time / self.matters if self.matters else None


def kept_sheets(request: CaseRequest) -> list[Sheet[Kept]]:
    """Return how terms were kept, by section with a chart, and by person."""
    from evalsys.foundation.spreadsheets.charts import draw_shares

    rows = read_matters(request)
    sections = kept(rows, lambda row: row.case.home.name if row.case.home else "")
    people = kept(rows, lambda row: row.handler)
    draw = draw_shares(NP_("sheet", "Share answered in time"), value=5) if sections else None
    return [
        Sheet(
            BY_SECTION,
            _kept_columns(N_("Section"), NP_("section", "name")),
            sections,
            len(sections),
            1,
            draw=draw,
        ),
        Sheet(
            BY_PERSON,
            _kept_columns(N_("Responsible person"), NP_("person", "name")),
            people,
            len(people),
            1,
        ),
    ]


def kept(rows: Iterable[MatterLine], who: Callable[[MatterLine], str]) -> list[Kept]:
    """Count the matters that were answered or are overdue, by somebody of an organ."""
    found: dict[tuple[str, str], list[bool]] = {}
    for row in rows:
        name = who(row)
        if name and row.organ is not None and (row.is_answered or row.late):
            found.setdefault((row.organ.name, name), []).append(not row.late)
    return [
        Kept(name, organ, len(kept), sum(kept)) for (organ, name), kept in sorted(found.items())
    ]


def _kept_columns(who: Text, name: Text) -> tuple[Column[Kept], ...]:
    return (
        Column(who, lambda row: row.who, meaning=name),
        Column(N_("Organ"), lambda row: row.organ, meaning=N_("the organ that owns it")),
        Column(
            NP_("sheet", "Matters"),
            lambda row: row.matters,
            CellKind.WHOLE,
            N_("answered, or overdue on the day of the export"),
        ),
        Column(
            NP_("sheet", "Answered in time"),
            lambda row: row.in_time,
            CellKind.WHOLE,
            N_("in every term, also after it was sent back"),
        ),
        Column(
            NP_("sheet", "Share in time"),
            lambda row: row.share,
            CellKind.PERCENT,
            N_("answered in time / matters"),
        ),
    )

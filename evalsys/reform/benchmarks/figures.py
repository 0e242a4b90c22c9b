"""Entering figures: looked at first, then entered as shown. Earlier versions are kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from evalsys.core.audit import Unit, lock_until_commit
from evalsys.core.errors import N_, DomainError, NotFound
from evalsys.core.extensions import db, lock_row
from evalsys.core.permissions import Action
from evalsys.foundation.rows import batched
from evalsys.foundation.uploads.rows import CellProblem
from evalsys.reform.benchmarks.models import Figure, Indicator

TWICE = N_("Row %(row)s has a figure for this indicator, city and year already")
FIGURES_LOCK = 0x5EF0_2469  # Whoever enters figures; see `lock_until_commit`.
Key = tuple[int, int, int]  # indicator, city, year


class FigureEntry(NamedTuple):
    """A figure to enter, with its row in the sheet."""

    indicator_id: int
    city_id: int
    year: int
    value: Decimal
    source: str
    reference: str
    row: int = 1

    @property
    def key(self) -> Key:
        """What it is the figure of."""
        return self.indicator_id, self.city_id, self.year

    @property
    def content(self) -> tuple[Decimal, str, str]:
        """What is entered: the figure and where it comes from."""
        return self.value, self.source, self.reference


class FigureChange(NamedTuple):
    """A figure that is new or differs; `before` is the version that it replaces, None for none."""

    entry: FigureEntry
    before: Figure | None

    @property
    def is_other_value(self) -> bool:
        """Whether another figure stands there, and not only another source."""
        return self.before is not None and self.before.value not in {None, self.entry.value}


@dataclass(frozen=True)
class FigurePlan:
    """What entries would change, how many are as before, and their problems."""

    changes: Sequence[FigureChange]
    same: int
    problems: Sequence[CellProblem]

    @property
    def replaced(self) -> int:
        """How many figures would be replaced by others."""
        return sum(change.before is not None for change in self.changes)

    @property
    def versions(self) -> dict[Key, int]:
        """Which version of each figure that changes was looked at; 0 for none."""
        return {
            change.entry.key: change.before.version if change.before else 0
            for change in self.changes
        }


class FiguresChanged(DomainError):
    """Figures are no longer those that were shown."""

    message = N_(
        "Figures have changed since you looked: nothing was entered. Look again at what would "
        "change."
    )


def plan_figures(entries: Sequence[FigureEntry]) -> FigurePlan:
    """Return what entries would change, by row."""
    present = _present({entry.indicator_id for entry in entries})
    problems = list(_twice(entries))
    wrong = {problem.row for problem in problems}
    changes, same = list[FigureChange](), 0
    for entry in entries:
        before = present.get(entry.key)
        if entry.row in wrong:
            continue
        if before and (before.value, before.source, before.reference) == entry.content:
            same += 1
        else:
            changes.append(FigureChange(entry, before))
    changes.sort(key=lambda change: (change.before is None, change.entry.row))
    return FigurePlan(changes, same, problems)


def _twice(entries: Sequence[FigureEntry]) -> Iterator[CellProblem]:
    first: dict[Key, int] = {}
    for entry in entries:
        earlier = first.setdefault(entry.key, entry.row)
        if earlier != entry.row:
            yield CellProblem(entry.row, "value", str(entry.value), TWICE, {"row": earlier})


def _present(indicators: set[int]) -> Mapping[Key, Figure]:
    """Return the current versions of the figures of some indicators, withdrawn ones too."""
    query = select(Figure).where(Figure.is_current).options(joinedload(Figure.city))
    return {
        (row.indicator_id, row.city_id, row.year): row
        for part in batched(sorted(indicators))
        for row in db.session.scalars(query.where(Figure.indicator_id.in_(part)))
    }


def enter_figures(
    unit: Unit,
    entries: Sequence[FigureEntry],
    *,
    now: datetime,
    shown: Mapping[Key, int],
    reason: str | None = None,
) -> FigurePlan:
    """Enter figures, all or none; those that they replace are kept as earlier versions.

    Raises FiguresChanged unless what changes is what was `shown` (FigurePlan.versions), or if an
    indicator was retired meanwhile.
    """
    lock_until_commit(FIGURES_LOCK)
    _check_in_use(entries)
    plan = plan_figures(entries)
    if plan.problems or plan.versions != shown:
        raise FiguresChanged
    for entry, before in plan.changes:
        figure = _next_version(unit, before, entry.key, now)
        figure.value, figure.source, figure.reference = entry.content
        figure.reason = reason if before else None
        if before is not None:
            _record(unit, before, entry.value)
    new = len(plan.changes) - plan.replaced
    unit.record(Action.BENCHMARK_KEEP, "figures", new=new, replaced=plan.replaced, same=plan.same)
    return plan


def _check_in_use(entries: Sequence[FigureEntry]) -> None:
    """Raise FiguresChanged for a figure of a year in which its indicator is out of use."""
    years = {(entry.indicator_id, entry.year) for entry in entries}
    for part in batched(sorted({indicator_id for indicator_id, _ in years})):
        query = select(Indicator).where(Indicator.id.in_(part)).with_for_update(of=Indicator)
        for one in db.session.scalars(query.execution_options(populate_existing=True)):
            if not all(one.counts_in(year) for key, year in years if key == one.id):
                raise FiguresChanged


def withdraw_figure(unit: Unit, figure_id: int, reason: str, *, now: datetime) -> None:
    """Withdraw a figure: from now on there is none. Raises NotFound unless it is current."""
    figure = get_figure(figure_id)
    key = (figure.indicator_id, figure.city_id, figure.year)
    gone = _next_version(unit, figure, key, now)
    gone.value, gone.reason = None, reason
    gone.source, gone.reference = figure.source, figure.reference
    _record(unit, figure, None)


def get_figure(figure_id: int) -> Figure:
    """Return a figure that counts. Raises NotFound if there is none, or it was replaced."""
    figure = db.session.get(Figure, figure_id)
    if figure is None or not figure.is_current or figure.value is None:
        raise NotFound
    return figure


def _next_version(unit: Unit, before: Figure | None, key: Key, now: datetime) -> Figure:
    """Add the version after another one, and return it to be filled in."""
    if before is not None:
        lock_row(before)
        before.is_current = False
    indicator, city, year = key
    figure = Figure(
        indicator_id=indicator,
        city_id=city,
        year=year,
        version=before.version + 1 if before else 1,
        is_current=True,
        entered_by=unit.actor.user_id,
        entered_at=now,
    )
    db.session.add(figure)
    return figure


def _record(unit: Unit, before: Figure, value: Decimal | None) -> None:
    unit.record(
        Action.BENCHMARK_KEEP,
        before,
        year=before.year,
        before=None if before.value is None else str(before.value),
        figure=None if value is None else str(value),
    )

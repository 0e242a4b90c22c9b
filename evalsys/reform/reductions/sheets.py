"""五减对照表: each service matter before and now, and the sums of each measure with a chart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import selectinload

from evalsys.core.errors import N_, NP_, Message, Text
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import NO, NONE, YES
from evalsys.reform.reductions.models import MatterVersion
from evalsys.reform.reductions.queries import (
    ReductionFilter,
    Targets,
    first_versions,
    select_current,
)
from evalsys.reform.reductions.rules.measures import (
    CHANNELS,
    IN_DAYS,
    MEASURES,
    OUTCOMES,
    WAYS,
    Measure,
    Reduction,
    Way,
    reductions,
)

TITLE = NP_("sheet", "Five reductions")
SUMS = NP_("sheet", "By measure")
BEFORE = NP_("sheet", "%(measure)s, before")
NOW = NP_("sheet", "%(measure)s, now")
CUT = NP_("sheet", "%(measure)s, reduced by")
NO_BASE = NP_("sheet", "base 0")
BETWEEN_STEPS = "；"
TEXT = 60  # characters of a wide column
# The columns that can be filled in and read back (`filled.cells`).
HEADINGS: Mapping[str, Text] = {
    "code": NP_("sheet", "Code of the matter"),
    "name": NP_("sheet", "Service matter"),
    "section": NP_("sheet", "Section code"),
    "starts_on": NP_("sheet", "Now: from"),
    "items": NOW.filled(measure=Message(MEASURES[Measure.ITEMS])),
    "count": NOW.filled(measure=Message(MEASURES[Measure.STEPS])),
    "steps": NP_("sheet", "Steps now, in order"),
    "documents": NOW.filled(measure=Message(MEASURES[Measure.DOCUMENTS])),
    "certificates": NOW.filled(measure=Message(MEASURES[Measure.CERTIFICATES])),
    "promised": NOW.filled(measure=Message(MEASURES[Measure.TIME])),
    "actual": NOW.filled(measure=Message(MEASURES[Measure.ACTUAL])),
    "visits": NOW.filled(measure=Message(MEASURES[Measure.VISITS])),
    "spared": NP_("sheet", "Spared by sharing"),
    "replaced": NP_("sheet", "Replaced by a declaration"),
    "legal": NP_("sheet", "Legal limit"),
    **{way.value: Message(words) for way, words in WAYS.items()},
    Way.ONLINE.share: NP_("sheet", "Share done online, in percent"),
    Way.PHONE.share: NP_("sheet", "Share done by phone, in percent"),
    Way.TERMINAL.share: NP_("sheet", "Share done at a terminal, in percent"),
    Way.BOOKABLE.share: NP_("sheet", "Share booked, in percent"),
    Way.ONCE.share: NP_("sheet", "Share done with one visit, in percent"),
    "basis": NP_("sheet", "Basis"),
}


@dataclass(frozen=True)
class ReductionRequest:
    """A request of `actor`, made at `at`, with the filter of the page."""

    actor: Actor
    wanted: ReductionFilter
    targets: Targets
    lang: str
    at: datetime


@dataclass(frozen=True)
class ReductionLine:
    """A service matter before and now."""

    base: MatterVersion
    current: MatterVersion
    found: dict[Measure, Reduction]


@dataclass(frozen=True)
class MeasureLine:
    """A measure summed over the matters of which it is known before and now."""

    measure: Measure
    matters: int
    total: Reduction


def reduction_sheets(request: ReductionRequest) -> list[Sheet[Any]]:
    """Return the matters before and now, and the sums by measure with a chart."""
    from evalsys.foundation.spreadsheets.charts import draw_shares

    lines = read_lines(request)
    sums = sum_up(lines)
    draw = draw_shares(NP_("sheet", "Reduced by"), value=len(SUM_COLUMNS)) if lines else None
    return [
        Sheet(TITLE, COLUMNS, lines, len(lines), frozen=2),
        Sheet(SUMS, SUM_COLUMNS, sums, len(sums), 1, draw=draw),
    ]


def target_words(targets: Targets) -> Text:
    """Say the targets of the policy."""
    words = NP_("sheet", "steps by %(steps)s%%, promised time by %(time)s%%")
    return words.filled(steps=targets[Measure.STEPS], time=targets[Measure.TIME])


def read_lines(request: ReductionRequest) -> list[ReductionLine]:
    """Return the matters of a request, in three statements."""
    on = local_day(request.at)
    query = select_current(request.actor, request.wanted, request.targets, on)
    rows = db.session.scalars(query.options(selectinload(MatterVersion.rows))).all()
    bases = first_versions(row.service_matter_id for row in rows)
    return [
        ReductionLine(
            base := bases[row.service_matter_id],
            row,
            reductions(base.figures, row.figures, request.targets),
        )
        for row in rows
    ]


def sum_up(lines: Sequence[ReductionLine]) -> list[MeasureLine]:
    """Return the sums of each measure over the matters of which both figures are known."""
    found = []
    for measure in Measure:
        pairs = [
            (one.before, one.after)
            for one in (line.found[measure] for line in lines)
            if one.before is not None and one.after is not None
        ]
        before = sum((pair[0] for pair in pairs), Decimal(0))
        after = sum((pair[1] for pair in pairs), Decimal(0))
        found.append(MeasureLine(measure, len(pairs), Reduction(measure, before, after)))
    return found


def _cut(reduction: Reduction) -> Value:
    if reduction.share is not None:
        return reduction.share
    return NO_BASE if reduction.has_no_base else NONE


def _known(value: Decimal | None) -> Value:
    return NONE if value is None else value


def _kind(measure: Measure) -> CellKind:
    return CellKind.SCORE if measure is Measure.ACTUAL else CellKind.WHOLE


def _measure_columns() -> Iterator[Column[ReductionLine]]:
    """Yield three columns of each measure: before, now, reduced by."""
    for measure, name in MEASURES.items():
        of: Callable[[ReductionLine], Reduction] = _reduction(measure)
        words = Message(name)
        meaning = NP_("sheet", "in working days") if measure in IN_DAYS else ""
        yield Column(BEFORE.filled(measure=words), _before(of), _kind(measure), meaning)
        yield Column(NOW.filled(measure=words), _after(of), _kind(measure), meaning)
        yield Column(
            CUT.filled(measure=words),
            _share(of),
            CellKind.PERCENT,
            N_("(before - now) / before; of a base of 0 there is none"),
        )


def _reduction(measure: Measure) -> Callable[[ReductionLine], Reduction]:
    return lambda row: row.found[measure]


def _before(of: Callable[[ReductionLine], Reduction]) -> Callable[[ReductionLine], Value]:
    return lambda row: _known(of(row).before)


def _after(of: Callable[[ReductionLine], Reduction]) -> Callable[[ReductionLine], Value]:
    return lambda row: _known(of(row).after)


def _share(of: Callable[[ReductionLine], Reduction]) -> Callable[[ReductionLine], Value]:
    return lambda row: _cut(of(row))


def _target(measure: Measure) -> Callable[[ReductionLine], Value]:
    return lambda row: Message(OUTCOMES[row.found[measure].outcome])


def _way(way: Way) -> Callable[[ReductionLine], Text]:
    return lambda row: YES if getattr(row.current, way.value) else NO


def _share_column(way: Way) -> Column[ReductionLine]:
    return Column(
        HEADINGS[way.share],
        lambda row: _known(getattr(row.current, way.share)),
        CellKind.SCORE,
        N_("of the cases of the last period, as entered"),
    )


COLUMNS: tuple[Column[ReductionLine], ...] = (
    Column(HEADINGS["code"], lambda row: row.current.matter.code, CellKind.CODE),
    Column(HEADINGS["name"], lambda row: row.current.matter.name),
    Column(N_("Organ"), lambda row: row.current.section.organ.name),
    Column(N_("Section"), lambda row: row.current.section.name),
    Column(HEADINGS["section"], lambda row: row.current.section.code, CellKind.CODE),
    Column(
        NP_("sheet", "Before: from"),
        lambda row: row.base.starts_on,
        meaning=N_("the first version, from which reductions are counted"),
    ),
    Column(
        HEADINGS["starts_on"],
        lambda row: row.current.starts_on,
        meaning=N_("the version that counts on the day of the export"),
    ),
    *_measure_columns(),
    Column(NP_("sheet", "Target of steps"), _target(Measure.STEPS), meaning=N_("of the policy")),
    Column(NP_("sheet", "Target of time"), _target(Measure.TIME), meaning=N_("of the policy")),
    Column(
        HEADINGS["spared"],
        lambda row: row.current.spared,
        CellKind.WHOLE,
        N_("documents that other offices have"),
    ),
    Column(HEADINGS["replaced"], lambda row: row.current.replaced, CellKind.WHOLE),
    Column(
        HEADINGS["legal"],
        lambda row: NONE if row.current.legal is None else row.current.legal,
        CellKind.WHOLE,
        NP_("sheet", "in working days"),
    ),
    *(Column(Message(words), _way(way)) for way, words in WAYS.items()),
    *map(_share_column, CHANNELS),
    Column(
        NP_("sheet", "Share done at the counter, in percent"),
        lambda row: _known(row.current.figures.counter_share),
        CellKind.SCORE,
        N_("100 - online - by phone - at a terminal; unless one of them is not known"),
    ),
    *map(_share_column, (Way.BOOKABLE, Way.ONCE)),
    Column(HEADINGS["basis"], lambda row: row.current.basis, is_wide=True),
    Column(
        HEADINGS["steps"],
        lambda row: BETWEEN_STEPS.join(step.line for step in row.current.steps),
        meaning=NP_("sheet", "name, who, working days; a sheet that is read has them so too"),
        is_wide=True,
        widest=TEXT,
    ),
)
SUM_COLUMNS: tuple[Column[MeasureLine], ...] = (
    Column(NP_("sheet", "Measure"), lambda row: Message(MEASURES[row.measure])),
    Column(
        NP_("sheet", "Service matters"),
        lambda row: row.matters,
        CellKind.WHOLE,
        N_("of which it is known before and now"),
    ),
    Column(NP_("sheet", "Before"), lambda row: row.total.before, CellKind.SCORE, N_("sum")),
    Column(NP_("sheet", "Now"), lambda row: row.total.after, CellKind.SCORE, N_("sum")),
    Column(
        NP_("sheet", "Reduced by"),
        lambda row: _cut(row.total),
        CellKind.PERCENT,
        N_("(before - now) / before; of a base of 0 there is none"),
    ),
)

"""The measures of a service matter, and by how much they were reduced. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from evalsys.core.errors import N_, NP_
from evalsys.scores.rules.formulas import round_half_up

TENTH_OF_PERCENT = Decimal("0.001")  # of a share
PERCENT = 100


class Measure(StrEnum):
    """What is counted of a version. The first five are those of the five reductions (五减)."""

    ITEMS = "items"
    STEPS = "steps"
    DOCUMENTS = "documents"
    CERTIFICATES = "certificates"
    TIME = "time"
    ACTUAL = "actual"
    VISITS = "visits"


FIVE = (Measure.ITEMS, Measure.STEPS, Measure.DOCUMENTS, Measure.CERTIFICATES, Measure.TIME)
MEASURES: Mapping[Measure, str] = {
    Measure.ITEMS: NP_("measure", "Items"),
    Measure.STEPS: NP_("measure", "Steps"),
    Measure.DOCUMENTS: NP_("measure", "Documents to hand in"),
    Measure.CERTIFICATES: NP_("measure", "Certificates to bring"),
    Measure.TIME: NP_("measure", "Promised time"),
    Measure.ACTUAL: NP_("measure", "Actual mean time"),
    Measure.VISITS: NP_("measure", "Visits"),
}
IN_DAYS = frozenset({Measure.TIME, Measure.ACTUAL})


class Way(StrEnum):
    """How a matter can be done (一门一网一次)."""

    ONLINE = "online"
    PHONE = "phone"
    TERMINAL = "terminal"
    BOOKABLE = "bookable"
    ONCE = "once"


WAYS: Mapping[Way, str] = {
    Way.ONLINE: NP_("way", "online"),
    Way.PHONE: NP_("way", "by phone"),
    Way.TERMINAL: NP_("way", "at a terminal"),
    Way.BOOKABLE: NP_("way", "can be booked"),
    Way.ONCE: NP_("way", "one visit at most"),
}


@dataclass(frozen=True)
class MatterFigures:
    """The figures of a version. Times are in working days; None: not known.

    `spared` of the `documents` are fetched by data sharing, `replaced` of the `certificates` by a
    declaration of the applicant (告知承诺). `online_share` is in percent.
    """

    items: int
    documents: int
    spared: int
    certificates: int
    replaced: int
    legal: int | None
    promised: int
    actual: Decimal | None
    visits: int
    online_share: Decimal | None
    ways: frozenset[Way]
    steps: int


VALUES: Mapping[Measure, Callable[[MatterFigures], Decimal | int | None]] = {
    Measure.ITEMS: lambda one: one.items,
    Measure.STEPS: lambda one: one.steps,
    Measure.DOCUMENTS: lambda one: one.documents - one.spared,
    Measure.CERTIFICATES: lambda one: one.certificates - one.replaced,
    Measure.TIME: lambda one: one.promised,
    Measure.ACTUAL: lambda one: one.actual,
    Measure.VISITS: lambda one: one.visits,
}


class Outcome(StrEnum):
    """What became of a measure."""

    MET = "met"
    SHORT = "short"
    LESS = "less"
    SAME = "same"
    MORE = "more"
    UNKNOWN = "unknown"


OUTCOMES: Mapping[Outcome, str] = {
    Outcome.MET: N_("target met"),
    Outcome.SHORT: N_("target missed"),
    Outcome.LESS: NP_("reduction", "less"),
    Outcome.SAME: NP_("reduction", "unchanged"),
    Outcome.MORE: NP_("reduction", "more"),
    Outcome.UNKNOWN: NP_("reduction", "not known"),
}


@dataclass(frozen=True)
class Reduction:
    """A measure before and after; `target` is in percent, None if there is none."""

    measure: Measure
    before: Decimal | None
    after: Decimal | None
    target: int | None = None

    @property
    def share(self) -> Decimal | None:
        """(before - after) / before, to a tenth of a percent, half up; None on a base of 0."""
        if not self.before or self.after is None:
            return None
        return round_half_up((self.before - self.after) / self.before, TENTH_OF_PERCENT)

    @property
    def has_no_base(self) -> bool:
        """Whether the base is 0, of which there is no percentage."""
        return self.before is not None and self.before == 0

    @property
    def outcome(self) -> Outcome:
        """What became of it; a target is compared with the exact share, not the rounded one."""
        if self.before is None or self.after is None:
            return Outcome.UNKNOWN
        if self.after > self.before:
            return Outcome.MORE
        if self.target is not None and self.before:
            saved = (self.before - self.after) * PERCENT
            return Outcome.MET if saved >= self.target * self.before else Outcome.SHORT
        return Outcome.LESS if self.after < self.before else Outcome.SAME


def reductions(
    before: MatterFigures, after: MatterFigures, targets: Mapping[Measure, int]
) -> dict[Measure, Reduction]:
    """Return every measure of two versions; `targets` are in percent."""
    return {
        measure: Reduction(
            measure, _decimal(value(before)), _decimal(value(after)), targets.get(measure)
        )
        for measure, value in VALUES.items()
    }


def _decimal(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


@dataclass(frozen=True)
class Contradiction:
    """A figure that cannot be, by the field that it stands in."""

    field: str
    message: str


def contradictions(figures: MatterFigures) -> list[Contradiction]:
    """Return what contradicts itself in the figures of a version."""
    checks = (
        (
            "spared",
            figures.spared > figures.documents,
            N_("Not more can be spared than are asked for"),
        ),
        (
            "replaced",
            figures.replaced > figures.certificates,
            N_("Not more can be replaced than are asked for"),
        ),
        (
            "promised",
            figures.legal is not None and figures.promised > figures.legal,
            N_("The promise cannot be longer than the legal limit"),
        ),
        (
            "online_share",
            bool(figures.online_share) and Way.ONLINE not in figures.ways,
            N_("Nothing is done online that cannot be done online"),
        ),
        (
            "visits",
            Way.ONCE in figures.ways and figures.visits > 1,
            N_("One visit at most: 0 or 1"),
        ),
    )
    return [Contradiction(field, message) for field, is_wrong, message in checks if is_wrong]

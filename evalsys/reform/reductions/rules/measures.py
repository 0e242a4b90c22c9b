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

    @property
    def share(self) -> str:
        """The figure of a version that holds the share of cases done so."""
        return f"{self.value}_share"


# The ways of which a case takes one; what is done by none of them is done at the counter.
CHANNELS = (Way.ONLINE, Way.PHONE, Way.TERMINAL)
SHARES = tuple(way.share for way in Way)

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
    declaration of the applicant (告知承诺). A share says how many percent of the cases of the last
    period were done in a way.
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
    phone_share: Decimal | None = None
    terminal_share: Decimal | None = None
    bookable_share: Decimal | None = None
    once_share: Decimal | None = None

    def share(self, way: Way) -> Decimal | None:
        """Return the share done in a way: 0 in one that there is not, None if not known."""
        known: Decimal | None = getattr(self, way.share)
        return known if known is not None or way in self.ways else Decimal(0)

    @property
    def counter_share(self) -> Decimal | None:
        """The share done at the counter: the rest; None unless each channel is known."""
        known = [share for way in CHANNELS if (share := self.share(way)) is not None]
        return PERCENT - sum(known, Decimal(0)) if len(known) == len(CHANNELS) else None


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


IMPOSSIBLE: Mapping[Way, str] = {
    Way.ONLINE: N_("Nothing is done online that cannot be done online"),
    Way.PHONE: N_("Nothing is done by phone that cannot be done by phone"),
    Way.TERMINAL: N_("Nothing is done at a terminal that cannot be done there"),
    Way.BOOKABLE: N_("Nothing is booked that cannot be booked"),
    Way.ONCE: N_("Nothing is done with one visit that takes more"),
}


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
        *(
            (way.share, bool(getattr(figures, way.share)) and way not in figures.ways, words)
            for way, words in IMPOSSIBLE.items()
        ),
        (
            Way.TERMINAL.share,
            sum(figures.share(way) or 0 for way in CHANNELS) > PERCENT,
            N_("Online, by phone and at a terminal are more than 100 percent together"),
        ),
        (
            "visits",
            Way.ONCE in figures.ways and figures.visits > 1,
            N_("One visit at most: 0 or 1"),
        ),
    )
    return [Contradiction(field, message) for field, is_wrong, message in checks if is_wrong]

"""Members and their seats: F2 and F3 applied to recounted ballots. No database.

The rows are ordinary table rows that nobody has stored yet.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from evalsys.org.models import SectionKind
from evalsys.policies.rules import DIMENSIONS, PolicyRules
from evalsys.ratings.models import Histogram
from evalsys.scores.models import MemberScore
from evalsys.scores.rules import BEST, WORST, dimension_score, member_score, share
from evalsys.scores.shrinkage import Moments

LEVELS = range(WORST, BEST + 1)
LEVEL_NAMES = tuple(f"{name}_{level}" for name in DIMENSIONS for level in LEVELS)
SeatKey = tuple[int, int]  # section id, staff id


class Ballots(NamedTuple):
    """The counted ballots of one member, section and rater group.

    `n` of the `ballots` have an F1 score (all of them unless a dimension has weight 0); `total`
    and `squares` are the sums of those scores in hundredths; `levels` follow LEVEL_NAMES.
    """

    section_id: int
    staff_id: int
    rater_group: str
    ballots: int
    n: int
    total: int
    squares: int
    bad: int
    satisfied: int
    levels: tuple[int, ...]


class Service(NamedTuple):
    """Somebody's days in a section within the period."""

    section_id: int
    staff_id: int
    days: int
    is_chief: bool
    faces_recipients: bool


class Place(NamedTuple):
    """A section, what it does, and who was its chief on most days."""

    section_id: int
    kind: SectionKind
    chief_id: int | None


@dataclass(frozen=True)
class Member:
    """The row of a member, and the ballots of the rater groups that count.

    `belongs`: served in the section in the period, in a role that the policy counts. Only who
    belongs can have a seat, and only their ballots enter the spread of the group (F6).
    """

    row: MemberScore
    groups: tuple[Ballots, ...]
    belongs: bool

    @property
    def has_seat(self) -> bool:
        """Whether the member enters S, S_max and coverage.

        Who faces no recipients is not expected to be rated, so a missing score must not lower
        coverage; with a score they are a member like every other.
        """
        return self.belongs and (self.row.is_expected or self.row.score is not None)

    @property
    def moments(self) -> Moments:
        """All ballots of the member together, as F6 takes them."""
        return Moments(
            sum(group.n for group in self.groups),
            sum(group.total for group in self.groups),
            sum(group.squares for group in self.groups),
        )

    @property
    def counts(self) -> dict[str, int]:
        """Ballots per rater group."""
        return {group.rater_group: group.n for group in self.groups}


def seat_members(
    ballots: Iterable[Ballots],
    services: Iterable[Service],
    excluded: Mapping[SeatKey, Mapping[str, int]],
    rules: PolicyRules,
    period_days: int,
) -> dict[int, list[Member]]:
    """Return section id -> its members in the order of their ids.

    Everybody who is expected, or whose ballots were counted or excluded, has a row. Ballots for
    somebody who never served in the section stay visible with 0 days and add nothing to S.
    """
    groups: dict[SeatKey, list[Ballots]] = defaultdict(list)
    for row in ballots:
        if rules.group_weights.get(row.rater_group, 0) > 0:  # A group can be switched off (F2).
            groups[row.section_id, row.staff_id].append(row)
    served = {(service.section_id, service.staff_id): service for service in services}
    found: dict[int, list[Member]] = defaultdict(list)
    for key in sorted(served.keys() | groups.keys() | excluded.keys()):
        service = served.get(key, Service(*key, 0, is_chief=False, faces_recipients=False))
        member = _member(service, groups.get(key, []), excluded.get(key, {}), rules, period_days)
        if member.row.is_expected or member.groups or member.row.excluded:
            found[service.section_id].append(member)
    return dict(found)


def _member(
    service: Service,
    groups: list[Ballots],
    excluded: Mapping[str, int],
    rules: PolicyRules,
    period_days: int,
) -> Member:
    weights, min_n = rules.group_weights, rules.min_n_display
    belongs = service.days > 0 and (rules.chief_counts or not service.is_chief)
    row = MemberScore(
        section_id=service.section_id,
        staff_id=service.staff_id,
        is_chief=service.is_chief,
        is_expected=belongs and service.faces_recipients,
        days=service.days,
        period_days=period_days,
        share=share(service.days, period_days) if service.days else Decimal("0.00"),
        ballots=sum(group.n for group in groups),
        excluded=sum(excluded.values()),
        exclusion_reasons=_reasons(excluded),
        bad=sum(group.bad for group in groups),
        satisfied=sum(group.satisfied for group in groups),
        score=member_score(
            {group.rater_group: (group.n, group.total) for group in groups}, weights, min_n=min_n
        ),
        has_evidence=False,
    )
    for place, name in enumerate(DIMENSIONS):
        tallies = {group.rater_group: _answers(group, place) for group in groups}
        setattr(row, name, dimension_score(tallies, weights, min_n=min_n))
    add_levels(row, groups)
    return Member(row, tuple(groups), belongs)


def add_levels(row: Histogram, groups: Iterable[Ballots]) -> None:
    """Write the twenty counters of some ballots into a row."""
    sums = map(sum, zip(*(group.levels for group in groups), strict=True))
    for name in LEVEL_NAMES:
        setattr(row, name, next(sums, 0))


def _answers(group: Ballots, place: int) -> tuple[int, int]:
    """Return how many answered the dimension at a place, and the sum of their levels."""
    counts = group.levels[place * len(LEVELS) : (place + 1) * len(LEVELS)]
    return sum(counts), sum(level * n for level, n in zip(LEVELS, counts, strict=True))


def _reasons(excluded: Mapping[str, int]) -> str | None:
    """Write reasons as `default:3,mistaken:1`, so that page and sheet can put them into words."""
    return ",".join(f"{reason}:{n}" for reason, n in sorted(excluded.items())) or None

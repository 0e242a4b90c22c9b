"""Members and their seats: F2 and F3 applied to recounted ballots. No database access."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from evalsys.organisation.org.models import SectionKind
from evalsys.organisation.policies.rules import DIMENSIONS, PolicyRules
from evalsys.ratings.ballots.models import ExclusionReason
from evalsys.scores.models import MemberScore
from evalsys.scores.rows import FreshLevels, FreshMember
from evalsys.scores.rules.case_mix import Cell, CellSum, MemberCases, add_cells
from evalsys.scores.rules.disclosure import Extent
from evalsys.scores.rules.formulas import (
    BEST,
    WORST,
    dimension_score,
    member_score,
    share,
    weighs_in,
)
from evalsys.scores.rules.group_sums import GroupSum, sums_to_tell
from evalsys.scores.rules.reliability import AnswerSums
from evalsys.scores.rules.spread import Moments

LEVELS = range(WORST, BEST + 1)
LEVEL_NAMES = tuple(f"{name}_{level}" for name in DIMENSIONS for level in LEVELS)
SeatKey = tuple[int, int]  # section id, staff id


class Ballots(NamedTuple):
    """The counted ballots of one member, section and rater group.

    `n` of the `ballots` have an F1 score (all of them unless a dimension has weight 0); `total`
    and `squares` are the sums of those scores in hundredths; `top` of them are the full 100 points
    (F11); `levels` follow LEVEL_NAMES; `cells` are the same ballots by case (F12), `uniform` those
    of one level throughout (F14).
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
    top: int
    levels: tuple[int, ...]
    cells: Mapping[Cell, CellSum] = MappingProxyType({})
    uniform: int = 0


class Service(NamedTuple):
    """A person's days in a section within the period."""

    section_id: int
    staff_id: int
    days: int
    is_chief: bool
    faces_recipients: bool


class KeptSeat(NamedTuple):
    """The seat of a returned member, kept for two periods ("Frozen member").

    `days` run from the arrival to the end of the period. `left_now`: returned in this period, so
    the own ballots count if they give a score. `last` is the last stored score.
    """

    section_id: int
    staff_id: int
    days: int
    left_now: bool
    last: MemberScore | None


class Issued(NamedTuple):
    """What was asked for on a seat (F13).

    `asked` ratings: tickets and invitations. `matched` tickets are of days whose `services` are
    known; None: on no day.
    """

    asked: int = 0
    matched: int = 0
    services: int | None = None


class SeatPlace(NamedTuple):
    """A section with its kind and its chief on most days."""

    section_id: int
    kind: SectionKind
    chief_id: int | None


@dataclass(frozen=True)
class ScoreData:
    """The data from which a result is computed."""

    ballots: Sequence[Ballots]
    excluded: Mapping[SeatKey, Mapping[str, int]]
    services: Sequence[Service]
    places: Sequence[SeatPlace]
    kept: Sequence[KeptSeat]
    issued: Mapping[SeatKey, Issued] = field(default_factory=dict)
    answers: Mapping[int, AnswerSums] = field(default_factory=dict)  # by section id


@dataclass(frozen=True)
class Member:
    """The row of a member, and the ballots of the rater groups that count.

    `belongs`: served in the section in the period, in a role that the policy counts; required for a
    seat. `kept_variance` is v(M) of a kept score without ballots of its own, `kept_own` the one of
    F6b.
    """

    row: FreshMember
    groups: tuple[Ballots, ...]
    belongs: bool
    kept_variance: float | None = None
    kept_own: float | None = None

    @property
    def has_seat(self) -> bool:
        """Whether the member enters S, S_max and coverage.

        A member who faces no recipients is not expected to be rated, so a missing score must not
        lower coverage; with a score they count like everyone.
        """
        return self.belongs and (self.row.is_expected or self.row.score is not None)

    @property
    def is_pooled(self) -> bool:
        """Whether the ballots enter the pooled variance of the group (F6).

        V is printed, and with its n it reveals the pooled variance, which is therefore computed
        from printed figures: no ballots below the minimum, no rows without exact figures.
        """
        is_exact = self.row.extent not in {Extent.WHOLE, Extent.NONE}
        return self.belongs and self.row.score is not None and is_exact

    @property
    def moments(self) -> Moments:
        """The moments of all ballots of the member (F6)."""
        return Moments(
            sum(group.n for group in self.groups),
            sum(group.total for group in self.groups),
            sum(group.squares for group in self.groups),
        )

    @property
    def cases(self) -> MemberCases:
        """All ballots of the member, together and by case (F12)."""
        return MemberCases(self.moments, add_cells(group.cells for group in self.groups))

    @property
    def by_group(self) -> dict[str, Moments]:
        """The moments of the ballots per rater group (F6b)."""
        return {
            group.rater_group: Moments(group.n, group.total, group.squares) for group in self.groups
        }

    @property
    def counts(self) -> dict[str, int]:
        """The number of ballots per rater group."""
        return {group.rater_group: group.n for group in self.groups}


def seat_members(data: ScoreData, rules: PolicyRules, period_days: int) -> dict[int, list[Member]]:
    """Return section id -> its members in id order.

    Everybody who is expected, or has ballots counted or excluded, gets a row. Ballots on somebody
    who never served in the section are shown with 0 days and add nothing to S.
    """
    groups: dict[SeatKey, list[Ballots]] = defaultdict(list)
    for row in data.ballots:
        is_on = rules.group_weights.get(row.rater_group, 0) > 0  # A group can be switched off (F2).
        if is_on and weighs_in(row.rater_group, row.n, min_n_group=rules.min_n_group):
            groups[row.section_id, row.staff_id].append(row)
    served = {(service.section_id, service.staff_id): service for service in data.services}
    kept = {(seat.section_id, seat.staff_id): seat for seat in data.kept}
    excluded = data.excluded
    members: dict[int, list[Member]] = defaultdict(list)
    for key in sorted(served.keys() | groups.keys() | excluded.keys() | kept.keys()):
        service = served.get(key, Service(*key, 0, is_chief=False, faces_recipients=False))
        own, aside = groups.get(key, []), excluded.get(key, {})
        if key in kept:
            service = service._replace(days=kept[key].days, faces_recipients=True)
            make = partial(_member, service, rules=rules, period_days=period_days)
            member = _kept_member(kept[key], own, aside, make)
        else:
            member = _member(service, own, aside, rules, period_days)
        _write_issued(member.row, data.issued.get(key, Issued()))
        if member.row.is_expected or member.groups or member.row.excluded:
            members[service.section_id].append(member)
    return dict(members)


def _write_issued(row: FreshMember, issued: Issued) -> None:
    row.asked, row.services = issued.asked, issued.services
    row.matched = None if issued.services is None else issued.matched


def _kept_member(
    seat: KeptSeat,
    own: list[Ballots],
    aside: Mapping[str, int],
    make: Callable[[list[Ballots], Mapping[str, int]], Member],
) -> Member:
    """Return a returned member as if still there, with the last score if there is no own one."""
    member = make(own, aside)
    if seat.last is not None and (member.row.score is None or not seat.left_now):
        if late := sum(group.ballots for group in own):
            aside = {**aside, ExclusionReason.FROZEN: late}
        own_se, variance = seat.last.own_se, seat.last.variance
        kept_own = variance if own_se is None else float(own_se) ** 2
        member = replace(make([], aside), kept_variance=variance, kept_own=kept_own)
        for name in ("score", "weighed", *DIMENSIONS):
            setattr(member.row, name, getattr(seat.last, name))
    member.row.is_frozen = True
    return member


def _member(
    service: Service,
    groups: list[Ballots],
    excluded: Mapping[str, int],
    rules: PolicyRules,
    period_days: int,
) -> Member:
    weights, min_n = rules.group_weights, rules.min_n_display
    belongs = service.days > 0 and (rules.chief_counts or not service.is_chief)
    row = FreshMember(
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
        weighed=",".join(sorted(group.rater_group for group in groups if group.n)),
    )
    if row.score is not None:
        row.group_sums = sums_to_tell(
            [GroupSum(each.rater_group, each.n, each.total) for each in groups], min_n
        )
    for place, name in enumerate(DIMENSIONS):
        tallies = {group.rater_group: _answers(group, place) for group in groups}
        setattr(row, name, dimension_score(tallies, weights, min_n=min_n))
    add_levels(row, groups)
    return Member(row, tuple(groups), belongs)


def add_levels(row: FreshLevels, groups: Iterable[Ballots]) -> None:
    """Write the summed level counters of ballots into a row."""
    sums = map(sum, zip(*(group.levels for group in groups), strict=True))
    for name in LEVEL_NAMES:
        setattr(row, name, next(sums, 0))


def _answers(group: Ballots, place: int) -> tuple[int, int]:
    """Return the number of answers to the n-th dimension, and the sum of their levels."""
    counts = group.levels[place * len(LEVELS) : (place + 1) * len(LEVELS)]
    return sum(counts), sum(level * n for level, n in zip(LEVELS, counts, strict=True))


def _reasons(excluded: Mapping[str, int]) -> str | None:
    """Return reasons as `default:3,mistaken:1`, to be translated by page and sheet."""
    return ",".join(f"{reason}:{n}" for reason, n in sorted(excluded.items())) or None

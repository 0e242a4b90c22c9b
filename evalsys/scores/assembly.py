"""Recounted ballots and days of service -> the rows of a result. No database access.

The only module that combines the formulas: closing, correction and the preview of a policy
all use it, so a preview shows what a closing would store.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

from evalsys.organisation.periods.rules import PeriodSpan
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.scores.comparison import Scored, compare
from evalsys.scores.rates import judge_issuing, judge_response
from evalsys.scores.rows import AnyMember, AnyScore, AnySection, FreshMember, FreshSection
from evalsys.scores.rules.disclosure import Extent, as_printed
from evalsys.scores.rules.formulas import (
    FULL,
    Seat,
    chief_score,
    contribution,
    is_comparable,
    size_band,
)
from evalsys.scores.seats import Member, ScoreData, SeatPlace, add_levels, seat_members

FORMULA_VERSION = "8"  # Of docs/formulas.md; any change of a formula is a new version.
KEYS = frozenset({"id", "result_id"})
# Columns that older results do not have: absent where empty, so that their digests stay valid.
NEWER = (
    *("weighed", "group_sums", "own_se", "top", "group_s2", "group_alpha", "group_top"),
    *("asked", "matched", "services", "unscored_matched", "unscored_services", "not_compared"),
    *("issue_mean", "issue_phi", "response_mean", "response_phi"),
)


class MixRow(Protocol):
    """F12 of a section or member, stored or not."""

    @property
    def section_id(self) -> int:
        """The section."""

    @property
    def staff_id(self) -> int | None:
        """The member; None for the section."""

    @property
    def score(self) -> Decimal:
        """The score at the usual mix of cases."""

    @property
    def se(self) -> Decimal:
        """Its standard error."""


@dataclass(frozen=True)
class ComputedResult:
    """The rows of a result not stored yet, in id order."""

    span: PeriodSpan
    rules: PolicyRules
    sections: tuple[FreshSection, ...]
    members: tuple[FreshMember, ...]
    scored: tuple[Scored, ...] = ()

    def compare_again(self) -> None:
        """Compare again, now that the extent of each row is known."""
        rows: list[FreshSection | FreshMember] = [*self.sections, *self.members]
        if any(row.extent in {Extent.WHOLE, Extent.NONE} for row in rows):
            _rank_in_bands(self.sections)
            compare(self.scored, self.rules)
            judge_response(self.scored, self.rules)


def assemble(span: PeriodSpan, rules: PolicyRules, data: ScoreData) -> ComputedResult:
    """Apply all formulas to the data read."""
    members = seat_members(data, rules, span.days)
    places = sorted(place for place in data.places if place.section_id in members)
    sections = [
        replace(
            _section(place, members[place.section_id], rules, span.days),
            answers=data.answers.get(place.section_id),
        )
        for place in places
    ]
    judge_issuing(sections, rules)
    _rank_in_bands([section.row for section in sections])
    compare(sections, rules)
    judge_response(sections, rules)
    return ComputedResult(
        span,
        rules,
        tuple(section.row for section in sections),
        tuple(member.row for section in sections for member in section.members),
        tuple(sections),
    )


def _section(
    place: SeatPlace, members: Sequence[Member], rules: PolicyRules, period_days: int
) -> Scored:
    """Return F4, F5 and the counts of a section; totals count scored members only."""
    seats = [member for member in members if member.has_seat]
    figures = chief_score(
        [Seat(m.row.staff_id, m.row.days, m.row.score, m.row.ballots) for m in seats], period_days
    )
    for member, part in zip(seats, figures.contributions, strict=True):
        if part is not None:
            member.row.contribution = part
            member.row.contribution_max = contribution(FULL, member.row.days, period_days)
    row = FreshSection(
        section_id=place.section_id,
        chief_id=place.chief_id,
        kind=place.kind,
        total=figures.total,
        maximum=figures.maximum,
        rate=figures.rate,
        coverage=figures.coverage,
        members=figures.members,
        expected=sum(member.row.is_expected for member in members),
        scored=figures.scored_members,
        ballots=figures.ballots,
        excluded=sum(member.row.excluded for member in members),
        is_comparable=is_comparable(
            figures.coverage,
            figures.ballots,
            min_coverage=Decimal(rules.min_coverage),
            min_ballots=rules.min_n_consequence,
        ),
        size_band=int(size_band(max(figures.members, 1))),
    )
    scored = Scored(row, tuple(members))
    row.bad = sum(member.row.bad for member in scored.seats)
    row.satisfied = sum(member.row.satisfied for member in scored.seats)
    add_levels(row, (group for member in scored.seats for group in member.groups))
    return scored


def _rank_in_bands(rows: Sequence[FreshSection]) -> None:
    """Rank the printed S within each size band over the comparable sections; ties share a rank."""
    bands: dict[int, list[tuple[Decimal, FreshSection]]] = defaultdict(list)
    for row in rows:
        row.band_rank = None
        if row.is_comparable and row.extent is not Extent.NONE:
            bands[row.size_band].append((as_printed(row.total, row.extent), row))
    for band in bands.values():
        band.sort(key=lambda entry: entry[0], reverse=True)
        first: dict[Decimal, int] = {}
        for place, (total, row) in enumerate(band, start=1):
            row.band_rank = first.setdefault(total, place)


def columns_of(row: AnyScore) -> dict[str, Any]:
    """Return the values of a row by column, without keys."""
    kind: Any = type(row)
    return {name: getattr(row, name) for name in _columns(kind)}


@cache
def _columns(kind: Any) -> tuple[str, ...]:
    """Return the columns of a row type, stored or fresh, without keys."""
    if issubclass(kind, FreshSection | FreshMember):
        return tuple(field.name for field in fields(kind))
    return tuple(column.key for column in kind.__table__.columns if column.key not in KEYS)


def digest_of(  # noqa: PLR0913  # Each is a part of what was frozen.
    code: str,
    policy: Mapping[str, Any],
    sections: Sequence[AnySection],
    members: Sequence[AnyMember],
    *,
    mixed: Iterable[MixRow] = (),
    formulas: str = FORMULA_VERSION,
) -> str:
    """Return the SHA-256 over the canonical JSON of a result: sorted keys, ASCII, no floats.

    `policy` is the stored rule set, so that a rule added later does not change old digests. Scores
    are in hundredths, double-precision figures in their shortest round-trip form.
    """
    content: dict[str, Any] = {
        "formulas": formulas,
        "period": code,
        "policy": policy,
        "sections": [_canonical(row) for row in sections],
        "members": [_canonical(row) for row in members],
    }
    if rows := [
        [row.section_id, row.staff_id, int(row.score * 100), int(row.se * 100)] for row in mixed
    ]:
        content["case_mix"] = rows
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(row: AnyScore) -> dict[str, Any]:
    values = columns_of(row)
    # Keeps the digests of results older than these columns valid.
    if not values.get("is_frozen"):
        values.pop("is_frozen", None)
    for name in NEWER:
        if values.get(name) is None:
            values.pop(name, None)
    if isinstance(row, AnyMember) and values["group_mean"] is None:
        values.pop("group_mean")
    if values.get("extent") in {None, Extent.FULL}:
        values.pop("extent")
    for name, value in values.items():
        if isinstance(value, Decimal):
            values[name] = int(value * 100)
        elif isinstance(value, float):
            values[name] = repr(value)
    return values

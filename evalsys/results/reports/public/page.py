"""The public data of a published period: shares by section, never persons, no ranking."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict

from evalsys.core.extensions import db
from evalsys.organisation.org.models import Organ, Section
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.personnel.feedback.queries import Rectified, count_rectified
from evalsys.ratings.ballots.models import ExclusionReason
from evalsys.ratings.counting.spending import issued
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.publication import printed
from evalsys.scores.rules.disclosure import (
    EXACT,
    Extent,
    about,
    is_small,
    may_publish_share,
    may_tell,
)
from evalsys.scores.rules.formulas import ShareOfBallots, share_of_ballots

MOST_LETTERS = 40  # of a search


@dataclass(frozen=True, slots=True)
class PublicRow:
    """A section; `share` is F9 of the satisfied ballots, None with too few.

    `ballots` and `bad` are None if too few to print or revealing. `rectified` is the number of bad
    reviews rectified, None while it could reveal a few.
    """

    organ: str
    section: str
    ballots: int | None
    share: ShareOfBallots | None
    bad: int | None
    is_bad_small: bool
    rectified: int | None
    is_all_rectified: bool


@dataclass(frozen=True)
class PublicPage:
    """A published period as plain data: it is cached and read by many threads.

    `periods` are the codes of all published ones, the newest first. `issued` is None if there are
    more ballots than tickets (imports). `ballots` sums the rows that print theirs. `is_spread`:
    shares and bad reviews are printed here, not in a period closed before. Rectifications are as of
    the day `on`. `min_n` and `least` are the minima of a count and of a share. Two persons voided
    `voided` ballots after a hold was confirmed (F14).
    """

    code: str
    periods: tuple[str, ...]
    starts_on: date
    ends_on: date
    closed_at: datetime
    version: int
    digest: str
    min_n: int
    least: int
    rows: tuple[PublicRow, ...]
    ballots: int
    issued: int | None
    voided: int
    several_organs: bool
    is_spread: bool
    on: date

    @property
    def voided_share(self) -> float:
        """The share of voided ballots, from their number as printed: in full tens."""
        voided = about(self.voided)
        return voided / (voided + self.ballots) if voided else 0.0

    def find(self, search: str) -> Sequence[PublicRow]:
        """Return the rows whose section or organ name contains every word of a text."""
        words = _plain(search).split()
        if not words:
            return self.rows
        return [
            row
            for row in self.rows
            if all(word in _plain(f"{row.section} {row.organ}") for word in words)
        ]


@dataclass(frozen=True)
class PublicFilter:
    """The filter: search text and page number."""

    search: str = ""
    page: int = 1

    @classmethod
    def read(cls, values: "MultiDict[str, str]") -> Self:
        """Return the filter in query arguments; invalid ones are ignored."""
        search = " ".join(values.get("search", "").split())
        return cls(search[:MOST_LETTERS].strip(), max(1, values.get("page", 1, type=int)))

    @property
    def arguments(self) -> dict[str, Any]:
        """The canonical query arguments, without defaults."""
        arguments = {"search": self.search} if self.search else {}
        return arguments | ({"page": str(self.page)} if self.page > 1 else {})


def _plain(text: str) -> str:
    """Return a text normalised for comparison: width and case folded."""
    return unicodedata.normalize("NFKC", text).casefold()


def read_public(result: Result, periods: Sequence[str], *, on: date) -> PublicPage:
    """Return the public page of a result on a day, sections by organ and code."""
    period, rules = result.period, PolicyRules.from_json(result.policy.rules)
    scores = db.session.scalars(
        select(SectionScore)
        .join(SectionScore.section)
        .join(Section.organ)
        .where(SectionScore.result_id == result.id, SectionScore.expected > 0)
        .options(joinedload(SectionScore.section).joinedload(Section.organ))
        .order_by(Organ.code, Section.code)
    ).all()
    rows = _rows(scores, rules, count_rectified(base_codes(parse_period(period.code))))
    ballots = sum(row.ballots or 0 for row in rows)
    asked = _issued(result)
    return PublicPage(
        code=period.code,
        periods=tuple(periods),
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        closed_at=result.created_at,
        version=result.version,
        digest=result.digest,
        min_n=rules.min_n_display,
        least=rules.min_n_consequence,
        rows=tuple(rows),
        ballots=ballots,
        issued=asked if asked >= ballots else None,
        voided=_voided(result),
        several_organs=len({row.section.organ_id for row in scores}) > 1,
        is_spread=any(row.extent is Extent.FULL for row in scores),
        on=on,
    )


def _rows(
    scores: Sequence[SectionScore], rules: PolicyRules, rectified: Mapping[int, Rectified]
) -> list[PublicRow]:
    """Return the rows as printed. A share would reveal its count, a count its complement."""
    min_n, least = rules.min_n_display, rules.min_n_consequence
    rows = []
    for row in map(printed, scores):
        is_full = row.extent is Extent.FULL
        is_shown = row.extent in EXACT and not is_small(row.ballots, min_n)
        done = rectified.get(row.section_id, Rectified(0, 0))
        rows.append(
            PublicRow(
                organ=row.section.organ.name,
                section=row.section.name,
                ballots=row.ballots if is_shown else None,
                share=_share(row, least, min_n) if is_full else None,
                bad=row.bad if is_full and may_tell(row.bad, row.ballots, min_n) else None,
                is_bad_small=is_full and is_small(row.bad, min_n),
                rectified=done.done if may_tell(done.done, done.all, min_n) else None,
                is_all_rectified=done.done == done.all,
            )
        )
    return rows


def _share(row: SectionScore, least: int, min_n: int) -> ShareOfBallots | None:
    if not may_publish_share(row.satisfied, row.ballots, min_ballots=least, min_n=min_n):
        return None
    return share_of_ballots(row.satisfied, row.ballots)


def _voided(result: Result) -> int:
    """Return how many ballots were voided: always all of a person's at once."""
    reasons = db.session.scalars(
        select(MemberScore.exclusion_reasons).where(
            MemberScore.result_id == result.id,
            MemberScore.exclusion_reasons.contains(ExclusionReason.VOID.value),
        )
    )
    parts = (part.partition(":") for text in reasons for part in (text or "").split(","))
    return sum(int(number) for reason, _, number in parts if reason == ExclusionReason.VOID)


def _issued(result: Result) -> int:
    """Return the ratings asked for in the period: a ticket for two persons counts twice."""
    period, tickets = result.period, issued().c
    query = select(func.sum(tickets.tickets)).where(
        tickets.served_on.between(period.starts_on, period.ends_on)
    )
    return int(db.session.scalar(query) or 0)

"""What everybody may see of a published period: shares by section, never a person, no ranking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from evalsys.core.extensions import db
from evalsys.organisation.org.models import Organ, Section
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import parse_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.personnel.feedback.queries import Rectified, count_rectified
from evalsys.ratings.counting.spending import issued
from evalsys.scores.disclosure import EXACT, Extent, is_small, may_publish_share, may_tell
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.publication import printed
from evalsys.scores.rules import ShareOfBallots, share_of_ballots


@dataclass(frozen=True)
class PublicRow:
    """A section; `share` is F9 of the satisfied ballots, None with too few.

    `ballots` and `bad` are None where they are too few to be shown, or would tell a few.
    `rectified` is how many bad reviews were put right: None while under way with too few to tell.
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
    """A published period. `issued` is None where more ballots came than tickets (imports).

    `ballots` adds up the rows that show theirs. `is_spread`: shares and bad reviews are shown here,
    and not for a period that was closed before. What was put right is told as of the day `on`.
    """

    result: Result
    rules: PolicyRules
    rows: list[PublicRow]
    ballots: int
    issued: int | None
    several_organs: bool
    is_spread: bool
    on: date


def read_public(result: Result, *, on: date) -> PublicPage:
    """Return the public page of a result on a day: sections by organ and name."""
    rules = PolicyRules.from_json(result.policy.rules)
    scores = db.session.scalars(
        select(SectionScore)
        .join(SectionScore.section)
        .join(Section.organ)
        .where(SectionScore.result_id == result.id, SectionScore.expected > 0)
        .options(joinedload(SectionScore.section).joinedload(Section.organ))
        .order_by(Organ.code, Section.code)
    ).all()
    rows = _rows(scores, rules, count_rectified(base_codes(parse_period(result.period.code))))
    ballots = sum(row.ballots or 0 for row in rows)
    asked = _issued(result)
    return PublicPage(
        result=result,
        rules=rules,
        rows=rows,
        ballots=ballots,
        issued=asked if asked >= ballots else None,
        several_organs=len({row.section.organ_id for row in scores}) > 1,
        is_spread=any(row.extent is Extent.FULL for row in scores),
        on=on,
    )


def _rows(
    scores: Sequence[SectionScore], rules: PolicyRules, rectified: Mapping[int, Rectified]
) -> list[PublicRow]:
    """Return the rows as printed. A share would tell its count, and a count its rest."""
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


def _issued(result: Result) -> int:
    """Return how many ratings were asked for in the period: a ticket for two persons counts two."""
    period, tickets = result.period, issued().c
    query = select(func.sum(tickets.tickets)).where(
        tickets.served_on.between(period.starts_on, period.ends_on)
    )
    return int(db.session.scalar(query) or 0)

"""What everybody may see of a published period: shares by section, never a person, no ranking."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from evalsys.core.extensions import db
from evalsys.org.models import Organ, Section
from evalsys.policies.rules import PolicyRules
from evalsys.ratings.spending import issued
from evalsys.scores.disclosure import display_n, may_publish_share, suppress
from evalsys.scores.models import Result, SectionScore
from evalsys.scores.rules import ShareOfBallots, share_of_ballots


@dataclass(frozen=True)
class PublicRow:
    """A section; `share` is F9 of the satisfied ballots, `bad` the printed count.

    `ballots` is None where the count is hidden beside the printed total, `share` with too few.
    """

    organ: str
    section: str
    ballots: int | None
    share: ShareOfBallots | None
    bad: str


@dataclass(frozen=True)
class PublicPage:
    """A published period. `issued` is None where more ballots came than tickets (imports)."""

    result: Result
    rules: PolicyRules
    rows: list[PublicRow]
    ballots: int
    issued: int | None
    several_organs: bool


def read_public(result: Result) -> PublicPage:
    """Return the public page of a result: sections by organ and name."""
    rules = PolicyRules.from_json(result.policy.rules)
    scores = db.session.scalars(
        select(SectionScore)
        .join(SectionScore.section)
        .join(Section.organ)
        .where(SectionScore.result_id == result.id, SectionScore.expected > 0)
        .options(joinedload(SectionScore.section).joinedload(Section.organ))
        .order_by(Organ.code, Section.code)
    ).all()
    ballots = sum(row.ballots for row in scores)
    issued = _issued(result)
    return PublicPage(
        result=result,
        rules=rules,
        rows=_rows(scores, rules),
        ballots=ballots,
        issued=issued if issued >= ballots else None,
        several_organs=len({row.section.organ_id for row in scores}) > 1,
    )


def _rows(scores: Sequence[SectionScore], rules: PolicyRules) -> list[PublicRow]:
    """Return the rows as printed.

    The total of the ballots stands above them, so a small count takes the next smallest one with
    it. No total of bad or of satisfied ballots is printed. A share would tell its count.
    """
    min_n, least = rules.min_n_display, rules.min_n_consequence
    hidden = suppress({row.section_id: row.ballots for row in scores}, min_n)
    return [
        PublicRow(
            organ=row.section.organ.name,
            section=row.section.name,
            ballots=None if row.section_id in hidden else row.ballots,
            share=None if row.section_id in hidden else _share(row, least, min_n),
            bad=display_n(row.bad, min_n),
        )
        for row in scores
    ]


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

"""Queries of frozen results shared by pages, with the rule who may see which.

Staff see the newest version of every closed period; the public sees the version published by a
second person. A section is visible for the periods in which it was in scope.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Section
from evalsys.organisation.org.queries import visible_to
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.periods.rules import parse_period, previous
from evalsys.organisation.periods.words import period_short, period_words
from evalsys.results.closing.models import Proposal, Publication
from evalsys.results.reports.charts import TrendPoint
from evalsys.results.reports.rules import ScoreInterval, shown
from evalsys.scores.models import CaseMixScore, MemberScore, Result, SectionScore
from evalsys.scores.publication import is_exact, printed
from evalsys.scores.rules.disclosure import EXACT
from evalsys.scores.rules.formulas import round_half_up
from evalsys.scores.rules.funnel import GroupStanding, deviation, standing
from evalsys.scores.rules.shrinkage import HALF_WIDTH, Adjusted, probability_below, publish
from evalsys.scores.rules.spread import TENTH

TREND_PERIODS = 8


def list_results() -> Sequence[Result]:
    """Return the newest version of every closed period, the latest period first."""
    newest = select(func.max(Result.id)).group_by(Result.period_id)
    return _results(newest, PeriodState.CLOSED, PeriodState.PUBLISHED)


def list_running_and_results() -> tuple[Sequence[Period], Sequence[Result]]:
    """Return the open periods, and what `list_results` gives, with one statement."""
    newest = select(func.max(Result.id)).group_by(Result.period_id)
    is_result = and_(Result.period_id == Period.id, Result.id.in_(newest))
    is_running = Period.state.in_((PeriodState.OPEN, PeriodState.COUNTING))
    rows = db.session.execute(
        select(Period, Result)
        .outerjoin(Result, and_(is_result, ~is_running))
        .where(or_(is_running, Result.id.is_not(None)))
        .order_by(Period.starts_on.desc(), Period.ends_on.desc())
        .options(joinedload(Period.policy), contains_eager(Result.period))
        .options(joinedload(Result.policy))
    )
    pairs = [(period, result) for period, result in rows]
    running = sorted((period for period, result in pairs if result is None), key=lambda p: p.code)
    running.sort(key=lambda period: period.starts_on, reverse=True)
    return running, [result for _period, result in pairs if result is not None]


def list_public_results() -> Sequence[Result]:
    """Return the newest published version of every published period."""
    agreed = (
        select(func.max(Publication.result_id))
        .join(Result, Result.id == Publication.result_id)
        .group_by(Result.period_id)
    )
    return _results(agreed, PeriodState.PUBLISHED)


def public_ids() -> dict[str, int]:
    """Return period code -> id of the public result, in one short query."""
    rows = db.session.execute(
        select(Period.code, func.max(Publication.result_id))
        .join(Result, Result.period_id == Period.id)
        .join(Publication, Publication.result_id == Result.id)
        .where(Period.state == PeriodState.PUBLISHED)
        .group_by(Period.code)
        .order_by(Period.code)
    )
    return {row[0]: row[1] for row in rows}


def _results(ids: Select[int], *states: PeriodState) -> Sequence[Result]:
    query = (
        select(Result)
        .join(Result.period)
        .where(Result.id.in_(ids), Period.state.in_(states))
        .order_by(Period.starts_on.desc(), Period.ends_on.desc())
        .options(contains_eager(Result.period), joinedload(Result.policy))
    )
    return db.session.scalars(query).all()


def choose_result(results: Sequence[Result], code: str | None) -> Result:
    """Return the result of a period, by default the first. Raises NotFound."""
    for result in results:
        if not code or result.period.code == code.upper():
            return result
    raise NotFound


def of_same_kind(results: Sequence[Result], result: Result) -> list[Result]:
    """Return up to eight results of periods of one length up to this one, in time order."""
    before = [
        other
        for other in results
        if other.period.kind is result.period.kind
        and other.period.starts_on <= result.period.starts_on
    ]
    return before[:TREND_PERIODS][::-1]


def find_previous(results: Sequence[Result], result: Result) -> Result | None:
    """Return the result of the preceding period of the same length, or None."""
    code = previous(parse_period(result.period.code)).code
    return next((other for other in results if other.period.code == code), None)


def select_sections(actor: Actor, *results: Result) -> Select[SectionScore]:
    """Return the query for the frozen sections of results that the actor may see."""
    return (
        select(SectionScore)
        .join(SectionScore.section)
        .join(SectionScore.result)
        .join(Result.period)
        .where(
            SectionScore.result_id.in_([result.id for result in results]),
            visible_to(actor, Period.starts_on, Period.ends_on),
        )
        .options(
            contains_eager(SectionScore.section).joinedload(Section.organ),
            joinedload(SectionScore.chief),
        )
    )


def select_members(actor: Actor, *results: Result) -> Select[MemberScore]:
    """Return the query for the frozen members of results in sections in scope."""
    return _members(*results).where(visible_to(actor, Period.starts_on, Period.ends_on))


def select_own(actor: Actor, *results: Result) -> Select[MemberScore]:
    """Return the query for the actor's own frozen rows of results."""
    return _members(*results).where(MemberScore.staff_id == actor.staff_id)


def _members(*results: Result) -> Select[MemberScore]:
    return (
        select(MemberScore)
        .join(MemberScore.section)
        .join(MemberScore.result)
        .join(Result.period)
        .where(MemberScore.result_id.in_([result.id for result in results]))
        .options(
            contains_eager(MemberScore.section).joinedload(Section.organ),
            joinedload(MemberScore.staff),
        )
    )


def proposals_of(result: Result, section_ids: Sequence[int]) -> dict[int, list[Proposal]]:
    """Return section id -> the closing's proposals for its chief."""
    by_section: dict[int, list[Proposal]] = {}
    for row in db.session.scalars(
        select(Proposal)
        .where(Proposal.result_id == result.id, Proposal.section_id.in_(section_ids))
        .order_by(Proposal.kind)
    ):
        by_section.setdefault(row.section_id, []).append(row)
    return by_section


def changes_since(
    results: Sequence[Result], result: Result, rows: Sequence[SectionScore]
) -> dict[int, Decimal]:
    """Return section id -> change of the adjusted score since the preceding period (环比).

    Sections without an adjusted score in either period are left out.
    """
    before = find_previous(results, result)
    if before is None:
        return {}
    known = db.session.execute(
        select(SectionScore.section_id, SectionScore.theta).where(
            SectionScore.result_id == before.id,
            SectionScore.section_id.in_([row.section_id for row in rows]),
            is_exact(SectionScore),
        )
    )
    thetas = {section_id: theta for section_id, theta in known if theta is not None}
    return {
        row.section_id: row.theta - thetas[row.section_id]
        for row in rows
        if row.extent in EXACT and row.theta is not None and row.section_id in thetas
    }


def figure_of(row: SectionScore | MemberScore) -> ScoreInterval | None:
    """Return the printable score of a row with its interval; None if too few ballots."""
    row = printed(row)
    if isinstance(row, SectionScore):
        estimate = row.rate if row.is_comparable else None
    else:
        estimate = row.score
    if estimate is None:
        return None
    return shown(row.theta, row.lo, row.hi, estimate, row.variance)


def standing_of(row: SectionScore) -> GroupStanding | None:
    """Return where a section stands in its group (F11), from printed figures; None if not told."""
    row = printed(row)
    if not row.is_comparable or row.rate is None or row.variance is None or row.group_mean is None:
        return None
    return standing(deviation_of(row))


def deviation_of(row: SectionScore) -> Decimal:
    """Return z of F11 of a section that has a standing."""
    rate, variance, mean = row.rate, row.variance, row.group_mean
    if rate is None or variance is None or mean is None:
        raise ValueError("a section that is not compared has no deviation")
    return deviation(rate, variance, mean, row.group_tau2 or 0.0)


def own_below(row: SectionScore, line: int) -> Decimal:
    """Return F10b of a section whose own spread is printed."""
    if row.rate is None or row.own_se is None:
        raise ValueError("without an own spread there is no probability")
    return probability_below(row.rate, row.own_se, Decimal(line))


def above_mean(row: SectionScore) -> Decimal:
    """Return the probability that an adjusted section is above the mean of its group (F11)."""
    if row.theta is None or row.se is None or row.group_mean is None:
        raise ValueError("a section that is not adjusted is not above or below its group")
    return 1 - probability_below(row.theta, row.se, row.group_mean)


def own_span(row: SectionScore | MemberScore) -> tuple[Decimal, Decimal] | None:
    """Return the interval of R or M by the own spread (F6b); None if not printed."""
    estimate = row.rate if isinstance(row, SectionScore) else row.score
    if estimate is None or row.own_se is None:
        return None
    reach = HALF_WIDTH * row.own_se
    return round_half_up(estimate - reach), round_half_up(estimate + reach)


def mixed_span(row: CaseMixScore) -> tuple[Decimal, Decimal]:
    """Return the 95 % interval of a score at the usual mix of cases (F12), in tenths."""
    reach = HALF_WIDTH * row.se
    return round_half_up(row.score - reach, TENTH), round_half_up(row.score + reach, TENTH)


def recounted(row: SectionScore | MemberScore) -> Adjusted | None:
    """Return F7 recomputed from the printed figures of a row; None if not printed."""
    estimate = row.rate if isinstance(row, SectionScore) else row.score
    if estimate is None or row.group_mean is None or row.se is None or row.reliability is None:
        return None
    reliability = Decimal(str(row.reliability))
    return publish(estimate, row.group_mean, reliability, row.se)


def trend_points(
    results: Sequence[Result], rows: Mapping[int, SectionScore] | Mapping[int, MemberScore]
) -> list[TrendPoint]:
    """Return a point for each result, in time order; `rows` maps result id to the row.

    A figure that is not printed is a gap. `change` is the policy version where it changed.
    """
    points, policy = [], None
    for result in results:
        row = rows.get(result.id)
        row = None if row is None else printed(row)
        figure = None if row is None else figure_of(row)
        points.append(
            TrendPoint(
                label=period_short(result.period.code),
                value=figure.value if figure else None,
                lo=figure.lo if figure else None,
                hi=figure.hi if figure else None,
                mean=row.group_mean if isinstance(row, SectionScore) else None,
                change=str(result.policy.version) if policy not in (None, result.policy_id) else "",
                name=period_words(result.period.code),
            )
        )
        policy = result.policy_id
    return points

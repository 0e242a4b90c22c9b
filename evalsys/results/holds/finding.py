"""Looking for the features of F14 in a period about to be closed, from what `facts` reads."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from evalsys.organisation.periods.models import Period
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import PeriodSpan, parse_period
from evalsys.results.holds.facts import DayFacts, read_days, read_pressure, result_before
from evalsys.scores.assembly import ComputedResult
from evalsys.scores.comparison import Scored
from evalsys.scores.rates import issue_funnel_of, issue_of, unscored_of
from evalsys.scores.rows import AnySection, FreshSection
from evalsys.scores.rules.anomalies import (
    Anomaly,
    Feature,
    above_funnel,
    benjamini_hochberg,
    day_chances,
    excess,
    jump,
    jumps_beyond,
    largest_first,
    z_of,
)
from evalsys.scores.rules.disclosure import EXACT
from evalsys.scores.rules.rates import NotCompared, Rate
from evalsys.scores.seats import SeatKey

DayKey = tuple[int, int, date]  # section, staff, day of service
FEATURE_OF = {NotCompared.ISSUE: Feature.ISSUE, NotCompared.UNSCORED: Feature.UNSCORED}


def find_anomalies(period: Period, computed: ComputedResult) -> dict[int, list[Anomaly]]:
    """Return section id -> what looks strange there, in a period about to be closed."""
    span, rules = parse_period(period.code), computed.rules
    days = read_days(span)
    found = [
        *_thinly_issued(computed.sections),
        *_jumps(computed.sections, result_before(span)),
        *_uniform(computed.scored, rules.min_n_consequence),
        *_pressed(read_pressure(base_codes(span)), rules.min_n_display),
        *_bursts(span, days),
        *_in_excess(span, days),
        *_from_one_hand(computed.scored, days, rules.min_n_consequence),
    ]
    here = {row.section_id for row in computed.sections}
    by_section: dict[int, list[Anomaly]] = defaultdict(list)
    for finding in largest_first(found):
        if finding.section_id in here:
            by_section[finding.section_id].append(finding)
    return dict(by_section)


def _thinly_issued(sections: Sequence[FreshSection]) -> Iterator[Anomaly]:
    for row in sections:
        funnel = issue_funnel_of(row)
        if row.not_compared is None or funnel is None:
            continue
        is_own = row.not_compared is NotCompared.ISSUE
        rate = issue_of(row) if is_own else unscored_of(row)
        if rate is not None:
            facts = {"hits": rate.hits, "n": rate.n, "mean": str(funnel.mean)}
            z = funnel.deviation(rate) if is_own else None
            yield Anomaly(FEATURE_OF[row.not_compared], row.section_id, None, z, facts)


def _jumps(sections: Sequence[FreshSection], before: Mapping[int, AnySection]) -> Iterator[Anomaly]:
    """Yield the sections that changed by more than chance, and more than the others did."""
    changes: dict[int, Decimal] = {}
    for row in sections:
        earlier = before.get(row.section_id)
        then, now = _estimate(earlier) if earlier else None, _estimate(row)
        z = jump(now, then) if now and then else None
        if z is not None:
            changes[row.section_id] = z
    for section_id, z in jumps_beyond(changes).items():
        # Who judges must not know whether it rose or fell.
        yield Anomaly(Feature.JUMP, section_id, None, abs(z))


def _estimate(row: AnySection) -> tuple[Decimal, float] | None:
    """Return R with the larger of its variances, where both are printed."""
    if row.extent not in EXACT or not row.scored or row.rate is None or row.variance is None:
        return None
    own = 0.0 if row.own_se is None else float(row.own_se) ** 2
    return row.rate, max(own, row.variance)


def _uniform(scored: Sequence[Scored], least: int) -> Iterator[Anomaly]:
    """Yield who has more ballots of one level throughout; how many is not told."""
    for members in _by_kind(scored).values():
        units = {
            (member.row.section_id, member.row.staff_id): Rate(
                sum(group.uniform for group in member.groups),
                sum(group.ballots for group in member.groups),
            )
            for section in members
            for member in section.members
            if member.row.score is not None
        }
        for section_id, staff_id in above_funnel(units, least=least):
            yield Anomaly(Feature.UNIFORM, section_id, staff_id)


def _by_kind(scored: Sequence[Scored]) -> dict[str, list[Scored]]:
    kinds: dict[str, list[Scored]] = defaultdict(list)
    for section in scored:
        kinds[section.row.kind.value].append(section)
    return kinds


def _pressed(reports: Mapping[int, Rate], least: int) -> Iterator[Anomaly]:
    """Yield where raters reported more pressure; small numbers are not told."""
    for section_id, (rate, _) in above_funnel(reports, least=least).items():
        if rate.hits >= least:
            yield Anomaly(Feature.PRESSURE, section_id)


def _bursts(span: PeriodSpan, days: DayFacts) -> Iterator[Anomaly]:
    """Yield the worst day of each person whose tickets stand out of their own eight weeks."""
    tested: dict[DayKey, tuple[float, float]] = {}
    for (section_id, staff_id), tickets in days.tickets.items():
        services = days.services.get(staff_id, {})
        explained = {day for day, number in tickets.items() if number <= services.get(day, -1)}
        for day, found in day_chances(tickets, explained, span.starts_on).items():
            tested[section_id, staff_id, day] = found
    outstanding: dict[SeatKey, list[date]] = defaultdict(list)
    for section_id, staff_id, day in benjamini_hochberg(
        {key: one[1] for key, one in tested.items()}
    ):
        outstanding[section_id, staff_id].append(day)
    for seat, dates in outstanding.items():
        worst = min(dates, key=lambda day: (tested[*seat, day][1], day))
        rate, chance = tested[*seat, worst]
        facts = {
            "day": worst.isoformat(),
            "n": days.tickets[seat][worst],
            "rate": f"{rate:.1f}",
            "days": len(dates),
        }
        yield Anomaly(Feature.BURST, *seat, z_of(chance), facts)


def _in_excess(span: PeriodSpan, days: DayFacts) -> Iterator[Anomaly]:
    for (section_id, staff_id), tickets in days.tickets.items():
        services = days.services.get(staff_id, {})
        known = {
            day: (number, services[day])
            for day, number in tickets.items()
            if day >= span.starts_on and day in services
        }
        if (found := excess(known)) is not None:
            facts = {"days": found[0], "n": found[1]}
            yield Anomaly(Feature.EXCESS, section_id, staff_id, None, facts)


def _from_one_hand(scored: Sequence[Scored], days: DayFacts, least: int) -> Iterator[Anomaly]:
    for sections in _by_kind(scored).values():
        here = {section.row.section_id for section in sections}
        units = {seat: rate for seat, rate in days.one_hand.items() if seat[0] in here}
        for (section_id, staff_id), (rate, funnel) in above_funnel(units, least=least).items():
            facts = {"hits": rate.hits, "n": rate.n, "mean": str(funnel.mean)}
            yield Anomaly(Feature.ONE_HAND, section_id, staff_id, funnel.deviation(rate), facts)

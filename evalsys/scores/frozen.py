"""Frozen members: a returned member's last score stays in the section for two periods.

Returning a weak member must not raise the chief's rate (formulas.md, "Frozen member"). The last
ballots that gave the member a score stand in for this and the next period, with a whole seat, so
that every formula (F2-F7) treats the seat like any other and gives exactly the last score.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.periods.models import Period
from evalsys.periods.queries import base_codes
from evalsys.periods.rules import Span, parse_period, previous
from evalsys.policies.rules import PolicyRules
from evalsys.scores.models import FrozenSeat, MemberScore, Result
from evalsys.scores.queries import recount
from evalsys.scores.seats import Ballots, Service


def keep_score(section_id: int, staff_id: int, on: date) -> FrozenSeat | None:
    """Keep the last score of a member who is returned on a day (a step); None without a score."""
    code = db.session.scalar(
        select(Period.code)
        .join(Result, Result.period_id == Period.id)
        .join(MemberScore, MemberScore.result_id == Result.id)
        .where(
            MemberScore.section_id == section_id,
            MemberScore.staff_id == staff_id,
            MemberScore.score.is_not(None),
            Period.ends_on < on,
        )
        .order_by(Period.ends_on.desc(), Period.starts_on.desc())
        .limit(1)
    )
    if code is None:
        return None
    seat = FrozenSeat(section_id=section_id, staff_id=staff_id, period_code=code, returned_on=on)
    db.session.add(seat)
    return seat


def frozen_seats(span: Span) -> Sequence[FrozenSeat]:
    """Return the seats that are frozen in a period: returned in it, or in the one before."""
    return db.session.scalars(
        select(FrozenSeat)
        .where(FrozenSeat.returned_on.between(previous(span).starts_on, span.ends_on))
        .order_by(FrozenSeat.section_id, FrozenSeat.staff_id)
    ).all()


def hold(
    span: Span, rules: PolicyRules, ballots: Sequence[Ballots], services: Sequence[Service]
) -> tuple[list[Ballots], list[Service]]:
    """Let the last ballots of frozen members stand in for those of the period."""
    seats = {(seat.section_id, seat.staff_id): seat.period_code for seat in frozen_seats(span)}
    if not seats:
        return list(ballots), list(services)
    last: list[Ballots] = []
    for code in sorted(set(seats.values())):
        rows = recount(base_codes(parse_period(code)), rules)
        last += [row for row in rows if seats.get((row.section_id, row.staff_id)) == code]
    kept = [row for row in ballots if (row.section_id, row.staff_id) not in seats]
    served = {(row.section_id, row.staff_id): row for row in services}
    whole = [
        served.get(key, Service(*key, 0, is_chief=False, faces_recipients=True))._replace(
            days=span.days
        )
        for key in seats
    ]
    others = [row for key, row in served.items() if key not in seats]
    return [*kept, *last], [*others, *whole]

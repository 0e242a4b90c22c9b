"""Seats of returned members: the last score stays in the section for two periods.

Returning a weak member must not raise the chief's rate (docs/formulas.md, "Frozen member"). These
are the queries; `seats` applies them.
"""

from datetime import date

from sqlalchemy import and_, func, select

from evalsys.core.database import Query
from evalsys.core.extensions import db
from evalsys.organisation.org.models import Posting
from evalsys.organisation.org.queries import overlaps
from evalsys.organisation.periods.models import Period, PeriodKind
from evalsys.organisation.periods.rules import PeriodSpan, previous
from evalsys.scores.models import FrozenSeat, MemberScore, Result
from evalsys.scores.queries import is_newest
from evalsys.scores.seats import KeptSeat, SeatKey


def keep_seat(section_id: int, staff_id: int, on: date) -> FrozenSeat:
    """Keep the seat of a member returned on a day, within the open transaction."""
    seat = FrozenSeat(section_id=section_id, staff_id=staff_id, returned_on=on)
    db.session.add(seat)
    return seat


def kept_seats(span: PeriodSpan) -> list[KeptSeat]:
    """Return the seats kept in a period: left in it, or in the one before of its kind."""
    seats: dict[SeatKey, tuple[date, date | None]] = {}
    last: dict[SeatKey, MemberScore] = {}
    for seat, arrived_on, score, period in db.session.execute(_kept(span)):
        key = (seat.section_id, seat.staff_id)
        seats[key] = (seat.returned_on, arrived_on)
        if period is not None:
            last[key] = score
    return [
        KeptSeat(
            *key,
            days=(span.ends_on - max(arrived_on or span.starts_on, span.starts_on)).days + 1,
            left_now=returned_on >= span.starts_on,
            last=last.get(key),
        )
        for key, (returned_on, arrived_on) in seats.items()
    ]


def _kept(span: PeriodSpan) -> Query:
    """Return the query of the seats, the first day of each within the period, and its scores.

    The last row of a seat has its last stored score, preferably of a period of the same kind;
    where the period is None, the score does not count.
    """
    arrival = (
        select(func.min(Posting.started_on))
        .where(Posting.section_id == FrozenSeat.section_id)
        .where(Posting.staff_id == FrozenSeat.staff_id)
        .where(overlaps(Posting, span.starts_on, span.ends_on))
        .correlate(FrozenSeat)
        .scalar_subquery()
    )
    scored = (
        MemberScore.section_id == FrozenSeat.section_id,
        MemberScore.staff_id == FrozenSeat.staff_id,
        MemberScore.score.is_not(None),
    )
    before = (Period.id == Result.period_id, Period.ends_on < span.ends_on)
    return (
        select(FrozenSeat, arrival, MemberScore, Period.id)
        .outerjoin(MemberScore, and_(*scored))
        .outerjoin(Result, and_(Result.id == MemberScore.result_id, is_newest()))
        .outerjoin(Period, and_(*before))
        .where(FrozenSeat.returned_on.between(previous(span).starts_on, span.ends_on))
        .order_by(FrozenSeat.returned_on, FrozenSeat.id)
        .order_by(Period.kind == PeriodKind(span.kind), Period.ends_on, Period.starts_on)
    )

"""Seats of returned members: the last score stays in the section for two periods.

Returning a weak member must not raise the chief's rate (docs/formulas.md, "Frozen member"). These
are the queries; `seats` applies them.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select

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
    rows = db.session.scalars(
        select(FrozenSeat)
        .where(FrozenSeat.returned_on.between(previous(span).starts_on, span.ends_on))
        .order_by(FrozenSeat.returned_on)
    )
    seats = {(row.section_id, row.staff_id): row.returned_on for row in rows}
    if not seats:
        return []
    arrivals, last = _arrivals(span, seats), _last_scores(span, seats)
    return [
        KeptSeat(
            *key,
            days=(span.ends_on - max(arrivals.get(key, span.starts_on), span.starts_on)).days + 1,
            left_now=returned_on >= span.starts_on,
            last=last.get(key),
        )
        for key, returned_on in seats.items()
    ]


def _arrivals(span: PeriodSpan, seats: Iterable[SeatKey]) -> dict[SeatKey, date]:
    """Return the first day of each member in the section within the period."""
    sections, people = zip(*seats, strict=True)
    rows = db.session.execute(
        select(Posting.section_id, Posting.staff_id, func.min(Posting.started_on))
        .where(Posting.section_id.in_(sections), Posting.staff_id.in_(people))
        .where(overlaps(Posting, span.starts_on, span.ends_on))
        .group_by(Posting.section_id, Posting.staff_id)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def _last_scores(span: PeriodSpan, seats: Iterable[SeatKey]) -> dict[SeatKey, MemberScore]:
    """Return the last stored score of each seat, preferably of a period of the same kind."""
    sections, people = zip(*seats, strict=True)
    rows = db.session.scalars(
        select(MemberScore)
        .join(Result, Result.id == MemberScore.result_id)
        .join(Period, Period.id == Result.period_id)
        .where(MemberScore.section_id.in_(sections), MemberScore.staff_id.in_(people))
        .where(MemberScore.score.is_not(None), is_newest())
        .where(Period.ends_on < span.ends_on)
        .order_by(Period.kind == PeriodKind(span.kind), Period.ends_on, Period.starts_on)
    )
    return {(row.section_id, row.staff_id): row for row in rows}

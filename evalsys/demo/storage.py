"""Storing the ballots of the demo city and their tickets, as counting would."""

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any, NamedTuple, Self

from evalsys.core.audit import Unit
from evalsys.demo.ballots import DemoBallot
from evalsys.demo.organisation import DemoKeys
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.rows import add_rows
from evalsys.organisation.periods.queries import base_period_of
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import (
    Channel,
    Comment,
    CommentState,
    Intake,
    RaterGroup,
    Ticket,
    TicketStaff,
)
from evalsys.ratings.ballots.rules import reference
from evalsys.ratings.ballots.sealing import WaitingBallot
from evalsys.ratings.counting.attachments import fold_reasons
from evalsys.ratings.counting.tallies import Ballot, coarsened, store_ratings
from evalsys.ratings.tickets.limits import VALID

RETURNED = 0.71  # Share of tickets that are used.
REVIEWED = 0.8  # Share of comments that HR has read.
PRESSURED = 0.01  # Share of raters who were asked to rate well.
BATCH = 2000  # Ballots per counting; few large batches load faster.


class _Ticked(NamedTuple):
    """The reasons ticked on a ballot."""

    base_period: str
    section_id: int
    staff_id: int
    reasons: int

    @classmethod
    def of(cls, ballot: DemoBallot, keys: DemoKeys) -> Self:
        """Return the reasons of a ballot."""
        place = (keys.sections[ballot.section], keys.people[ballot.number])
        return cls(base_period_of(ballot.served_on), *place, ballot.reasons)


def store_counted(
    unit: Unit, ballots: Sequence[DemoBallot], keys: DemoKeys, random: Random, *, on: date
) -> None:
    """Insert counted ballots with their tallies and comments."""
    rows = [
        Ballot(
            random.randbytes(16),
            base_period_of(ballot.served_on),
            keys.sections[ballot.section],
            keys.people[ballot.number],
            RaterGroup(ballot.group),
            ballot.service_type,
            Channel(ballot.channel),
            *ballot.levels,
        )
        for ballot in ballots
    ]
    random.shuffle(rows)
    # Section by section: what a member did often is enough in one counting to keep its type.
    rows.sort(key=lambda row: row.section_id)
    for start in range(0, len(rows), BATCH):
        store_ratings(unit, list(coarsened(rows[start : start + BATCH])), on=on)
    fold_reasons(_Ticked.of(ballot, keys) for ballot in ballots)
    comments = []
    for ballot in ballots:
        if ballot.comment:
            key, is_released = random.randbytes(16).hex(), random.random() < REVIEWED
            comments.append(
                {
                    "id": key,
                    "base_period": base_period_of(ballot.served_on),
                    "section_id": keys.sections[ballot.section],
                    "staff_id": keys.people[ballot.number],
                    "body": ballot.comment,
                    "released_body": ballot.comment if is_released else None,
                    "state": CommentState.RELEASED if is_released else CommentState.PENDING,
                }
            )
    add_rows(Comment, comments)


def store_tickets(
    ballots: Sequence[DemoBallot], keys: DemoKeys, random: Random
) -> list[tuple[bytes, DemoBallot, date]]:
    """Insert the tickets of ballots, then unused ones; return all."""
    calendar, window = working_days(), rules_in_force()[VALID]
    until = {day: calendar.add(day, window) for day in {b.served_on for b in ballots}}
    unused = random.choices(ballots, k=round(len(ballots) * (1 / RETURNED - 1))) if ballots else []
    drawn = [(random.randbytes(32), ballot) for ballot in [*ballots, *unused]]
    add_rows(
        Ticket,
        (
            {
                "ticket_hash": key,
                "rater_group": RaterGroup(ballot.group),
                "service_type": ballot.service_type,
                "channel": Channel(ballot.channel),
                "served_on": ballot.served_on,
                "valid_until": until[ballot.served_on],
            }
            for key, ballot in sorted(drawn, key=lambda pair: pair[0])
        ),
    )
    add_rows(
        TicketStaff,
        (
            {
                "ticket_hash": key,
                "staff_id": keys.people[ballot.number],
                "section_id": keys.sections[ballot.section],
            }
            for key, ballot in sorted(drawn, key=lambda pair: pair[0])
        ),
    )
    return [(key, ballot, until[ballot.served_on]) for key, ballot in drawn]


def store_waiting(
    ballots: Sequence[DemoBallot], keys: DemoKeys, random: Random
) -> list[tuple[bytes, DemoBallot, date]]:
    """Insert ballots whose window is open; return as `store_tickets`."""
    rows: list[dict[str, object]] = []
    tickets = store_tickets(ballots, keys, random)
    for _, ballot, until in tickets[: len(ballots)]:
        ballot_id = random.randbytes(16)
        levels: dict[str, Any] = dict(zip(DIMENSIONS, ballot.levels, strict=True))
        waiting = WaitingBallot(
            ballot_id=ballot_id,
            tag=random.randbytes(16),
            reference=reference(ballot_id),
            staff_id=keys.people[ballot.number],
            rater_group=RaterGroup(ballot.group),
            service_type=ballot.service_type,
            channel=Channel(ballot.channel),
            **levels,
            reasons=ballot.reasons,
            comment=ballot.comment,
            contact=None,
            section_id=keys.sections[ballot.section],
            base_period=base_period_of(ballot.served_on),
            pressured=random.random() < PRESSURED,
        )
        rows.append(waiting.row(until))
    add_rows(Intake, rows)
    return tickets

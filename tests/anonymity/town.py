"""A week of a hall: tickets, ballots and countings through the application, the truth noted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.org.models import Staff
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import Channel, Rating
from evalsys.ratings.ballots.queries import HeldTicket, get_ticket
from evalsys.ratings.ballots.rules import Hand, RatingDraft
from evalsys.ratings.ballots.service import submit_rating
from evalsys.ratings.counting.service import count_due
from evalsys.ratings.services.service import NumberEntry, enter_services
from evalsys.ratings.tickets.limits import VALID
from evalsys.ratings.tickets.rules.codes import read_code
from evalsys.ratings.tickets.service import issue_tickets
from tests.anonymity.loot import (
    Tables,
    log_segment,
    steal_backup,
    steal_bytes,
    steal_pages,
    steal_tables,
)
from tests.anonymity.thief import Loot
from tests.databases import KIND
from tests.factories import make_event, make_section, make_staff, make_user

START, DAYS = date(2026, 9, 7), 5  # Monday; a week of services
PER_DAY = 12  # services of each person on a day
USED = 0.8
HANDS = 3  # who issue on a day
SOME, AGAIN = 6, (3, 4)  # one of so many rates again, after these levels
TYPES = ("身份证", "营业执照", "户口迁移", "社保登记", None)
CHANNELS = (Channel.SLIP, Channel.COUNTER, Channel.SMS, Channel.SCREEN)


@dataclass
class Town:
    """What really happened: ballot id -> hash of its ticket, phone -> ballot id.

    `issuers` is ticket hash -> who issued it: the thief is told, whatever the tables say. `counted`
    is ballot id -> day of its counting: what the tables must not say.
    """

    folder: Path
    random: Random
    truth: dict[bytes, bytes] = field(default_factory=dict)
    phones: dict[str, bytes] = field(default_factory=dict)
    issuers: dict[bytes, int] = field(default_factory=dict)
    since: str = field(default_factory=log_segment)
    after_submit: Callable[[bytes], None] | None = None  # What a variant does beside the submit.
    counted: dict[bytes, date] = field(default_factory=dict)
    copies: list[Tables] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)

    def live(self) -> None:
        """Serve and rate for a week; count each night until everything is counted."""
        people = [make_staff(section) for section in (make_section(), make_section()) for _ in "ab"]
        held: list[tuple[date, HeldTicket]] = []
        until = START
        calendar, window = working_days(), rules_in_force()[VALID]
        for nth in range(DAYS):
            on = START + timedelta(days=nth)
            held += [(on, ticket) for ticket in self.serve(people, on)]
            until = calendar.add(on, window)
        on = START
        while on <= until + timedelta(days=1):
            self.rate([ticket for day, ticket in held if day == on], on)
            self.copies.append(steal_backup(self.folder, len(self.copies)))
            if KIND == "sqlite":  # PostgreSQL keeps its log to the end.
                self.files.append(steal_bytes())
            count_due(SYSTEM, on=on)
            for ballot_id in db.session.scalars(select(Rating.ballot_id)):
                self.counted.setdefault(ballot_id, on)
            on += timedelta(days=1)

    def serve(self, people: list[Staff], on: date) -> list[HeldTicket]:
        """Issue the tickets of a day, one by one, as the services end."""
        events = [
            make_event(
                on,
                person.number,
                service_type=self.random.choice(TYPES),
                channel=self.random.choice(CHANNELS),
            )
            for person in people
            for _ in range(PER_DAY)
        ]
        self.random.shuffle(events)
        hands = [make_user(Role.HR, name=f"{on}-{nth}").actor for nth in range(HANDS)]
        found = []
        for event in events:
            hand = self.random.choice(hands)
            with unit_of_work(hand) as unit:
                [issued] = issue_tickets(unit, [event], on=on)
            ticket = get_ticket(read_code(issued.code))
            self.issuers[ticket.hash] = hand.user_id or 0
            found.append(ticket)
        self.count(people, on)
        return found

    def count(self, people: list[Staff], on: date) -> None:
        """Supervision enters what the business system counts: more than got a ticket."""
        numbers = [
            NumberEntry(on, person.number, PER_DAY + self.random.randrange(1, 9), row)
            for row, person in enumerate(people)
        ]
        with unit_of_work(make_user(Role.SUPERVISOR).actor) as unit:
            enter_services(unit, numbers, on=on)

    def rate(self, tickets: list[HeldTicket], on: date) -> None:
        """Most raters rate, about in the order in which they were served."""
        for ticket in tickets:
            if self.random.random() > USED:
                continue
            [person] = ticket.served
            hand = Hand(self.random.randbytes(16))
            for level in AGAIN if person.ballot_id[0] % SOME == 0 else ():
                first = RatingDraft(dict.fromkeys(DIMENSIONS, level))
                submit_rating(ticket, person, first, hand, on=on)
            submit_rating(ticket, person, self.draft(person.ballot_id), hand, on=on)
            self.truth[person.ballot_id] = ticket.hash
            if self.after_submit:
                self.after_submit(person.ballot_id)

    def draft(self, ballot_id: bytes) -> RatingDraft:
        """Levels, and after a low one reasons and mostly a number."""
        levels: dict[str, Any] = {name: self.random.choice((5, 5, 4, 4, 3)) for name in DIMENSIONS}
        if self.random.random() > 0.3:
            return RatingDraft(levels)
        levels["attitude"] = self.random.choice((1, 2))
        phone = f"138{self.random.randrange(10**8):08}"
        self.phones[phone] = ballot_id
        return RatingDraft(levels, reasons=self.random.randrange(1, 64), contact=phone)

    def loot(self) -> Loot:
        """What a thief carries off at the end."""
        files = [*self.files, steal_bytes(self.since)]
        return Loot(steal_tables(), self.copies, files, steal_pages())

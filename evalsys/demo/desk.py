"""Recent work of the demo's hall office: tickets, services handled, calls to raters.

Tickets are tallied as issuing does, numbers of services entered by the office. One clerk has more
tickets than services on three days, all from one issuer, for the comparison to find.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random

from evalsys.core.audit import unit_of_work
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.demo.ballots import DemoBallot
from evalsys.demo.city import City
from evalsys.demo.organisation import DemoKeys
from evalsys.foundation.calendars.queries import working_days
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.personnel.feedback.calls.service import list_calls, record_call
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.ratings.ballots.queries import get_ticket
from evalsys.ratings.ballots.rules import Hand, RatingDraft
from evalsys.ratings.ballots.service import submit_rating
from evalsys.ratings.contacts.lifting import lift_contacts
from evalsys.ratings.counting.tallies import add_issuing
from evalsys.ratings.services.service import NumberEntry, enter_services
from evalsys.ratings.tickets.ceilings.service import counts_of, issuer_of, own_sections
from evalsys.ratings.tickets.checks import ServiceEvent
from evalsys.ratings.tickets.rules.codes import read_code
from evalsys.ratings.tickets.service import issue_tickets

BUSY_SECTION = "SP03"  # 不动产登记科: one of its clerks has more tickets than services
BUSY = ((22, 9), (18, 8), (25, 11))  # (tickets, services) of the last three working days
BY_HALL = 0.85  # Share of tickets issued by the hall; the office issues the others.
ENTERED = timedelta(days=21)  # How far back services are entered.
NOT_ENTERED = 0.08  # Share of people and days without an entry.
MOST_UNRATED = 4  # Most services a day without a ticket; at least one.
CALLS = 2  # Low ballots with a callback number on each of the last working days.
CALL_DAYS = 4
PHONE = "1390000{:04}"
KIND, REASON = "证照补领", 1  # service type, number of the reason ticked
CALL_RESULT = "已致歉并说明办理进度，对方表示理解。"
ONE_DAY = timedelta(days=1)


def count_issuing(ballots: Sequence[DemoBallot], keys: DemoKeys, random: Random) -> None:
    """Tally the issuers of the tickets behind some ballots.

    The hall issues none for its own section and invites nobody.
    """
    if not ballots:
        return
    days = [ballot.served_on for ballot in ballots]
    own = {actor: own_sections(actor, min(days), max(days)) for actor in (keys.hall, keys.second)}
    asked: dict[Actor, list[tuple[date, int, int, bool]]] = {actor: [] for actor in own}
    not_hall = {posting.section_id for posting in own[keys.hall]}
    for ballot in ballots:
        section_id, is_invited = keys.sections[ballot.section], ballot.group != RaterGroup.RECIPIENT
        by_hall = not is_invited and section_id not in not_hall and random.random() < BY_HALL
        who = (ballot.served_on, keys.people[ballot.number], section_id, is_invited)
        asked[keys.hall if by_hall else keys.second].append(who)
    for actor, tickets in asked.items():
        add_issuing(counts_of(issuer_of(actor), own[actor], tickets))


def work_at_the_desk(
    city: City, keys: DemoKeys, ballots: Sequence[DemoBallot], random: Random, *, now: datetime
) -> None:
    """Issue tickets to the busy clerk, take low ratings, call raters, enter services.

    `ballots` are those behind the tickets of the open quarter.
    """
    days = _working_days_before(local_day(now), max(len(BUSY), CALL_DAYS))
    clerk, *others = _members(city)
    busy = dict(zip(days[-len(BUSY) :], BUSY, strict=True))
    for day, (tickets, _services) in busy.items():
        _issue(keys.hall, [clerk] * tickets, day, "BDC")
    for day in days[-CALL_DAYS:]:
        _rate_low(keys.hall, random.choices(others, k=CALLS), day, random)
        lift_contacts(day + ONE_DAY)
    first, second, *_others = list_calls(keys.hr)
    record_call(keys.hr, first.key, is_reached=True, said=CALL_RESULT, now=now)
    record_call(keys.hr, second.key, is_reached=False, said="", now=now)
    known = {(day, clerk): services for day, (_tickets, services) in busy.items()}
    _enter(city, keys.hr, ballots, known, random, on=local_day(now))


def _working_days_before(on: date, count: int) -> list[date]:
    """Return the last working days before a day, the earliest first."""
    calendar, days, day = working_days(), list[date](), on
    while len(days) < count:
        day -= ONE_DAY
        if calendar.is_working(day):
            days.append(day)
    return days[::-1]


def _members(city: City) -> list[str]:
    chief = city.chiefs[BUSY_SECTION]
    return [
        person.number
        for person in city.people.values()
        if [code for code, _first, last in person.spells if last is None] == [BUSY_SECTION]
        and person.number != chief
    ]


def _issue(actor: Actor, numbers: Sequence[str], day: date, letters: str) -> list[str]:
    """Issue a ticket for each service of a day; return the codes."""
    events = [
        ServiceEvent(day, (number,), KIND, event_no=f"{letters}{day:%m%d}-{n:03}")
        for n, number in enumerate(numbers, 1)
    ]
    with unit_of_work(actor) as unit:
        return [ticket.code for ticket in issue_tickets(unit, events, on=day)]


def _rate_low(actor: Actor, numbers: Sequence[str], day: date, random: Random) -> None:
    """Submit a low ballot with a callback number for each service of a day."""
    for code in _issue(actor, numbers, day, "TS"):
        levels = dict(zip(DIMENSIONS, (random.choice((1, 2)), 3, 2, None), strict=True))
        phone = PHONE.format(random.randrange(10_000))
        draft = RatingDraft(levels, REASON, None, phone)
        ticket = get_ticket(read_code(code))
        submit_rating(ticket, ticket.served[0], draft, Hand(random.randbytes(16)), on=day)


def _enter(  # noqa: PLR0913  # All of it says what is entered.
    city: City,
    actor: Actor,
    ballots: Sequence[DemoBallot],
    known: Mapping[tuple[date, str], int],
    random: Random,
    *,
    on: date,
) -> None:
    """Enter the recent numbers of services: those with a ticket, and some more."""
    tickets = Counter(
        (ballot.served_on, ballot.number)
        for ballot in ballots
        if on - ENTERED <= ballot.served_on < on and ballot.group == RaterGroup.RECIPIENT
    )
    drawn = {
        key: count + random.randint(1, MOST_UNRATED)
        for key, count in sorted(tickets.items())
        if random.random() >= NOT_ENTERED and city.people[key[1]].name != actor.name
    }
    entries = [
        NumberEntry(day, number, services, row)
        for row, ((day, number), services) in enumerate(sorted({**drawn, **known}.items()), 1)
    ]
    with unit_of_work(actor) as unit:
        enter_services(unit, entries, on=on)

"""Validation of service events: all problems at once, by row and field."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from evalsys.core.errors import N_, DomainError
from evalsys.core.permissions import Action, Actor
from evalsys.core.sealing import signing_key
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.foundation.uploads.rows import CellProblem
from evalsys.organisation.org.rules import covers
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.periods.queries import list_periods
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.ratings.ballots.models import Channel, RaterGroup
from evalsys.ratings.tickets.ceilings.service import BEYOND, Ceilings
from evalsys.ratings.tickets.limits import VALID
from evalsys.ratings.tickets.queries import (
    Spell,
    invited_among,
    issuable_by,
    meant_by,
    namesakes,
    spells_between,
    used_among,
)
from evalsys.ratings.tickets.rules.events import (
    ADDRESSEE_LENGTH,
    NO_NUMBER,
    addressee_key,
    event_hashes,
    known_hashes,
    read_event_no,
)

MOST_SERVED = 10  # people on one ticket
UNKNOWN_NUMBER = N_("There is no staff member with this number")
ZEROS_LOST = N_("There is no staff member with this number. Did you mean %(number)s?")
SERVICE_TYPE_LENGTH = 80  # characters


def unknown_number(row: int, number: str, meant: Mapping[str, str]) -> CellProblem:
    """Return the problem of a staff number that nobody has, with the one that may be meant."""
    params = {"number": meant[number]} if number in meant else {}
    message = ZEROS_LOST if params else UNKNOWN_NUMBER
    return CellProblem(row, "staff", number[:40], message, params)


class EventsRefused(DomainError):
    """Some events are invalid; no ticket was issued."""

    message = N_("%(problems)s places in the list need attention. No ticket was issued.")
    status = 422

    def __init__(self, problems: Sequence[CellProblem]) -> None:
        super().__init__(problems=len(problems))
        self.problems = problems


@dataclass(frozen=True)
class ServiceEvent:
    """A service that may be rated: its day, staff numbers and type.

    `event_no` is the 办件编号 or the queue number. An invitation (`rater_group` other than
    recipients) has an `addressee` instead. `row` is its row in the list, as Excel numbers it.
    """

    served_on: date
    numbers: tuple[str, ...]
    service_type: str | None = None
    channel: Channel = Channel.SLIP
    rater_group: RaterGroup = RaterGroup.RECIPIENT
    row: int = 1
    event_no: str | None = None
    addressee: str | None = None

    @property
    def is_invitation(self) -> bool:
        """Whether a rater is invited by name rather than for a service."""
        return self.rater_group is not RaterGroup.RECIPIENT


class Window:
    """The rating window of a service's day, as of one day."""

    def __init__(self, on: date) -> None:
        self.on = on
        self.working_days: WorkingDays = working_days()
        self.length = rules_in_force()[VALID]
        self.sealed = list_periods(PeriodState.CLOSED, PeriodState.PUBLISHED)

    def until(self, served_on: date) -> date:
        """Return the last day on which a service may be rated."""
        return self.working_days.add(served_on, self.length)

    def objection(self, served_on: date) -> str | None:
        """Return why no ticket can be issued for a day, or None."""
        if served_on > self.on:
            return N_("This day is in the future")
        if any(period.starts_on <= served_on <= period.ends_on for period in self.sealed):
            return N_("The period of this day is closed")
        if self.until(served_on) < self.on:
            return N_("The time to rate a service of this day is over")
        return None


class Check:
    """Validates events, with everything it needs loaded once."""

    def __init__(self, actor: Actor, events: Sequence[ServiceEvent], on: date) -> None:
        self.actor, self.events, self.window = actor, events, Window(on)
        self.namesakes = namesakes(actor)
        days = [event.served_on for event in events] or [on]
        numbers = {number for event in events for number in event.numbers}
        self.spells = spells_between(actor, numbers, min(days), max(days)) if events else {}
        unknown = numbers - self.spells.keys()
        self.meant = (
            meant_by(issuable_by(actor, min(days), max(days)), unknown, min(days), max(days))
            if unknown
            else {}
        )
        self.used = used_among(key for event in events for key in self._hashes(event))
        invited = [event for event in events if event.is_invitation]
        people = {s.staff_id for e in invited for s in self.served(e).values()}
        self.invited = invited_among(people, on) if invited else frozenset()

    def served(self, event: ServiceEvent) -> dict[str, Spell]:
        """Return staff number -> the person's section on the day of service."""
        served: dict[str, Spell] = {}
        for number in event.numbers:
            for spell in self.spells.get(number, ()):
                if covers(spell, event.served_on):
                    served[number] = spell
        return served

    def claims(self, event: ServiceEvent) -> set[bytes]:
        """Return the hashes to store for the event, for each organ that served in it."""
        return {key for about in self._organs(event) for key in event_hashes(*about)}

    def _hashes(self, event: ServiceEvent) -> set[bytes]:
        """Return all hashes under which the event may have been used."""
        return {key for about in self._organs(event) for key in known_hashes(*about)}

    def _organs(self, event: ServiceEvent) -> list[tuple[bytes, int, str, date]]:
        number = read_event_no(event.event_no or "")
        if event.is_invitation or number is None:
            return []
        organs = {spell.organ_id for spell in self.served(event).values()}
        return [(signing_key(), organ, number, event.served_on) for organ in organs]

    def problems(self) -> list[CellProblem]:
        """Return all problems that keep the actor from issuing the tickets."""
        problems = [problem for event in self.events for problem in self._problems(event)]
        return problems + list(self._repeated()) + list(self._beyond())

    def _beyond(self) -> Iterator[CellProblem]:
        """Yield the first ticket above the ceiling, once for each person and day."""
        places = [
            (event, number, (event.served_on, spell.staff_id))
            for event in self.events
            for number, spell in self.served(event).items()
        ]
        total = Counter(key for _, _, key in places)
        ceilings = Ceilings(self.actor, total)
        asked: Counter[tuple[date, int]] = Counter()
        for event, number, key in places:
            asked[key] += 1
            if asked[key] == ceilings.left(key) + 1:
                issued, day = ceilings.issued[key], event.served_on.isoformat()
                params: dict[str, Any] = {"most": ceilings.most(key), "issued": issued}
                params |= {"day": day, "total": issued + total[key]}
                yield CellProblem(event.row, "staff", number, BEYOND, params)

    def _problems(self, event: ServiceEvent) -> Iterator[CellProblem]:
        row, day = event.row, event.served_on
        objection = self.window.objection(day)
        if objection:
            yield CellProblem(row, "served_on", day.isoformat(), objection)
        yield from self._problems_of_people(event)
        if len(event.service_type or "") > SERVICE_TYPE_LENGTH:
            text = N_("Longer than 80 characters")
            yield CellProblem(row, "service_type", (event.service_type or "")[:20], text)
        yield from self._invitation(event) if event.is_invitation else self._number(event)

    def _problems_of_people(self, event: ServiceEvent) -> Iterator[CellProblem]:
        row, served = event.row, self.served(event)
        if not event.numbers:
            yield CellProblem(row, "staff", "", N_("Nobody is named who served"))
        if len(set(event.numbers)) > MOST_SERVED:
            yield CellProblem(row, "staff", str(len(event.numbers)), N_("Too many people"))
        for number in dict.fromkeys(event.numbers):
            if number not in self.spells:
                yield unknown_number(row, number, self.meant)
            elif number in self.namesakes:
                text = N_(
                    "Has the name of your account, which is tied to no person: nobody can tell "
                    "whether it is you. Ask the security administrator to tie it"
                )
                yield CellProblem(row, "staff", number, text)
            elif number not in served:
                text = N_("Was in no section that day for which you may issue tickets")
                yield CellProblem(row, "staff", number, text)
            elif served[number].staff_id == self.actor.staff_id:
                text = N_("Nobody issues a ticket for themselves")
                yield CellProblem(row, "staff", number, text)

    def _number(self, event: ServiceEvent) -> Iterator[CellProblem]:
        shown = (event.event_no or "")[:40]
        if event.addressee:
            text = N_("Only who is invited has a name; a service has a number")
            yield CellProblem(event.row, "addressee", event.addressee[:20], text)
        if not shown:
            text = N_("Every ticket needs the number of the service or of the queue")
            yield CellProblem(event.row, "event_no", "", text)
        elif read_event_no(shown) is None:
            yield CellProblem(event.row, "event_no", shown, NO_NUMBER)
        elif self._hashes(event) & self.used:
            text = N_("A ticket was issued for this service already")
            yield CellProblem(event.row, "event_no", shown, text)

    def _invitation(self, event: ServiceEvent) -> Iterator[CellProblem]:
        row, name = event.row, event.addressee or ""
        if not self.actor.may(Action.TICKET_INVITE):
            text = N_("Only the personnel office invites this group")
            yield CellProblem(row, "group", "", text)
        if event.event_no:
            text = N_("Who is invited has a name, not the number of a service")
            yield CellProblem(row, "event_no", event.event_no[:40], text)
        if not addressee_key(name):
            text = N_("Name who is invited: a unit, a section or a person")
            yield CellProblem(row, "addressee", "", text)
        elif len(name) > ADDRESSEE_LENGTH:
            text = N_("Longer than 80 characters")
            yield CellProblem(row, "addressee", name[:20], text)
        for number, spell in self.served(event).items():
            if addressee_key(name) in {addressee_key(spell.name), addressee_key(number)}:
                text = N_("Nobody is invited to rate themselves")
                yield CellProblem(row, "addressee", name[:40], text)
            elif (spell.staff_id, event.rater_group, addressee_key(name)) in self.invited:
                text = N_("Was invited to rate %(number)s in this period already")
                yield CellProblem(row, "addressee", name[:40], text, {"number": number})

    def _repeated(self) -> Iterator[CellProblem]:
        """Yield repeated events, from the second occurrence on."""
        seen: Counter[object] = Counter()
        for event in self.events:
            keys: Iterable[object] = self.claims(event)
            hashes: Iterable[object] = self._hashes(event)
            if event.is_invitation:
                who = addressee_key(event.addressee or "")
                ids = (spell.staff_id for spell in self.served(event).values())
                keys = hashes = {(key, event.rater_group, who) for key in ids}
            if any(seen[key] for key in hashes):
                field = "addressee" if event.is_invitation else "event_no"
                value = (getattr(event, field) or "")[:40]
                yield CellProblem(event.row, field, value, N_("Stands in the list twice"))
            seen.update(keys)

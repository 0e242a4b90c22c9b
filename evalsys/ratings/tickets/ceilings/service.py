"""The ceiling of tickets per issuer, person and day, and lifting it.

Persons are compared, not accounts: accounts of possibly the same person share one ceiling. The
count is read in the transaction that adds to it, under `tickets.service.ISSUING_LOCK`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from evalsys.core.audit import Unit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.second_person import check_second_person, own_accounts
from evalsys.foundation.rows import batched
from evalsys.organisation.org.models import Posting, Section
from evalsys.organisation.org.queries import overlaps, own_staff, select_own_staff, visible_to
from evalsys.organisation.org.rules import covers
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.ratings.tickets.ceilings.limits import CEILING
from evalsys.ratings.tickets.models import COMMAND_LINE, CeilingLift, IssuingTally
from evalsys.ratings.tickets.queries import spells_between

BEYOND = N_(
    "At most %(most)s tickets of one issuer for one person's services of a day: you have issued "
    "%(issued)s for %(day)s, and this would make %(total)s. Ask the personnel office: it can lift "
    "this ceiling for the day, with a reason, under Tickets, “Lift a ceiling”."
)
MOST_LIFTED = 5000  # tickets
ISSUERS = (Role.COUNTER, Role.HR)

Key = tuple[date, int]  # day of service, staff id


class NotLifted(DomainError):
    """The actor may not lift this person's ceiling, or the new one is not higher."""

    status = 422


def issuer_of(actor: Actor) -> int:
    """Return the key under which an actor's tickets are counted."""
    return COMMAND_LINE if actor.user_id is None else actor.user_id


def _hands(actor: Actor) -> Select[int] | list[int]:
    """Return the issuers who may be the actor's person."""
    if actor.user_id is None:
        return [COMMAND_LINE]
    return own_accounts(actor)


class Ceilings:
    """The tickets an actor may still issue, for some people and days."""

    def __init__(self, actor: Actor, keys: Iterable[Key]) -> None:
        wanted = sorted(set(keys))
        self.usual = rules_in_force()[CEILING]
        self.issued: Counter[Key] = Counter()
        self.lifted: dict[Key, int] = {}
        people = sorted({staff_id for _, staff_id in wanted})
        for part in batched(people):
            self._read(actor, (wanted[0][0], wanted[-1][0]), part)

    def _read(self, actor: Actor, span: tuple[date, date], people: Sequence[int]) -> None:
        tally, lift, hands = IssuingTally, CeilingLift, _hands(actor)
        number = func.sum(tally.tickets + tally.invitations)
        counts = (
            select(tally.served_on, tally.staff_id, number)
            .where(tally.served_on.between(*span), tally.staff_id.in_(people))
            .where(tally.issuer_id.in_(hands))
            .group_by(tally.served_on, tally.staff_id)
        )
        for day, staff_id, issued in db.session.execute(counts):
            self.issued[day, staff_id] = int(issued)
        lifts = (
            select(lift.served_on, lift.staff_id, func.max(lift.most))
            .where(lift.served_on.between(*span), lift.staff_id.in_(people))
            .where(lift.issuer_id.in_(hands))
            .group_by(lift.served_on, lift.staff_id)
        )
        for day, staff_id, most in db.session.execute(lifts):
            self.lifted[day, staff_id] = most

    def most(self, key: Key) -> int:
        """Return the ceiling of a person and day."""
        return max(self.usual, self.lifted.get(key, 0))

    def left(self, key: Key) -> int:
        """Return how many tickets may still be issued."""
        return max(self.most(key) - self.issued[key], 0)


def own_sections(actor: Actor, start: date, end: date) -> list[Posting]:
    """Return the postings of all who may be the actor's person between two days."""
    mine = select(Posting).where(Posting.staff_id.in_(select_own_staff(actor)))
    return list(db.session.scalars(mine.where(overlaps(Posting, start, end))))


@dataclass(frozen=True)
class Lift:
    """A request for up to `most` tickets of an issuer for a person and day."""

    number: str
    issuer_id: int
    served_on: date
    most: int
    reason: str


def lift_ceiling(unit: Unit, lift: Lift, *, now: datetime) -> CeilingLift:
    """Lift the ceiling of one person, issuer and day, with a reason.

    Raises NotLifted, or DomainError if the issuer is the actor: nobody lifts their own.
    """
    day = lift.served_on
    spells = spells_between(unit.actor, [lift.number], day, day).get(lift.number)
    issuers = dict(list_issuers(unit.actor))
    own = own_staff(unit.actor)
    if not spells or spells[0].staff_id in own or lift.issuer_id not in issuers:
        raise NotLifted(
            N_(
                "%(number)s: you cannot lift the ceiling for this person on this day. It is for "
                "people of your organ who belonged to a section on that day; nobody lifts it for "
                "themselves, for their own section or for one that they lead."
            ),
            number=lift.number,
        )
    check_second_person(unit.actor, lift.issuer_id or None)
    staff_id = spells[0].staff_id
    key = {"served_on": day, "staff_id": staff_id, "issuer_id": lift.issuer_id}
    row = db.session.get(CeilingLift, key, with_for_update=True)
    holds = max(rules_in_force()[CEILING], row.most if row else 0)
    if lift.most <= holds:
        raise NotLifted(N_("The ceiling is %(most)s already: give a higher number."), most=holds)
    row = row or CeilingLift(**key)
    row.most, row.reason = lift.most, lift.reason
    row.lifted_by, row.lifted_at = unit.actor.user_id, now
    db.session.add(row)
    about = {"day": day.isoformat(), "issuer": issuers[lift.issuer_id]}
    unit.record(
        Action.TICKET_LIFT, lift.number, **about, before=holds, most=lift.most, reason=lift.reason
    )
    return row


def list_issuers(actor: Actor) -> list[tuple[int, str]]:
    """Return (key, name of the account) of the issuers in the actor's organ.

    Actors who see every organ get the command line too, last and with an empty name.
    """
    issued = select(IssuingTally.issuer_id).distinct()
    query = select(User.id, User.name, User.display_name).where(
        or_(User.role.in_(ISSUERS), User.id.in_(issued)), User.disabled_at.is_(None)
    )
    if actor.organ_id is not None:
        query = query.where(or_(User.organ_id == actor.organ_id, User.organ_id.is_(None)))
    rows = db.session.execute(query.order_by(User.role, User.name))
    named = [(row.id, f"{row.display_name} ({row.name})") for row in rows]
    return named if actor.organ_id is not None else [*named, (COMMAND_LINE, "")]


def counts_of(
    issuer_id: int, own: Sequence[Posting], asked: Iterable[tuple[date, int, int, bool]]
) -> Mapping[tuple[date, int, int, int], Counter[str]]:
    """Return what tickets, given as (day, staff, section, is invitation), add to the tally."""
    tally: dict[tuple[date, int, int, int], Counter[str]] = {}
    for day, staff_id, section_id, is_invited in asked:
        counts = tally.setdefault((day, staff_id, section_id, issuer_id), Counter())
        counts["invitations" if is_invited else "tickets"] += 1
        counts["for_colleagues"] += not is_invited and any(
            posting.section_id == section_id and covers(posting, day) for posting in own
        )
    return {
        key: Counter({name: counts[name] for name in ("tickets", "invitations", "for_colleagues")})
        for key, counts in tally.items()
    }


def select_lifts(actor: Actor, on: date) -> Select[CeilingLift]:
    """Return the query of lifted ceilings of sections in scope, the latest day first."""
    lift = CeilingLift
    section_ids = select(Section.id).where(visible_to(actor, on, on))
    belongs = select(Posting.id).where(
        Posting.staff_id == lift.staff_id,
        overlaps(Posting, lift.served_on, lift.served_on),
        Posting.section_id.in_(section_ids),
    )
    return (
        select(lift)
        .where(belongs.exists())
        .options(joinedload(lift.staff), joinedload(lift.issuer), joinedload(lift.lifter))
        .order_by(lift.served_on.desc(), lift.lifted_at.desc(), lift.staff_id)
    )

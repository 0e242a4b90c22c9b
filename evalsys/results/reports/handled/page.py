"""Tickets against services handled, per person, issuer and day: for HR and supervision (ADR 36).

Only tickets of service recipients are compared: invitations have no service. Days without a number
of services enter no ratio; their number is shown.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from evalsys.core.extensions import db
from evalsys.core.pages import SelectPages
from evalsys.core.permissions import Actor
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.second_person import Hand, hands_of
from evalsys.organisation.org.models import Section, Staff
from evalsys.ratings.tickets.models import IssuingTally
from evalsys.results.reports.handled.days import SUMS, HandledFilter, days_of, select_rows, within

PAGE = 50

Key = tuple[date, int]  # day of service, staff id


class Issuer(NamedTuple):
    """The issuer of tickets for a person and day; "" is the command line."""

    name: str
    tickets: int
    is_own: bool
    colleagues: int


@dataclass(frozen=True)
class HandledRow:
    """A person and day; `services` is None if no number was entered."""

    served_on: date
    staff: Staff
    section: Section
    tickets: int
    own: int
    colleagues: int
    services: int | None
    entered_by: str | None
    entered_on: date | None
    issuers: Sequence[Issuer] = ()
    one_hand: int = 0
    is_own_number: bool = False

    @property
    def ratio(self) -> float | None:
        """Tickets per service, 0-1 and above; None without services."""
        return share(self.tickets, self.services)

    @property
    def is_more(self) -> bool:
        """Whether there are more tickets than services."""
        return self.services is not None and self.tickets > self.services


@dataclass(frozen=True)
class HandledTotals:
    """The totals of the filtered days. `known`: the tickets of days with a number of services."""

    rows: int = 0
    unknown: int = 0
    more: int = 0
    tickets: int = 0
    own: int = 0
    colleagues: int = 0
    services: int = 0
    known: int = 0
    one_hand: int = 0
    one_hand_names: Sequence[str] = ()

    @property
    def ratio(self) -> float | None:
        """Tickets per service, over the days with both numbers."""
        return share(self.known, self.services)


def share(part: int, whole: int | None) -> float | None:
    """Return part / whole; None if whole is 0 or None."""
    return part / whole if whole else None


class HandledPagination(SelectPages):
    """Pagination of multi-column rows; the total comes with the rows of a page."""

    def _query_items(self) -> list[Any]:
        query = self._query_args["select"].add_columns(func.count().over().label("of"))
        query = query.limit(self.per_page).offset(self._query_offset)
        rows = self._query_args["session"].execute(query).all()
        self._of = rows[0].of if rows else None
        return read_rows(rows, self._query_args["actor"], self._query_args["wanted"])

    def _query_count(self) -> int:
        return self._of if self._of is not None else int(super()._query_count())


def paginate(actor: Actor, wanted: HandledFilter) -> HandledPagination:
    """Return a page of the rows that the actor may see, as the query string asks."""
    query = select_rows(actor, wanted)
    asked: dict[str, Any] = {"actor": actor, "wanted": wanted, "session": db.session()}
    return HandledPagination(per_page=PAGE, select=query, **asked)


def list_rows(actor: Actor, wanted: HandledFilter) -> list[HandledRow]:
    """Return all rows, for a workbook."""
    rows = db.session.execute(select_rows(actor, wanted)).all()
    return read_rows(rows, actor, wanted)


def read_rows(rows: Sequence[Any], actor: Actor, wanted: HandledFilter) -> list[HandledRow]:
    """Return rows with people, sections and issuers, in a constant number of queries."""
    staff = _by_id(Staff, {row.staff_id for row in rows})
    here = sorted({row.section_id for row in rows})
    placed = select(Section).where(Section.id.in_(here)).options(joinedload(Section.organ))
    sections = {section.id: section for section in db.session.scalars(placed)}
    issued = _issued({(row.served_on, row.staff_id) for row in rows}, actor, wanted)
    ids = {row.issuer_id for group in issued.values() for row in group}
    ids |= {row.entered_by for row in rows if row.entered_by is not None}
    users, hands = _by_id(User, ids), hands_of(ids)
    return [
        _row(row, staff[row.staff_id], sections[row.section_id], _Issuing(issued, users, hands))
        for row in rows
    ]


@dataclass(frozen=True)
class _Issuing:
    """The issued tickets by key, the issuers' accounts and the persons behind these."""

    issued: Mapping[Key, list[Any]]
    users: Mapping[int, User]
    hands: Mapping[int, frozenset[Hand]]


def _row(row: Any, staff: Staff, section: Section, about: _Issuing) -> HandledRow:
    here = about.issued.get((row.served_on, row.staff_id), [])
    by_hand = _by_hand(((tally.issuer_id, tally.tickets) for tally in here), about.hands)
    issuing = {hand for tally in here for hand in about.hands[tally.issuer_id]}
    by = row.entered_by if row.services is not None else None
    return HandledRow(
        row.served_on,
        staff,
        section,
        *(row.tickets, row.own, row.colleagues, row.services),
        name_of(about.users.get(by)) if by is not None else None,
        row.entered_on,
        [_issuer(tally, about.users.get(tally.issuer_id)) for tally in here],
        max(by_hand.values(), default=0),
        by is not None and bool(about.hands[by] & issuing),
    )


def _issuer(row: Any, user: User | None) -> Issuer:
    is_own = user is not None and user.staff_id == row.staff_id
    return Issuer(name_of(user) or "", row.tickets, is_own, row.near)


def name_of(user: User | None) -> str | None:
    """Return the unambiguous name of an account."""
    return f"{user.display_name} ({user.name})" if user is not None else None


def _by_id(model: type[Any], ids: set[int]) -> dict[int, Any]:
    """Return id -> row."""
    query = select(model).where(model.id.in_(sorted(ids)))
    return {row.id: row for row in db.session.scalars(query)} if ids else {}


def _issued(keys: set[Key], actor: Actor, wanted: HandledFilter) -> defaultdict[Key, list[Any]]:
    """Return the issuers of tickets for some people's days, those with the most first."""
    by_key: defaultdict[Key, list[Any]] = defaultdict(list)
    if not keys:
        return by_key
    tally, days = IssuingTally, [day for day, _ in keys]
    sums = (func.sum(tally.tickets).label("tickets"), func.sum(tally.for_colleagues).label("near"))
    rows = db.session.execute(
        select(tally.served_on, tally.staff_id, tally.issuer_id, *sums)
        .where(tally.tickets > 0, *within(tally, actor, wanted))
        .where(tally.served_on.between(min(days), max(days)))
        .where(tally.staff_id.in_(sorted({staff_id for _, staff_id in keys})))
        .group_by(tally.served_on, tally.staff_id, tally.issuer_id)
        .order_by(func.sum(tally.tickets).desc(), tally.issuer_id)
    )
    for row in rows:
        if (row.served_on, row.staff_id) in keys:
            by_key[row.served_on, row.staff_id].append(row)
    return by_key


def _by_hand(
    issued: Iterable[tuple[int, int]], hands: Mapping[int, Iterable[Hand]]
) -> Counter[Hand]:
    """Return hand -> tickets, adding up the accounts of one person."""
    counts: Counter[Hand] = Counter()
    for issuer_id, tickets in issued:
        for hand in hands[issuer_id]:
            counts[hand] += tickets
    return counts


def read_totals(actor: Actor, wanted: HandledFilter) -> HandledTotals:
    """Return the totals of the filtered days, whatever `show` selects."""
    days = days_of(actor, wanted)
    known = case((days.c.services.is_not(None), days.c.tickets), else_=0)
    more = case((days.c.tickets > days.c.services, 1), else_=0)
    unknown = case((days.c.services.is_(None), 1), else_=0)
    sums = (unknown, more, *(days.c[name] for name in SUMS), days.c.services, known)
    row = db.session.execute(select(func.count(), *map(func.sum, sums)).select_from(days)).one()
    tally = IssuingTally
    issuers = db.session.execute(
        select(User, tally.issuer_id, func.sum(tally.tickets))
        .outerjoin_from(tally, User, User.id == tally.issuer_id)
        .where(tally.tickets > 0, *within(tally, actor, wanted))
        .group_by(User.id, tally.issuer_id)
    ).all()
    hands = hands_of(issuer_id for _user, issuer_id, _tickets in issuers)
    by_hand = _by_hand(((key, int(tickets)) for _user, key, tickets in issuers), hands)
    names = ("rows", "unknown", "more", *SUMS, "services", "known")
    figures: dict[str, Any] = dict(zip(names, (int(n or 0) for n in row), strict=True))
    totals = HandledTotals(**figures)
    if not by_hand:
        return totals
    hand, most = max(by_hand.items(), key=lambda item: (item[1], str(item[0])))
    users = [user for user, key, _tickets in issuers if hand in hands[key]]
    shown = sorted({name_of(user) or "" for user in users}) or [""]
    return replace(totals, one_hand=most, one_hand_names=shown)

"""The organisation of the large city, beside that of the demo, and its accounts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import (
    ChiefTerm,
    Employment,
    LeaderTerm,
    Organ,
    Posting,
    Section,
    SectionKind,
    Staff,
)
from tests.bench.city.bulk import add, highest, table_of

ORGANS, SINCE = 40, date(2021, 3, 1)
FAMILIES, GIVEN = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平",
)
WHAT = ("登记", "审批", "执法", "综合", "受理", "监管", "服务", "协调")
KINDS = tuple(SectionKind)


@dataclass(frozen=True)
class Place:
    """A section: its chief, its members (the chief is the first), and the account of the chief."""

    section: int
    staff: tuple[int, ...]
    chief_account: int

    @property
    def chief(self) -> int:
        """The chief."""
        return self.staff[0]


def add_people(sections: int, members: int, *, now: datetime) -> list[Place]:
    """Add sections of so many members, in organs with a leader and a personnel office (a step)."""
    organ, section = highest(table_of(Organ)), highest(table_of(Section))
    person, user = highest(table_of(Staff)), highest(table_of(User))
    leaders = range(person + 1, person + 1 + ORGANS)
    first = leaders.stop
    places = [
        Place(
            section + 1 + nth,
            tuple(range(first + nth * members, first + (nth + 1) * members)),
            user + 1 + nth,
        )
        for nth in range(sections)
    ]
    organs = [
        {"id": organ + 1 + n, "code": f"L{n:02}", "name": f"第{n + 1}局"} for n in range(ORGANS)
    ]
    add(table_of(Organ), organs)
    add(table_of(Section), (_section(place, n, organ) for n, place in enumerate(places)))
    add(table_of(Staff), _staff([*leaders, *(one for place in places for one in place.staff)]))
    _add_terms(places, leaders)
    add(table_of(User), _accounts(places, leaders, organ, now))
    return places


def _add_terms(places: list[Place], leaders: range) -> None:
    """Post everybody, and let sections have their chiefs and leaders in charge."""
    spans = {"started_on": SINCE}
    add(
        table_of(Posting),
        (
            {"staff_id": one, "section_id": place.section, **spans}
            for place in places
            for one in place.staff
        ),
    )
    add(
        table_of(ChiefTerm),
        ({"staff_id": one.chief, "section_id": one.section, **spans} for one in places),
    )
    add(
        table_of(LeaderTerm),
        (
            {"staff_id": leaders[n % ORGANS], "section_id": place.section, **spans}
            for n, place in enumerate(places)
        ),
    )


def _section(place: Place, nth: int, organ: int) -> dict[str, Any]:
    return {
        "id": place.section,
        "organ_id": organ + 1 + nth % ORGANS,
        "code": f"L{nth:04}",
        "name": f"{WHAT[nth % len(WHAT)]}{nth}科",
        "kind": KINDS[nth // ORGANS % len(KINDS)],
        "is_front_line": nth % 2 == 0,
        "started_on": SINCE,
    }


def _staff(ids: list[int]) -> Iterator[dict[str, Any]]:
    for n in ids:
        name = FAMILIES[n % 20] + GIVEN[n // 20 % 20] + GIVEN[n // 400 % 20]
        work = {"employment": Employment.CIVIL_SERVANT, "faces_recipients": True}
        yield {"id": n, "number": f"9{n:06}", "name": name, "post": "科员", **work}


def _accounts(
    places: list[Place], leaders: range, organ: int, now: datetime
) -> Iterator[dict[str, Any]]:
    """Yield the accounts: chiefs first, then a leader and a personnel officer of each organ."""
    for place in places:
        known = {"role": Role.CHIEF, "staff_id": place.chief, "organ_id": None}
        yield _account(f"9{place.chief:06}", place.chief_account, now, known)
    key = places[-1].chief_account
    for n, leader in enumerate(leaders, start=1):
        known = {"role": Role.LEADER, "staff_id": leader, "organ_id": None}
        yield _account(f"9{leader:06}", key + n, now, known)
    for n in range(1, ORGANS + 1):
        known = {"role": Role.HR, "staff_id": None, "organ_id": organ + n}
        yield _account(f"hr-l{n:02}", key + ORGANS + n, now, known)


def _account(name: str, key: int, now: datetime, known: dict[str, Any]) -> dict[str, Any]:
    return {"id": key, "name": name, "display_name": name, "created_at": now, **known}

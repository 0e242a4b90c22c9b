"""Whoever a decision gives other work stands in the roster of the receiving section."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from evalsys.cases.engine.service import take_step
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.organisation.org.models import Posting, Section
from tests.factories import make_posting, make_section
from tests.personnel.pool.test_service import DECISION, NOW, THERE, TODAY, City

Span = tuple[str, date, date | None, str | None]


@pytest.fixture
def city(app: object) -> City:
    return City()


@pytest.fixture
def there(city: City) -> Section:
    return make_section(city.section.organ, code="THERE")


def postings(city: City) -> list[Span]:
    db.session.rollback()
    query = select(Posting).where(Posting.staff_id == city.member.id).order_by(Posting.started_on)
    rows = db.session.scalars(query)
    return [(row.section.code, row.started_on, row.ended_on, row.end_reason) for row in rows]


def move(city: City, start: date) -> str:
    """Move the member directly; return the number of the case."""
    case = city.talked()
    entry = {**DECISION, **THERE, "section": "THERE", "starts_on": start}
    take_step(city.leader, case.id, "move_directly", entry, now=NOW)
    return case.number


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize("days", [0, 7])
def test_the_posting_before_ends_and_says_by_which_case(city: City, days: int) -> None:
    since, start = postings(city)[0][1], TODAY + timedelta(days=days)
    number = move(city, start)
    assert postings(city) == [
        (city.section.code, since, start - timedelta(days=1), number),
        ("THERE", start, None, None),
    ]
    assert city.member.post == (THERE["post"] if days == 0 else None)
    assert city.member.post_since == (start if days == 0 else None)


def test_a_move_that_the_roster_wrote_first_stays(city: City, there: Section) -> None:
    here = db.session.scalars(select(Posting).where(Posting.staff_id == city.member.id)).one()
    case = city.talked()
    here.ended_on = TODAY - timedelta(days=1)
    make_posting(city.member, there, started_on=TODAY)
    before = postings(city)
    entry = {**DECISION, **THERE, "section": "THERE"}
    take_step(city.leader, case.id, "move_directly", entry, now=NOW)
    assert postings(city) == before


@pytest.mark.usefixtures("there")
def test_a_later_posting_refuses_the_step_and_nothing_is_half_done(city: City) -> None:
    case = city.talked()
    here = db.session.scalars(select(Posting).where(Posting.staff_id == city.member.id)).one()
    here.ended_on = TODAY + timedelta(days=5)
    db.session.commit()
    before = postings(city)
    entry = {**DECISION, **THERE, "section": "THERE"}
    with pytest.raises(DomainError, match="when the earlier entry ended"):
        take_step(city.leader, case.id, "move_directly", entry, now=NOW)
    assert (postings(city), case.state) == (before, "talked")

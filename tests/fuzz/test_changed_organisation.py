"""A frozen result and today's organisation differ: no page and no workbook breaks on it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import ChiefTerm, LeaderTerm, Organ, Posting, Section, Staff
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.policies.models import Policy, PolicyState
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.closing.service import close_period, correct, publish
from evalsys.results.reports.sheets.registry import all_books
from evalsys.roster.check import Reading, check_roster
from evalsys.roster.models import BatchState
from evalsys.roster.service import apply_roster
from evalsys.scores.models import Result
from tests.factories import (
    make_chief,
    make_leader,
    make_organ,
    make_period,
    make_policy,
    make_posting,
    make_ratings,
    make_section,
    make_staff,
    make_user,
)
from tests.remembered import remembered
from tests.results.closing.city import GOOD, make_city
from tests.roster.rosters import roster

SignIn = Callable[[User], FlaskClient]
NOW = datetime(2027, 1, 12, 2, tzinfo=UTC)
IN_JULY, IN_AUGUST = date(2026, 7, 6), date(2026, 8, 17)


def first() -> Section:
    return db.session.scalars(select(Section).order_by(Section.id)).first() or make_section()


def last() -> Section:
    return db.session.scalars(select(Section).order_by(Section.id.desc())).first() or make_section()


def new_sections() -> None:
    """A section that the closed period does not know, and one without anybody."""
    section = make_section(started_on=IN_JULY)
    make_ratings(make_chief(section), section, [GOOD] * 12)
    make_section(started_on=date(2026, 12, 1))


def merged() -> None:
    """Everybody moved to another section in the middle of the period, as a late roster says."""
    moved = [*db.session.scalars(select(Posting).where(Posting.section_id == first().id))]
    for posting in moved:
        posting.ended_on = IN_AUGUST - timedelta(days=1)
    first().ended_on = IN_AUGUST - timedelta(days=1)
    db.session.commit()
    for posting in moved:
        make_posting(posting.staff, last(), started_on=IN_AUGUST)


def other_organ() -> None:
    first().organ = make_organ(name="新局")
    db.session.commit()


def renamed() -> None:
    db.session.execute(update(Section).values(name="综合科", code=Section.code + "x"))
    db.session.execute(update(Staff).values(name="𠮷欣", number=Staff.number + "x"))
    db.session.execute(update(Organ).values(name="同名局"))
    db.session.commit()


def no_chiefs() -> None:
    for model in (ChiefTerm, LeaderTerm):
        db.session.execute(delete(model))
    db.session.commit()


def other_chiefs() -> None:
    """One person leads everything now, and is in charge of it too."""
    db.session.execute(update(ChiefTerm).values(ended_on=IN_AUGUST))
    db.session.commit()
    person = make_staff(first())
    for section in db.session.scalars(select(Section)).all():
        make_chief(section, person, started_on=IN_AUGUST + timedelta(days=1))
        make_leader(section, person)


def nobody() -> None:
    """All postings are gone: a roster of another city was imported and taken back."""
    db.session.execute(delete(Posting))
    db.session.commit()


def imported() -> None:
    """An ordinary roster with a new section and new people."""
    organ, code = first().organ, first().code
    sections = [(organ.code, organ.name, "NEW1", "新设科", "窗口", "990001", "2026-07-06")]
    file = roster([("990001", "新来的人", "NEW1"), ("990002", "张〇", code)], sections)
    batch = check_roster(SYSTEM, file, Reading("名单.xlsx", NOW.date(), complete=False), now=NOW)
    assert apply_roster(SYSTEM, batch.id, now=NOW).state is BatchState.APPLIED


def corrected() -> None:
    new_sections()
    merged()
    correct(SYSTEM, "2026-Q3", "更正名册", now=NOW)


CHANGES: dict[str, Callable[[], None]] = {
    one.__name__: one
    for one in (
        *(new_sections, merged, other_organ, renamed, no_chiefs, other_chiefs, nobody),
        *(imported, corrected),
    )
}


@remembered
def make_closed() -> None:
    """A quarter, a half-year and a year, closed and published before the organisation changed."""
    make_city()
    for code in ("2026-H2", "2026"):
        make_period(code, db.session.scalars(select(Policy)).first())
    for code in ("2026-Q3", "2026-H2"):
        close_period(SYSTEM, code, now=NOW, on=NOW.date())
    publish(make_user(Role.LEADER, name="leader").actor, "2026-Q3", now=NOW)
    states = select(Period.state).where(Period.code.in_(("2026-Q3", "2026-H2")))
    assert {*db.session.scalars(states)} == {PeriodState.CLOSED, PeriodState.PUBLISHED}
    make_policy(PolicyRules(min_n_display=20), state=PolicyState.DRAFT, adopted_at=None)


@pytest.fixture
def city(app: Flask) -> Iterator[Flask]:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with time_machine.travel(NOW, tick=False):
        make_closed()
        yield app


def addresses() -> list[str]:
    """Every page that shows a period, a section, a person or a policy."""
    periods = db.session.scalars(select(Period.code)).all()
    sections = db.session.scalars(select(Section.code)).all()
    people = db.session.scalars(select(Staff.number)).all()
    versions = db.session.scalars(select(Policy.version)).all()
    plain = ("/", "/section", "/sections", "/ranking", "/me", "/results", "/archive", "/looks",
             "/rights", "/cases", "/ledgers", "/tickets", "/periods", "/policies", "/comments",
             "/roster", "/exports")  # fmt: skip
    found = list(plain)
    for code in periods:
        found += [f"/results/{code}", f"/periods/{code}", f"/periods/{code}/publish"]
        found += [f"/periods/{code}/correct", f"/periods/{code}/close", f"/ranking?period={code}"]
        found += [f"/section?period={code}", f"/sections?period={code}", f"/me?period={code}"]
        found += [f"/sections/{section}/{code}" for section in sections]
        found += [f"/members/{number}/{code}" for number in people[:8]]
    results = db.session.execute(select(Period.code, Result.version).join(Result.period)).all()
    found += [f"/periods/{code}/versions/{version}" for code, version in results if version > 1]
    for version, code in product(versions, periods):
        found += [f"/policies/{version}/{page}?period={code}" for page in ("preview", "adopt")]
    found += [f"/policies/{version}" for version in versions]
    return found + [f"/archive/{number}" for number in people[:8]]


def workbooks() -> list[str]:
    return [f"/export/{name}/{code}" for name in all_books() for code in ("2026-Q3", "2026-H2")]


def visitors() -> list[User]:
    person = db.session.scalars(select(Staff).order_by(Staff.id)).first()
    assert person is not None
    return [
        make_user(Role.HR, name="city"),
        make_user(Role.CHIEF, name="chief", staff_id=person.id),
        make_user(Role.LEADER, name="in charge", staff_id=person.id),
    ]


@pytest.mark.parametrize("change", CHANGES)
def test_no_page_and_no_workbook_breaks_after_the_organisation_changed(
    city: Flask, sign_in: SignIn, change: str
) -> None:
    CHANGES[change]()
    pages = [*addresses(), *workbooks()]
    answers: dict[tuple[str, str], int] = {}
    for user in visitors():
        client = sign_in(user)
        answers |= {(user.name, path): client.get(path).status_code for path in pages}
    assert [key for key, status in answers.items() if status >= 500] == []
    assert [answers["city", path] for path in pages if "preview" in path].count(200) >= 2
    assert {answers["city", path] for path in workbooks()} <= {200, 303}

"""A correction is looked at before it is frozen: by cause, with names, places and proposals."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.models import Job
from evalsys.organisation.org.models import Posting, Section, Staff
from evalsys.ratings.ballots.models import RaterGroup, Rating
from evalsys.results.closing.service import close_period, correct
from evalsys.scores.frozen import keep_seat
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.publication import parties, printed
from evalsys.scores.rules.disclosure import Extent
from tests.applications import noted_statements
from tests.factories import make_ratings, make_staff, make_user
from tests.results.closing.city import CODE, GOOD, NOW, TODAY, make_city
from tests.scores.test_queries import put_aside

pytestmark = pytest.mark.usefixtures("clock")

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def low(app: Flask) -> Section:
    """The low section of a closed quarter, which an interview is proposed for."""
    section, _high = make_city()
    close_period(make_user(Role.HR).actor, CODE, now=NOW, on=TODAY)
    return section


@pytest.fixture
def hr(low: Section, sign_in: SignIn) -> FlaskClient:
    client = sign_in(make_user(Role.HR))
    client.set_cookie("lang", "en")
    return client


def set_aside(section: Section, count: int = 1, *, skip: int = 0) -> Staff:
    """Put ratings of one member of a section aside, after some others; return the member."""
    rows = db.session.scalars(select(Rating).where(Rating.section_id == section.id)).all()
    person = rows[0].staff_id
    for row in [row for row in rows if row.staff_id == person][skip : skip + count]:
        put_aside(row.ballot_id)
    return db.session.get_one(Staff, person)


def look(client: FlaskClient) -> tuple[str, str]:
    """Ask what a correction would change; return the page and its address."""
    answer = client.post(f"/periods/{CODE}/correct", data={"reason": "第12号决定"})
    assert answer.status_code == 303
    job = client.get(answer.headers["Location"]).text
    found = re.search(rf'href="(/periods/{CODE}/correct\?preview=\d+)"', job)
    assert found is not None, job
    return client.get(found[1]).text, found[1]


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def versions() -> int:
    return db.session.scalar(select(func.count()).select_from(Result)) or 0


def test_what_would_change_is_shown_by_cause_with_names_and_nothing_is_frozen(
    hr: FlaskClient, low: Section
) -> None:
    person = set_aside(low, 3)
    page, _path = look(hr)
    said = words(page)
    assert "mistaken or malicious: ratings set aside 3" in said
    assert f"{person.name} {person.number}" in said
    assert low.name in said
    assert low.code not in said
    assert "→" in said
    assert "第12号决定" in said
    assert versions() == 1


def test_the_button_freezes_what_was_looked_at(hr: FlaskClient, low: Section) -> None:
    set_aside(low)
    _page, path = look(hr)
    answer = hr.post(path)
    assert "Q3 2026 is corrected: version 2 is frozen." in hr.get(answer.headers["Location"]).text
    assert versions() == 2
    assert "A further version was frozen meanwhile" in hr.get(path).text
    assert hr.post(path).status_code == 200
    assert versions() == 2, "the same button freezes once"


def test_what_changed_since_is_not_frozen_unseen(hr: FlaskClient, low: Section) -> None:
    set_aside(low)
    _page, path = look(hr)
    set_aside(low, 5, skip=1)
    answer = hr.post(path)
    job = hr.get(answer.headers["Location"]).text
    assert "have changed since you looked at the correction" in job
    assert versions() == 1


def test_a_correction_that_is_more_than_one_cause_says_so(hr: FlaskClient, low: Section) -> None:
    set_aside(low)
    make_staff(low)
    page, _path = look(hr)
    said = words(page)
    assert "ratings set aside 1" in said
    assert "roster: seats or days mended 1" in said
    assert "more than one cause" in said
    other = look(hr)[0]
    assert "No figure would change" not in other


def test_a_late_ballot_and_a_seat_that_stays_have_their_own_names(
    hr: FlaskClient, low: Section
) -> None:
    person = set_aside(low)
    query = select(Rating.staff_id).where(Rating.section_id == low.id, Rating.staff_id != person.id)
    other = db.session.get_one(Staff, db.session.scalars(query).first())
    make_ratings(other, low, [GOOD] * 2)
    keep_seat(low.id, person.id, TODAY.replace(day=1, month=9))
    db.session.commit()
    said = words(look(hr)[0])
    assert "late: ballots counted since 2" in said
    assert "returned: seats that stay 1" in said
    assert "ratings set aside" not in said, "the last score stays, whatever came in"


def test_places_and_proposals_that_change_are_named(hr: FlaskClient, low: Section) -> None:
    for person in {row.staff_id for row in db.session.scalars(select(Rating)).all()}:
        staff = db.session.get_one(Staff, person)
        rows = db.session.scalars(
            select(Rating).filter_by(staff_id=person, section_id=low.id)
        ).all()
        for row in rows[:39]:
            put_aside(row.ballot_id)
        assert staff.number
    said = words(look(hr)[0])
    assert f"falls away {low.name}" in said
    assert "Place (F8)" in said


def test_without_a_change_there_is_nothing_to_freeze(hr: FlaskClient) -> None:
    page, _path = look(hr)
    assert "No figure would change" in page
    assert "Freeze this correction" not in page


def test_a_look_is_for_who_may_correct(hr: FlaskClient, low: Section, sign_in: SignIn) -> None:
    _page, path = look(hr)
    leader = sign_in(make_user(Role.LEADER))
    assert leader.get(path).status_code == 404
    assert hr.get(path.replace(CODE, "2026-Q2")).status_code == 404
    assert hr.get(f"/periods/{CODE}/correct?preview=999999").status_code == 404
    job = db.session.scalars(select(Job).order_by(Job.id.desc())).first()
    assert job is not None
    assert job.kind == "closing.preview"


def test_what_a_correction_leaves_as_it_was_is_printed_as_before(app: Flask) -> None:
    low, _high = make_city()
    for posting in db.session.scalars(select(Posting)).all():  # Two of a group: too few to weigh.
        section = db.session.get_one(Section, posting.section_id)
        person = db.session.get_one(Staff, posting.staff_id)
        make_ratings(person, section, [GOOD] * 2, rater_group=RaterGroup.COLLABORATOR)
    office = make_user(Role.HR)
    close_period(office.actor, CODE, now=NOW, on=TODAY)
    person = set_aside(low)
    correct(office.actor, CODE, reason="第12号决定", now=NOW)
    rows = db.session.scalars(select(MemberScore).join(Result).where(Result.version == 2)).all()
    assert {row.staff_id for row in rows if row.extent is not Extent.FULL} == {person.id}
    sections = db.session.scalars(select(SectionScore).join(Result).where(Result.version == 2))
    assert {row.section_id for row in sections if row.extent is not Extent.FULL} == {low.id}


def test_many_coarse_rows_are_printed_without_a_question_each(low: Section) -> None:
    office = make_user(Role.HR)
    for section in db.session.scalars(select(Section)).all():
        set_aside(section)
    result = correct(office.actor, CODE, "第12号决定", now=NOW)
    result_id = result.id
    for model in (SectionScore, MemberScore):
        db.session.expunge_all()
        query = select(model).where(model.result_id == result_id, model.extent == Extent.WHOLE)
        rows: Sequence[Any] = db.session.scalars(query.options(*parties(model))).all()
        with noted_statements() as sent:
            shown = [printed(row) for row in rows]
        assert len(shown) >= 6
        assert len(sent) <= 1  # Their one result.

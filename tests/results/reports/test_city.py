"""The pages of results on the demo city: few queries, and the figures that were frozen."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.service import start_session
from evalsys.organisation.org.models import Section
from evalsys.results.reports.queries import list_public_results
from evalsys.scores.models import MemberScore, Result, SectionScore
from tests.applications import another_database, make_app, noted_statements
from tests.demo.city import NOW, demo_city

MOST = 12  # queries of a page
SMALL, BAD = "SP10", "RS05"


@pytest.fixture(scope="module")
def city(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo city in a database of its own: these tests only read."""
    folder: Path = tmp_path_factory.mktemp("city")
    app = make_app(another_database(migrated, folder, "city"), folder)
    with app.app_context(), time_machine.travel(NOW, tick=False):
        demo_city()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def clients(city: Flask) -> Callable[[Role], FlaskClient]:
    def clients(role: Role) -> FlaskClient:
        users = db.session.scalars(select(User).where(User.role == role).order_by(User.id))
        return enter(city, users.first())

    return clients


def enter(city: Flask, user: User | None) -> FlaskClient:
    assert user is not None
    with unit_of_work(user.actor) as unit:
        token = start_session(unit, user, now=NOW)
    client = city.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    return client


@pytest.fixture
def sent(city: Flask) -> Iterator[list[str]]:
    with noted_statements() as noted:
        yield noted


def latest() -> Result:
    return db.session.scalars(select(Result).order_by(Result.id.desc()).limit(1)).one()


def score_of(code: str) -> SectionScore:
    query = select(SectionScore).join(SectionScore.section)
    return db.session.scalars(
        query.where(Section.code == code, SectionScore.result_id == latest().id)
    ).one()


PAGES = [
    "/",
    "/ranking",
    "/ranking?sort=-rate",
    "/ranking?kind=window&band=15&search=科",
    "/ranking?proposal=interview",
    "/ranking/funnel",
    "/ranking/funnel?group=all",
    "/sections",
    "/sections?organ=SP",
    "/sections/SP01/2026-Q3",
    "/sections/SP10/2026-Q3",
    "/results",
    "/results/2026-Q2",
    "/periods",
    "/periods/2026-Q3",
    "/policies",
    "/comments",
    "/tickets",
    "/jobs/",
    "/me",
]


@pytest.mark.parametrize("role", [Role.HR, Role.LEADER, Role.CHIEF, Role.SUPERVISOR, Role.STAFF])
@pytest.mark.parametrize("path", PAGES)
def test_no_page_needs_more_than_twelve_queries(
    clients: Callable[[Role], FlaskClient], sent: list[str], role: Role, path: str
) -> None:
    client = clients(role)
    sent.clear()
    answer = client.get(path)
    assert answer.status_code in {200, 404}
    assert len(sent) <= MOST, "\n".join(sent)


def test_the_page_of_every_section_and_member_needs_few_queries(
    clients: Callable[[Role], FlaskClient], sent: list[str]
) -> None:
    client = clients(Role.HR)
    rows = db.session.scalars(select(MemberScore).where(MemberScore.result_id == latest().id))
    members = {row.section.code: row.staff.number for row in rows}
    assert len(members) == 24
    for code, number in members.items():
        for path in (f"/sections/{code}/2026-Q3", f"/members/{number}/2026-Q3"):
            sent.clear()
            assert client.get(path).status_code == 200
            assert len(sent) <= MOST


def test_the_ranking_prints_the_frozen_figures_in_their_order(
    clients: Callable[[Role], FlaskClient],
) -> None:
    page = clients(Role.HR).get("/ranking").text
    rows = re.findall(r"<tr(?: class=\"off\")?><td.*?</tr>", page, re.DOTALL)
    assert len(rows) == 24
    scores = db.session.scalars(
        select(SectionScore)
        .where(SectionScore.result_id == latest().id, SectionScore.is_comparable)
        .order_by(SectionScore.rank)
    ).all()
    for score in scores:
        row = next(one for one in rows if f"/sections/{score.section.code}/" in one)
        for figure in (score.total, score.rate, score.theta):
            assert f"{figure:.2f}" in row
        assert f"<b>{score.rank}</b>" in row
        assert f"({score.rank_best}–{score.rank_worst})" in row


def test_a_section_with_too_few_ballots_is_last_and_without_figures_of_comparison(
    clients: Callable[[Role], FlaskClient],
) -> None:
    score = score_of(SMALL)
    assert not score.is_comparable
    client = clients(Role.HR)
    for sort in ("rank", "-rank", "rate", "-rate", "-ballots", "theta"):
        page = client.get(f"/ranking?sort={sort}").text
        rows = re.findall(r"<tr(?: class=\"off\")?><td.*?</tr>", page, re.DOTALL)
        # Another one, which issued too few tickets, is not ranked either.
        [row] = [each for each in rows[-2:] if f"/sections/{SMALL}/" in each]
        assert "too few, not compared" in row
        assert "not ranked" in row
        assert f"{score.rate:.2f}" not in row.replace(f"{score.total:.2f}", "")
    page = client.get(f"/sections/{SMALL}/2026-Q3").text
    assert "Too few ballots: not compared, not ranked" in page
    assert "not shown" in page


def test_the_sum_stands_first_and_is_recounted_on_the_page(
    clients: Callable[[Role], FlaskClient],
) -> None:
    score = score_of("SP01")
    page = clients(Role.HR).get("/sections/SP01/2026-Q3").text
    main = page[page.index("<main") :]
    assert main.index(f"{score.total:.2f}") < main.index(f"{score.rate:.2f}")
    assert f"R = {score.total:.2f} ÷ {score.maximum:.2f} × 100 = {score.rate:.2f}" in page
    assert f"= {score.total:.2f}</code>" in page
    members = db.session.scalars(
        select(MemberScore).where(
            MemberScore.result_id == score.result_id, MemberScore.section_id == score.section_id
        )
    ).all()
    assert sum(row.contribution or 0 for row in members) == score.total
    for row in members:
        if row.contribution is not None:
            assert f'<td class="num">{row.contribution:.2f}</td>' in page


def test_a_member_with_too_few_ballots_has_no_figure_anywhere(
    clients: Callable[[Role], FlaskClient],
) -> None:
    client = clients(Role.HR)
    few = db.session.scalars(
        select(MemberScore).where(
            MemberScore.result_id == latest().id,
            MemberScore.score.is_(None),
            MemberScore.is_expected,
        )
    ).all()
    assert few
    for row in few:
        page = client.get(f"/members/{row.staff.number}/2026-Q3").text
        assert "Too few ballots (under 10)" in page
        assert "Score M" not in page or db.session.scalar(
            select(func.count()).where(
                MemberScore.result_id == row.result_id,
                MemberScore.staff_id == row.staff_id,
                MemberScore.score.is_not(None),
            )
        )


def test_a_low_section_is_proposed_for_an_interview_and_says_who_decides(
    clients: Callable[[Role], FlaskClient],
) -> None:
    page = clients(Role.HR).get(f"/sections/{BAD}/2026-Q3").text
    assert "Interview proposed" in page
    assert "A named person decides; nothing follows by itself." in page
    assert f"/sections/{BAD}/" in clients(Role.HR).get("/ranking?proposal=interview").text


def test_the_public_page_shows_published_periods_and_no_person(city: Flask) -> None:
    client = city.test_client()
    page = client.get("/results").text
    assert [result.period.code for result in list_public_results()] == [
        "2026-Q2",
        "2026-Q1",
        "2025-Q4",
    ]
    assert "Q2 2026" in page
    assert "Q3 2026" not in page
    assert client.get("/results/2026-Q3").status_code == 404
    names = db.session.execute(select(MemberScore).join(MemberScore.staff).limit(400)).scalars()
    for row in names:
        assert row.staff.name not in page
        assert row.staff.number not in page


def test_no_public_figure_gives_a_small_count_away(city: Flask) -> None:
    page = city.test_client().get("/results").text
    cells = re.findall(r"<td class=\"n\">([^<]+)</td>", page)
    figures = [int(re.sub(r"\D", "", cell)) for cell in cells if cell[0].isdigit()]
    assert figures
    assert min(figures) >= 10


def test_a_leader_sees_the_own_sections_only(clients: Callable[[Role], FlaskClient]) -> None:
    client = clients(Role.LEADER)
    page = client.get("/ranking").text
    codes = set(re.findall(r"/sections/(\w+)/2026-Q3", page))
    assert 0 < len(codes) < 24
    everything = set(re.findall(r"/sections/(\w+)/2026-Q3", clients(Role.HR).get("/ranking").text))
    for code in everything - codes:
        assert client.get(f"/sections/{code}/2026-Q3").status_code == 404


def test_nobody_sees_a_figure_of_the_open_quarter(clients: Callable[[Role], FlaskClient]) -> None:
    for role in (Role.HR, Role.LEADER, Role.CHIEF):
        client = clients(role)
        assert client.get("/sections/SP01/2026-Q4").status_code == 404
        assert client.get("/ranking?period=2026-Q4").status_code == 404
        page = client.get("/").text
        assert "counts only" in page


def test_a_member_who_moved_has_a_seat_in_both_sections(
    clients: Callable[[Role], FlaskClient],
) -> None:
    twice = db.session.execute(
        select(MemberScore.staff_id)
        .where(MemberScore.result_id == latest().id)
        .group_by(MemberScore.staff_id)
        .having(func.count() > 1)
    ).scalars()
    staff_id = twice.first()
    rows = db.session.scalars(
        select(MemberScore).where(
            MemberScore.staff_id == staff_id, MemberScore.result_id == latest().id
        )
    ).all()
    page = clients(Role.HR).get(f"/members/{rows[0].staff.number}/2026-Q3").text
    assert "In this period there were 2 sections." in page
    for row in rows:
        assert f"{row.days} ÷ {row.period_days} = {row.share:.2f}" in page

"""The jobs that people start, as in production: the web server, a worker, people with browsers.

Nothing of the suite is between a person and what happens: all goes in through the socket.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from docx import Document
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select, update
from werkzeug.datastructures import FileStorage

from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.titles import title_of
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.accounts.passwords import hash_password
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import JobState
from evalsys.organisation.org.models import Organ, Staff
from evalsys.organisation.periods.models import Period, PeriodKind, PeriodState
from evalsys.ratings.ballots.models import Rating
from evalsys.results.closing.models import Publication
from evalsys.roster.check import LONG
from evalsys.roster.marking.annotated import BAD
from evalsys.roster.models import BatchState, RosterBatch
from evalsys.scores.models import Result
from evalsys.supervision.hotline.imports.views import AT_ONCE, ROWS_AT_ONCE
from evalsys.supervision.hotline.models import HotlineTicket
from tests import production
from tests.demo.city import city_of_production
from tests.foundation.accounts.phones import PASSWORD
from tests.foundation.jobs.conftest import until
from tests.papers import papers_of
from tests.roster.rosters import roster
from tests.scores.test_queries import put_aside
from tests.servers import Server, serve
from tests.supervision.hotline import lists
from tests.visitors import Answer, Visitor

pytestmark = pytest.mark.only("sqlite", "PostgreSQL behind such processes: test_two_of_each.py")
SECTION = "SP01"
OPENED = 3  # tickets of a long list that are open
ENDED = {JobState.DONE, JobState.FAILED, JobState.REFUSED, JobState.LOST, JobState.CANCELLED}
PATIENCE = 240.0  # seconds, on a busy machine
# It takes 20,000 rows: tests/foundation/jobs/test_killed_files.py and
# tests/browser/test_large_exports.py.
ELSEWHERE = {"exchange.export"}


@dataclass(frozen=True)
class Town:
    """The demo city behind a server and a worker of production."""

    app: Flask
    server: Server

    def visitor(self, role: Role) -> Visitor:
        """Somebody of a role who has signed in, with the second factor if it is demanded."""
        user = db.session.scalars(select(User).filter_by(role=role).order_by(User.id)).first()
        assert user is not None
        visitor = Visitor(self.server.url)
        visitor.sign_in(user)
        return visitor


@pytest.fixture(scope="module")
def town(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    app = city_of_production(migrated, folder)
    settings = {
        name: value
        for name, value in production.environment(app).items()
        if name.startswith("EVALSYS_")
    }
    with app.app_context(), serve(settings) as server:
        db.session.execute(update(User).values(password_hash=hash_password(PASSWORD)))
        db.session.commit()
        worker = production.start(app, "jobs", "work")
        try:
            yield Town(app, server)
        finally:
            worker.terminate()
            worker.wait(timeout=60)
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(scope="module")
def hr(town: Town) -> Visitor:
    return town.visitor(Role.HR)


@pytest.fixture(scope="module")
def office(town: Town) -> Visitor:
    return town.visitor(Role.SUPERVISOR)


def done(visitor: Visitor, answer: Answer) -> Job:
    """The job that an answer leads to, when it has ended well, and its page says so."""
    assert answer.status_code == 303, answer.text
    place = re.fullmatch(r"/jobs/(\d+)", answer.location)
    assert place is not None, answer.location
    db.session.rollback()
    job = db.session.get_one(Job, int(place[1]))
    until(lambda: job.state in ENDED, PATIENCE)
    page = visitor.get(answer.location)
    assert job.state is JobState.DONE, (job.kind, job.problem, job.result)
    assert page.status_code == 200
    return job


def upload(visitor: Visitor, rows: Sequence[tuple[str, str, str]]) -> RosterBatch:
    """Upload a long roster, let the worker check it, and return what it found."""
    file = FileStorage(io.BytesIO(roster(rows)), filename="名单.xlsx")
    job = done(visitor, visitor.post("/roster/import", {"file": file}))
    found = re.fullmatch(r"/roster/(\d+)", str((job.result or {})["url"]))
    assert found is not None
    return db.session.get_one(RosterBatch, int(found[1]))


def people(first: int) -> list[tuple[str, str, str]]:
    return [(f"{first + n}", f"新人{n}", SECTION) for n in range(LONG + 1)]


def newcomers(first: int) -> int:
    db.session.rollback()
    numbers = Staff.number.between(f"{first}", f"{first + LONG}")
    return db.session.scalar(select(func.count()).where(numbers)) or 0


def test_a_long_roster_is_checked_marked_and_written_by_the_worker(hr: Visitor) -> None:
    wrong = upload(hr, [*people(810_000)[:-1], ("819999", "", "没有的科")])
    job = done(hr, hr.post(f"/roster/{wrong.id}/marked"))
    sent = hr.get(f"/jobs/{job.id}/file")
    assert sent.status_code == 200
    cells = [c for row in load_workbook(io.BytesIO(sent.data))["人员"].iter_rows() for c in row]
    red = [cell.value for cell in cells if cell.fill.fgColor.rgb == BAD.fgColor.rgb]
    assert "没有的科" in red, "the errors are marked"
    assert newcomers(810_000) == 0

    right = upload(hr, people(820_000))
    assert newcomers(820_000) == 0, "a check writes nothing"
    done(hr, hr.post(f"/roster/{right.id}/write"))
    assert newcomers(820_000) == LONG + 1
    assert db.session.get_one(RosterBatch, right.id).state is BatchState.APPLIED
    assert "820000" in hr.get(f"/roster/{right.id}/changes").text


def half_year() -> str:
    """The half-year of the city whose quarters are closed, and that nobody has opened."""
    ended = {PeriodState.CLOSED, PeriodState.PUBLISHED}
    query = select(Period.code).where(Period.kind == PeriodKind.QUARTER, Period.state.in_(ended))
    codes = set(db.session.scalars(query))
    halves = {f"{code[:4]}-H{1 if code[-1] in '12' else 2}" for code in codes}
    pairs = {"1": ("Q1", "Q2"), "2": ("Q3", "Q4")}
    whole = [half for half in halves if {f"{half[:5]}{q}" for q in pairs[half[-1]]} <= codes]
    return min(whole)


def frozen(code: str) -> list[Result]:
    db.session.rollback()
    query = select(Result).join(Period).where(Period.code == code).order_by(Result.version)
    return list(db.session.scalars(query))


def published(code: str) -> int:
    db.session.rollback()
    query = select(func.count()).select_from(Publication).join(Result).join(Period)
    return db.session.scalar(query.where(Period.code == code)) or 0


def set_aside(code: str) -> None:
    """Put some ratings of a half-year aside, as two people have agreed to."""
    quarter = f"{code[:5]}Q{1 if code[-1] == '1' else 3}"
    query = select(Rating.ballot_id).where(Rating.base_period == quarter)
    for ballot_id in db.session.scalars(query.order_by(Rating.ballot_id).limit(5)).all():
        put_aside(ballot_id)


def test_a_period_is_closed_published_by_a_second_person_and_corrected(
    town: Town, hr: Visitor
) -> None:
    code = half_year()
    assert hr.post("/periods/open", {"code": code}).status_code == 303
    done(hr, hr.post(f"/periods/{code}/close"))
    [first] = frozen(code)
    assert first.version == 1
    assert hr.post(f"/periods/{code}/publish").status_code != 303, "who closed is no second person"
    assert published(code) == 0
    answer = town.visitor(Role.LEADER).post(f"/periods/{code}/publish")
    assert answer.status_code == 303, answer.text
    assert published(code) == 1

    set_aside(code)
    looked = done(hr, hr.post(f"/periods/{code}/correct", {"reason": "第12号决定"}))
    page = hr.get(f"/jobs/{looked.id}").text
    link = re.search(rf'href="(/periods/{code}/correct\?preview=\d+)"', page)
    assert link is not None, page
    assert "第12号决定" in hr.get(link[1]).text
    assert len(frozen(code)) == 1, "a look freezes nothing"
    done(hr, hr.post(link[1]))
    assert [one.version for one in frozen(code)] == [1, 2]
    assert frozen(code)[0].digest == first.digest != frozen(code)[1].digest
    assert hr.get(f"/periods/{code}/versions/2").status_code == 200


def test_a_letter_of_every_kind_of_case_is_a_document(hr: Visitor, office: Visitor) -> None:
    seen: dict[tuple[str, str], tuple[Visitor, int, int, set[str]]] = {}
    steps = select(CaseStep, Subject).join(Subject, Subject.id == CaseStep.subject_id)
    for step, case in db.session.execute(steps.order_by(CaseStep.id)):
        papers = [p for p in papers_of(case.kind, step.name) if not p.is_form]
        if papers:
            reader, name = (hr, case.concerned.name) if case.concerned else (office, title_of(case))
            seen.setdefault((case.kind, step.name), (reader, case.id, step.id, {case.number, name}))
    assert len({kind for kind, _move in seen}) >= 5
    for key, (reader, case_id, step_id, either) in seen.items():
        answer = reader.get(f"/cases/{case_id}/letter/{step_id}")
        assert answer.status_code == 200, key
        assert ".docx" in str(answer.headers["Content-Disposition"])
        body = Document(io.BytesIO(answer.data)).element.body
        text = "".join(body.itertext())
        assert [words for words in either if words in text], key


def tickets(*, are_open: bool) -> int:
    db.session.rollback()
    query = select(func.count()).select_from(HotlineTicket).where(HotlineTicket.number.like("L-%"))
    return db.session.scalar(query.where(HotlineTicket.matter_id.is_not(None) == are_open)) or 0


def test_a_long_list_of_the_hotline_is_checked_and_written_by_the_worker(office: Visitor) -> None:
    organ = db.session.scalars(select(Organ.name).order_by(Organ.id)).first()
    rows = [
        lists.row(
            f"L-{place}",
            承办单位=str(organ),
            诉求内容="窗口三次要求补正材料。" * 20,
            工单状态="办理中" if place < OPENED else "已办结",
        )
        for place in range(ROWS_AT_ONCE * 2)
    ]
    content = lists.as_csv(rows)
    assert len(content) > AT_ONCE
    file = FileStorage(io.BytesIO(content), filename="工单.csv")
    columns = office.post("/hotline/imports", {"file": file}).location
    chosen = {f"c{place}": key for place, key in enumerate(lists.CHOSEN)}
    job = done(office, office.post(columns, {**chosen, "hidden": "ask"}))
    path = str((job.result or {})["url"])
    assert tickets(are_open=True) == 0, "a trial run writes nothing"
    done(office, office.post(f"{path}/write"))
    assert (tickets(are_open=True), tickets(are_open=False)) == (OPENED, len(rows) - OPENED)
    assert office.get(path).status_code == 200


def test_every_job_that_people_start_was_started_here(town: Town, hr: Visitor) -> None:
    """Keep this the last of the file. A new kind of job is started by a person, above."""
    jobs: dict[str, str | None] = production.inventory(town.app)["jobs"]
    db.session.rollback()
    by_people = select(Job.kind).where(Job.user_id.is_not(None), Job.state == JobState.DONE)
    started = set(db.session.scalars(by_people.distinct()))
    assert {kind for kind, at in jobs.items() if at is None} - started == ELSEWHERE

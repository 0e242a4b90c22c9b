"""A kind of case in one file: what a feature brings, and that the house finds all of it.

This module is the feature: one more line in `features.FEATURES` makes an application with it.
"""

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import docx
import pytest
import time_machine
from flask import Blueprint, Flask, redirect, url_for
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from flask_migrate import upgrade
from jinja2 import ChoiceLoader, DictLoader
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from evalsys import features
from evalsys.cases.engine.kinds import Kind, add_kind
from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.queries import select_cases
from evalsys.cases.engine.rules.machine import Field, Machine, Move
from evalsys.cases.engine.service import open_case
from evalsys.cases.inbox.links import BESIDE_CASES
from evalsys.cases.letters.rules.blocks import Letter
from evalsys.cases.letters.rules.papers import Paper
from evalsys.cases.letters.rules.phrases import addressed, texts
from evalsys.cases.letters.rules.source import Source
from evalsys.cases.scenes.cast import Concerned
from evalsys.cases.scenes.registry import Scene, add_scene
from evalsys.core import pages
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.frame.menus import MenuEntry, add_entries
from evalsys.core.frame.tasks import Task, add_tasks
from evalsys.core.guards import current_actor, requires
from evalsys.core.permissions import Action, Actor, Role
from evalsys.demo.service import load_demo
from evalsys.foundation.accounts.models import User
from evalsys.foundation.spreadsheets.model import Sheet
from evalsys.organisation.org.models import Posting, Section, Staff
from evalsys.organisation.policies.limits import WORKING_DAYS, Limit, LimitSection
from evalsys.organisation.policies.queries import find_policy_in_force
from evalsys.organisation.policies.registry import add_limits
from evalsys.personnel.archive.events import add_events
from evalsys.personnel.archive.rules import Event, Mark
from evalsys.personnel.duties import OFFICES, Duty
from evalsys.personnel.sheets.registers import Register, add_register
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import CaseLine, case_columns, read_lines
from tests.applications import another_database, make_app
from tests.factories import make_policy, make_section, make_staff, make_user, save, with_limits
from tests.world import NOW

pytestmark = pytest.mark.only("sqlite", "what a feature brings does not depend on it")

SignIn = Callable[[User], FlaskClient]

# The feature: a limit, a table of two states, a letter, a sheet, a panel, and where it shows.

ANSWER = Limit("toy_wd", "Answer about a toy", 3, (1, 9), WORKING_DAYS, basis="玩具管理办法第七条")
MACHINE = Machine(
    "asked",
    [
        Move(
            "answer", ("asked",), "answered", Duty.PERSONNEL, "Answer about the toy",
            fields=(Field("said", "What is said of the toy"),), meets=(ANSWER.name,),
        ),
    ],
    {"asked": "A toy is asked for", "answered": "The toy is found"},
    {ANSWER.name: Duty.PERSONNEL},
    opens=(ANSWER.name,),
)  # fmt: skip
TEMPLATES = {
    "toys/panel.html": '<section class="panel"><h2>Of which toy</h2><p>{{ toy }}</p></section>',
    "toys/event.html": "<p>A toy was seen: {{ event.subject }}</p>",
}
bp = Blueprint("toys", __name__)


def letter(source: Source) -> Letter:
    """Tell what was said of the toy, and how long it was to take."""
    told = f"{source.entered('said')}（{source.term(ANSWER)}个工作日内答复）"
    return addressed(source, "玩具答复书", texts(told))


def sheet(request: CaseRequest) -> Sheet[CaseLine]:
    """Return the sheet of the toys that were asked for."""
    rows = read_lines(request.select_cases(TOY.name).where(request.running))
    return Sheet("Toys", case_columns(case_of), rows, len(rows), frozen=1)


def case_of(line: CaseLine) -> Subject:
    return line.case


def panel(case: Subject) -> Mapping[str, Any]:
    return {"toy": f"a bear of {case.staff.number}"}


def lost_on(_day: date) -> Concerned:
    """Return somebody who misses a toy in the demo city."""
    posting = db.session.scalars(select(Posting).order_by(Posting.id).limit(1)).one()
    return Concerned(posting.section_id, posting.staff_id)


TOY = Kind(
    "toy",
    "Toy",
    MACHINE,
    duties=OFFICES,
    watchers=frozenset({Duty.PERSONNEL}),
    panel="toys/panel.html",
    panel_facts=panel,
    papers={"answer": (Paper("Answer about a toy", letter),)},
    file_word="玩具",
)
SCENE = Scene(
    TOY.name,
    {"said": "{name}的玩具第{key}号在柜子里。"},
    opener=Duty.PERSON,
    first=("answered",),
    cast_for=lost_on,
)
TOYS = Register("toys", "Toys", "Toys that were asked for", sheet)


@bp.get("/toys")
@requires(Action.CASE_HANDLE)
def index() -> ResponseReturnValue:
    """Say that there are toys."""
    return "toys"


@bp.post("/toys/<number>")
@requires(Action.CASE_HANDLE)
def ask(number: str) -> ResponseReturnValue:
    """Ask for a toy."""
    staff = db.session.scalars(select(Staff).filter_by(number=number)).one()
    section = db.session.scalars(select(Section)).one()
    with unit_of_work(current_actor()) as unit:
        case = open_case(unit, TOY, section, staff, {}, now=pages.now())
    return redirect(url_for("cases.show", case_id=case.id), 303)


def tasks(actor: Actor, now: datetime) -> Iterator[Task]:
    seen = select_cases(actor, on=pages.local_day(now), kind=TOY.name)
    for case in db.session.scalars(seen):
        title = f"Tidy up toy {case.number}"
        yield Task(title, "", "toy", "cases.show", "Open", params={"case_id": case.id})


def events(cases: Any, on: date) -> Iterator[Event]:
    if any(case.kind == TOY.name for case in cases):
        yield Event(on, Mark.BROUGHT, "a bear", "toys/event.html", line)


def line(bear: str) -> tuple[str, str, str]:
    return "toy", bear, ""


def init_app(app: Flask) -> None:
    """Register what the feature brings."""
    app.register_blueprint(bp)
    add_limits(app, LimitSection("About toys", (ANSWER,)))
    add_kind(app, TOY)
    add_scene(app, SCENE)
    add_register(app, TOYS)
    add_events(app, events)
    add_tasks(app, Action.CASE_VIEW, tasks)
    add_entries(app, MenuEntry(75, "toys.index", "Toys", Action.CASE_HANDLE))
    add_entries(app, MenuEntry(60, "toys.index", "All toys", Action.CASE_HANDLE, menu=BESIDE_CASES))
    app.jinja_loader = ChoiceLoader([app.jinja_loader, DictLoader(TEMPLATES)])  # type: ignore[list-item]


# The house that it moved into.


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, migrated: str, tmp_path: Path) -> Iterator[Flask]:
    """An application that was started with the feature."""
    monkeypatch.setattr(features, "FEATURES", (*features.FEATURES, sys.modules[__name__]))
    app = make_app(another_database(migrated, tmp_path, "toys"), tmp_path)
    with app.app_context(), time_machine.travel(NOW, tick=False):
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def hr(app: Flask, sign_in: SignIn) -> FlaskClient:
    make_policy()
    return sign_in(make_user(Role.HR))


@pytest.fixture
def number(app: Flask) -> str:
    """The staff number of somebody with a toy."""
    return make_staff(make_section()).number


@pytest.fixture
def asked(hr: FlaskClient, number: str) -> str:
    """The address of an open case."""
    answer = hr.post(f"/toys/{number}")
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def cells_of(path: Path) -> list[Any]:
    """Every cell of a workbook."""
    book = CalamineWorkbook.from_path(path)
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    return [cell for rows in sheets for row in rows for cell in row]


def answer_to(hr: FlaskClient, asked: str) -> None:
    assert hr.post(f"{asked}/step/answer", data={"said": "在柜子里"}).status_code == 303


def test_its_page_shows_panel_step_and_term(hr: FlaskClient, asked: str, number: str) -> None:
    page = hr.get(asked).text
    assert f"a bear of {number}" in page
    assert "Next step: Answer about the toy" in page
    assert page.count("<b>Answer about a toy</b>") == 1, "the deadline, by the label of its limit"
    assert "Answer about a toy: 3 working days" in page
    form = hr.get(f"{asked}/step/answer").text
    assert "What is said of the toy" in form
    assert "The case is then at: The toy is found" in form
    answer_to(hr, asked)
    assert "The toy is found" in hr.get(asked).text


def test_lists_start_page_and_archive_have_it(hr: FlaskClient, asked: str, number: str) -> None:
    assert '<option value="toy">Toy</option>' in hr.get("/cases").text
    assert f'href="{asked}"' in hr.get("/cases?kind=toy").text
    assert 'href="/toys">All toys</a>' in hr.get("/cases").text
    start = hr.get("/").text
    assert "Answer about the toy by" in start
    assert "Tidy up toy 2026-001" in start
    menu = start.split('<nav class="app-nav"')[1].partition("</nav>")[0]
    assert menu.index('href="/cases"') < menu.index('<a href="/toys">Toys</a>')
    assert menu.index('<a href="/toys">Toys</a>') < menu.index('href="/tickets"')
    archive = hr.get(f"/archive/{number}").text
    assert "Toy 2026-001" in archive
    assert "A toy was seen: a bear" in archive


def test_its_letter_is_taken_and_its_term_is_that_of_the_limit(hr: FlaskClient, asked: str) -> None:
    assert "/letter/" not in hr.get(asked).text
    answer_to(hr, asked)
    page = hr.get(asked).text
    assert "Answer about a toy of 24 November" in page
    link = page.split(f'href="{asked}/letter/')[1].split('"')[0]
    taken = hr.get(f"{asked}/letter/{link}")
    text = "\n".join(one.text for one in docx.Document(io.BytesIO(taken.data)).paragraphs)
    assert "玩具答复书" in text
    assert "在柜子里（3个工作日内答复）" in text
    assert "案卷：玩具 2026-001" in text


def test_its_sheet_stands_in_the_catalogue_of_workbooks(
    app: Flask, hr: FlaskClient, asked: str, number: str, tmp_path: Path
) -> None:
    page = hr.get("/ledgers").text
    assert "Toys that were asked for" in page
    assert 'href="/ledgers/toys?' in page
    (tmp_path / "sent.xlsx").write_bytes(hr.get("/ledgers/toys?lang=en").data)
    assert number in cells_of(tmp_path / "sent.xlsx")
    db.session.rollback()
    runner, out = app.test_cli_runner(), tmp_path / "toys.xlsx"
    done = runner.invoke(args=["exchange", "register", "toys", "--out", str(out)])
    assert (done.exit_code, number in cells_of(out)) == (0, True), done.output
    other = runner.invoke(args=["exchange", "register", "dolls", "--out", str(out)])
    assert (other.exit_code, "'toys'" in other.output) == (2, True)
    archive = tmp_path / "archive.xlsx"
    runner.invoke(args=["exchange", "archive", number, "--out", str(archive)])
    assert "a bear" in cells_of(archive)


def test_its_limit_stands_on_the_form_of_the_policy_and_holds(
    app: Flask, hr: FlaskClient, number: str
) -> None:
    form = hr.get("/policies/draft").text
    assert form.index("About toys</h2>") < form.index('name="toy_wd"')
    assert 'value="玩具管理办法第七条"' in form
    policy = find_policy_in_force()
    assert policy is not None
    data = {
        name: str(value)
        for name, value in policy.rules.items()
        if isinstance(value, int) and value is not False
    }
    for weights in ("dimension_weights", "group_weights"):
        data |= {f"weight_{part}": str(one) for part, one in policy.rules[weights].items()}
    data |= {"reason": "玩具"}
    refused = hr.post("/policies/draft", data={**data, "toy_wd": "10"})
    assert refused.status_code == 422
    assert "Give a whole number between 1 and 9." in refused.text
    page = hr.post("/policies/draft", data={**data, "toy_wd": "5"}, follow_redirects=True).text
    assert "5 working days" in page
    make_policy(with_limits({ANSWER: 5}))
    asked = hr.post(f"/toys/{number}").headers["Location"]
    assert "Answer about a toy: 5 working days" in hr.get(asked).text
    db.session.rollback()
    told = app.test_cli_runner().invoke(args=["policies", "show"]).output
    assert "About toys\n  Answer about a toy: 5 working days (玩具管理办法第七条)" in told


def test_a_version_that_does_not_know_the_limit_has_its_default(
    hr: FlaskClient, number: str
) -> None:
    policy = find_policy_in_force()
    assert policy is not None
    policy.rules = {name: held for name, held in policy.rules.items() if name != ANSWER.name}
    save(policy)
    asked = hr.post(f"/toys/{number}").headers["Location"]
    assert "Answer about a toy: 3 working days" in hr.get(asked).text


def test_a_kind_whose_term_nobody_declared_stops_the_start(app: Flask) -> None:
    table = Machine("on", [], {"on": "On"}, {"doll_wd": Duty.PERSONNEL})
    with pytest.raises(ValueError, match=r"doll names terms that nobody declared: \['doll_wd'\]"):
        add_kind(app, Kind("doll", "Doll", table, watchers=frozenset()))


def test_the_demo_city_shows_it_in_every_state_as_its_scene_says(
    app: Flask, sign_in: SignIn
) -> None:
    load_demo(seed=1, now=NOW, on=pages.local_day(NOW), report=lambda _line: None)
    cases = db.session.scalars(select(Subject).filter_by(kind=TOY.name).order_by(Subject.id)).all()
    assert [case.state for case in cases] == ["answered", "asked"], "the first one before all"
    step = db.session.scalars(select(CaseStep).filter_by(subject_id=cases[0].id)).one()
    assert step.entry == {"said": f"{cases[0].staff.name}的玩具第{cases[0].id}号在柜子里。"}
    hr = sign_in(db.session.scalars(select(User).filter_by(name="hr")).one())
    assert step.entry["said"] in hr.get(f"/cases/{cases[0].id}").text

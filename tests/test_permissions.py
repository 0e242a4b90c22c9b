"""Who may open what: every role at every route, at home, next door, elsewhere and nowhere.

What the guard of a view says about a role is the expectation, and the tables below say how far a
role sees. What is forbidden, out of scope or missing is one and the same page.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from evalsys.core.extensions import db
from evalsys.core.permissions import ROLE_ACTIONS, Action, Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import ChiefTerm
from evalsys.ratings.ballots.models import Comment, CommentState
from tests.routes import Values, routes
from tests.world import CLOSED, NOW, Place, World, make_world

pytestmark = pytest.mark.only("sqlite", "Python decides; its queries: test_statements.py")

SignIn = Callable[[User], FlaskClient]
ROLES = [role for role in Role if role not in {Role.CITIZEN, Role.SYSTEM}]

# How far a role sees from the own section; who is not here sees no section at all.
SEES = {
    Role.CHIEF: {Place.OWN},
    Role.LEADER: {Place.OWN},
    Role.HR: {Place.OWN, Place.SIBLING},
    Role.SUPERVISOR: {Place.OWN, Place.SIBLING},
    Role.DISCIPLINE: {Place.OWN, Place.SIBLING},
}
# The hall office of an organ issues tickets for its windows.
ISSUES = {role: {Place.OWN, Place.SIBLING} for role in (Role.HR, Role.COUNTER)}
NO_ID = 987_654


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield make_world()


def section_code(world: World, place: Place) -> str:
    return "NONE" if place is Place.MISSING else world.corners[place].section.code


def member_number(world: World, place: Place) -> str:
    return "NONE" if place is Place.MISSING else world.corners[place].member.number


def batch_id(world: World, place: Place) -> int:
    return NO_ID if place is Place.MISSING else world.batches[place].id


# endpoint -> how its parameters name something at a place.
SCOPED: dict[str, Callable[[World, Place], Values]] = {
    "exchange.export": lambda w, p: {
        "name": "members",
        "period": CLOSED,
        "section": section_code(w, p),
    },
    "exchange.change": lambda w, p: {"number": member_number(w, p)},
    "exchange.person": lambda w, p: {"number": member_number(w, p)},
    "ratings.screen": lambda w, p: {"number": member_number(w, p)},
    "reports.member": lambda w, p: {"number": member_number(w, p), "period": CLOSED},
    "reports.section": lambda w, p: {"code": section_code(w, p), "period": CLOSED},
}
BATCHES: dict[str, Values] = {
    "exchange.roster_annotated": {},
    "exchange.roster_batch": {},
    "exchange.roster_hidden": {},
    "exchange.roster_lines": {"kind": "changes"},
    "exchange.roster_mark": {},
    "exchange.roster_names": {},
    "exchange.roster_undo": {},
    "exchange.roster_undo_now": {},
    "exchange.roster_write": {},
}
# What may be decided by another person who sees all that the asker sees.
EXPORTS = [
    "exchange.large_export",
    "exchange.large_export_file",
    "exchange.large_export_refuse",
    "exchange.large_export_agree",
]
JOBS = {"jobs.again", "jobs.cancel", "jobs.download", "jobs.show"}
# What belongs to the whole organisation: periods and policies have no scope of their own, and
# administrators look after every account. Public pages show the same to everybody.
UNSCOPED: dict[str, Callable[[World], tuple[Values, Values]]] = {
    "accounts.ask_factor": lambda w: ({"user_id": w.city.id}, {"user_id": NO_ID}),
    "accounts.decide_request": lambda w: ({"request_id": w.asked}, {"request_id": NO_ID}),
    "accounts.disable": lambda w: ({"user_id": w.city.id}, {"user_id": NO_ID}),
    "accounts.enable": lambda w: ({"user_id": w.city.id}, {"user_id": NO_ID}),
    "accounts.give_link": lambda w: ({"user_id": w.city.id}, {"user_id": NO_ID}),
    "accounts.grant": lambda w: ({"user_id": w.city.id}, {"user_id": NO_ID}),
    "accounts.show": lambda w: ({"user_id": w.city.id}, {"user_id": NO_ID}),
    **{
        f"benchmarks.{name}": lambda w: (
            {"indicator_id": w.figure.indicator_id},
            {"indicator_id": NO_ID},
        )
        for name in ("change", "figure", "judge", "retire", "take_up", "show", "target")
    },
    **{
        f"consultations.{name}": lambda w: (
            {"consultation_id": w.kind.consultation_id},
            {"consultation_id": NO_ID},
        )
        for name in (
            "kind",
            "opinion",
            "publish",
            "read",
            "review",
            "show",
            "thanks",
        )
    },
    "consultations.answer": lambda w: (
        {"consultation_id": w.kind.consultation_id, "kind_id": w.kind.id},
        {"consultation_id": w.kind.consultation_id, "kind_id": NO_ID},
    ),
    "benchmarks.city": lambda w: ({"city_id": w.figure.city_id}, {"city_id": NO_ID}),
    "benchmarks.withdraw": lambda w: ({"figure_id": w.figure.id}, {"figure_id": NO_ID}),
    "chiefs.compare": lambda w: ({"code": CLOSED}, {"code": "2020-Q1"}),
    "closing.adopt": lambda w: ({"version": w.draft}, {"version": NO_ID}),
    "closing.close": lambda w: ({"code": CLOSED}, {"code": "2020-Q1"}),
    "closing.correct": lambda w: ({"code": CLOSED}, {"code": "2020-Q1"}),
    "closing.diff": lambda w: ({"code": CLOSED, "version": 2}, {"code": CLOSED, "version": 3}),
    "closing.period": lambda w: ({"code": CLOSED}, {"code": "nonsense"}),
    "closing.policy": lambda w: ({"version": w.draft}, {"version": NO_ID}),
    "closing.preview_one": lambda w: ({"version": w.draft}, {"version": NO_ID}),
    "closing.publish": lambda w: ({"code": CLOSED}, {"code": "2020-Q1"}),
    "closing.withdraw": lambda w: ({"version": w.draft}, {"version": NO_ID}),
    "reports.results": lambda w: ({"period": CLOSED}, {"period": "2020-Q1"}),
}
# What hangs on a case: see tests/cases/engine/test_permissions.py.
CASES = {
    "archive.reference",  # See tests/personnel/archive/test_work.py.
    "archive.show",
    "exchange.archive_book",  # See tests/exports/test_registers.py.
    "exchange.register",
    "cases.attachment",  # See tests/cases/papers/test_attachments.py.
    "cases.change",
    "closing.leave",  # Only after a late exclusion: see tests/results/closing/test_late.py.
    *("chiefs.agree", "chiefs.choose", "chiefs.compare_case"),  # See tests/personnel/chiefs.
    "letters.form",
    "letters.letter",
    "cases.deadline",
    "cases.evidence",
    "cases.show",
    "cases.step",
    *("consultations.change", "consultations.start"),  # Of a draft: tests/reform/consultations.
    "coordination.task",  # See tests/supervision/coordination/test_views.py.
    "objections.new",  # See tests/supervision/objections/test_views.py.
    "referrals.draft",  # See tests/supervision/referrals/test_views.py.
    *("imports.changes", "imports.columns", "imports.errors", "imports.show", "imports.write"),
    "imports.replies",
    *("callbacks.count_again", "callbacks.enter", "callbacks.leave_out", "callbacks.slip"),
    "hotline.show",  # All of them: see tests/supervision/hotline.
    *("visits.photo", "visits.show"),  # See tests/supervision/visits/test_views.py.
    "pool.note",
    "pool.propose",
    "pool.result",
    "pool.training",
    *("feedback.call", "feedback.contact"),  # See tests/personnel/feedback.
    "remedies.apply_for",
    *("causes.name", "reductions.show", "reductions.version"),  # See tests/reform/reductions.
    *("proofs.add", "proofs.file"),
}
# Secrets in the address are not scope: tests of accounts and ratings look after them.
SECRETS = {
    "accounts.link",
    "accounts.kept",
    "accounts.forget",
    *("consultations.give", "consultations.mail"),  # Codes of opinions: tests/reform.
    "ratings.display",
    "ratings.from_screen",
    "ratings.open_link",
}


def test_every_route_with_parameters_stands_in_one_of_the_tables(app: Flask) -> None:
    named = {route.endpoint for route in routes(app) if route.arguments}
    assert named == {*SCOPED, *BATCHES, *EXPORTS, *CASES, *JOBS, *UNSCOPED, *SECRETS}


def ask(client: FlaskClient, app: Flask, endpoint: str, values: Values) -> TestResponse:
    """GET what can be read; POST what only changes something."""
    with app.test_request_context():
        path = app.url_for(endpoint, **values)
    is_read = any(r.endpoint == endpoint and "GET" in r.methods for r in routes(app))
    return client.get(path, buffered=True) if is_read else client.post(path)


def shape(answer: TestResponse) -> str:
    """A page without its own address: in the links to other languages and back, lit in the menu."""
    lines = (line for line in answer.text.splitlines() if "/switch?" not in line)
    page = "\n".join(lines).replace(' aria-current="true"', "")
    return re.sub(r'<a href="[^"]*">Back to where you were</a> · ', "", page)


def renamed(page: str, values: Values, gone: Values) -> str:
    """The page with the names that were asked for as if what is missing had been asked for."""
    for key, value in values.items():
        page = page.replace(str(value), str(gone[key]))
    return page


def may(role: Role, action: Action | None) -> bool:
    """What the accounts of this world may do: each is that of one organ, but the leader's.

    The roster says where a leader leads; the account is not narrowed.
    """
    organ_id = None if role is Role.LEADER else 1
    return action is None or Actor(role, organ_id=organ_id).may(action)


def action_of(app: Flask, endpoint: str) -> Action | None:
    return next(route.action for route in routes(app) if route.endpoint == endpoint)


def test_a_visitor_is_led_to_the_sign_in_wherever_one_is_needed(world: World, app: Flask) -> None:
    guarded = [route for route in routes(app) if route.action is not None]
    assert len(guarded) > 40
    for route in guarded:
        for path in route.addresses(world):
            for method in sorted(route.methods):
                answer = app.test_client().open(path, method=method)
                assert answer.status_code == 302, (method, path)
                assert answer.headers["Location"].startswith("/login"), (method, path)


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_do_is_not_there(
    world: World, app: Flask, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(world.users[role])
    nowhere = shape(client.get("/no/such/page"))
    for route in routes(app):
        if may(role, route.action):
            continue
        for path in route.addresses(world):
            for method in sorted(route.methods):
                answer = client.open(path, method=method)
                assert (answer.status_code, shape(answer)) == (404, nowhere), (method, path)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_that_a_role_may_open_opens(
    world: World, app: Flask, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(world.users[role])
    opened = 0
    for route in routes(app):
        if route.arguments or "GET" not in route.methods or not may(role, route.action):
            continue
        path = route.address({})
        answer = client.get(path, buffered=True)
        while answer.status_code in {302, 303}:
            assert not answer.headers["Location"].startswith("/login?"), path
            answer = client.get(answer.headers["Location"], buffered=True)
        assert answer.status_code == 200, path
        opened += 1
    assert opened >= 8


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_as_far_as_its_scope_and_the_rest_is_missing(
    world: World, app: Flask, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(world.users[role])
    nowhere = shape(client.get("/no/such/page"))
    for endpoint, values_at in SCOPED.items():
        seen = (ISSUES if endpoint == "ratings.screen" else SEES).get(role, set())
        allowed = may(role, action_of(app, endpoint))
        gone = values_at(world, Place.MISSING)
        missing = shape(ask(client, app, endpoint, gone)) if allowed else nowhere
        for place in Place:
            values = values_at(world, place)
            answer = ask(client, app, endpoint, values)
            if allowed and place in seen:
                assert answer.status_code == 200, (endpoint, place)
            else:
                page = renamed(shape(answer), values, gone)
                assert (answer.status_code, page) == (404, missing), (endpoint, place)


@pytest.mark.parametrize("role", ROLES)
def test_what_belongs_to_everybody_is_there_or_missing(
    world: World, app: Flask, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(world.users[role])
    for endpoint, values_of in UNSCOPED.items():
        if not may(role, action_of(app, endpoint)):
            continue
        there, missing = values_of(world)
        assert ask(client, app, endpoint, there).status_code == 200, endpoint
        assert ask(client, app, endpoint, missing).status_code == 404, endpoint


def test_a_personnel_office_sees_the_imports_of_its_organ(
    world: World, app: Flask, sign_in: SignIn
) -> None:
    client = sign_in(world.users[Role.HR])
    nowhere = shape(client.get("/no/such/page"))
    for endpoint, more in BATCHES.items():
        for place in (Place.FOREIGN, Place.MISSING):
            answer = ask(client, app, endpoint, {"batch_id": batch_id(world, place), **more})
            assert (answer.status_code, shape(answer)) == (404, nowhere), (endpoint, place)
    own = {"batch_id": world.batches[Place.OWN].id}
    for endpoint in ("exchange.roster_batch", "exchange.roster_annotated"):
        assert ask(client, app, endpoint, own).status_code == 200
    assert ask(client, app, "exchange.roster_write", own).status_code == 303
    assert ask(client, app, "exchange.roster_undo", own).status_code == 200
    assert ask(client, app, "exchange.roster_undo_now", own).status_code == 303


@pytest.mark.parametrize("role", ROLES)
def test_a_large_export_is_seen_by_who_sees_all_that_the_asker_does(
    world: World, app: Flask, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(world.users[role])
    nowhere = shape(client.get("/no/such/page"))
    for endpoint in EXPORTS:
        for place in (Place.OWN, Place.FOREIGN, Place.MISSING):
            export_id = NO_ID if place is Place.MISSING else world.exports[place].id
            answer = ask(client, app, endpoint, {"export_id": export_id})
            client.get("/")  # Where the note of a decision is read.
            is_there = role is Role.HR and place is Place.OWN
            if is_there and endpoint != "exchange.large_export_file":  # That is the asker's.
                assert answer.status_code in {200, 303}, (endpoint, place)
            else:
                assert (answer.status_code, shape(answer)) == (404, nowhere), (endpoint, place)


def test_the_office_of_the_whole_city_sees_everything(
    world: World, app: Flask, sign_in: SignIn
) -> None:
    client = sign_in(world.city)
    for place in (Place.OWN, Place.SIBLING, Place.FOREIGN):
        for endpoint, values_at in SCOPED.items():
            assert ask(client, app, endpoint, values_at(world, place)).status_code == 200
    for batch in world.batches.values():
        values = {"batch_id": batch.id}
        assert ask(client, app, "exchange.roster_batch", values).status_code == 200
    for row in world.exports.values():
        assert ask(client, app, EXPORTS[0], {"export_id": row.id}).status_code == 200
    for endpoint, values_of in UNSCOPED.items():
        if action_of(app, endpoint) in ROLE_ACTIONS[Role.HR]:
            there, missing = values_of(world)
            assert ask(client, app, endpoint, there).status_code == 200, endpoint
            assert ask(client, app, endpoint, missing).status_code == 404, endpoint


@pytest.mark.parametrize("role", [role for role in ROLES if may(role, Action.JOB_VIEW)])
def test_everybody_sees_the_own_jobs_and_nobody_elses(
    world: World, app: Flask, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(world.users[role])
    nowhere = shape(client.get("/no/such/page"))
    others = {job.id for owner, job in world.jobs.items() if owner is not role}
    for endpoint in sorted(JOBS):
        for job_id in (*others, world.job_elsewhere.id, NO_ID):
            answer = ask(client, app, endpoint, {"job_id": job_id})
            assert (answer.status_code, shape(answer)) == (404, nowhere), (endpoint, job_id)
        own = ask(client, app, endpoint, {"job_id": world.jobs[role].id})
        assert own.status_code in {200, 303, 409}, endpoint


@pytest.mark.parametrize(
    ("place", "status"),
    [(Place.OWN, 303), (Place.SIBLING, 303), (Place.FOREIGN, 404), (Place.MISSING, 404)],
)
def test_a_comment_of_another_organ_cannot_be_reviewed(
    world: World, sign_in: SignIn, place: Place, status: int
) -> None:
    key = "0" * 32 if place is Place.MISSING else world.corners[place].comment.id
    data = {"comment": key, "state": "released", "body": "好"}
    answer = sign_in(world.users[Role.HR]).post("/comments", data=data)
    assert answer.status_code == status
    db.session.rollback()
    row = db.session.scalar(select(Comment).filter_by(id=key))
    is_released = row is not None and row.state is CommentState.RELEASED
    assert is_released == (status == 303)


@pytest.mark.parametrize("role", sorted(SEES))
@pytest.mark.parametrize("path", ["/sections", "/ranking", "/comments", "/tickets", "/"])
def test_a_list_names_nothing_beyond_the_scope(
    world: World, sign_in: SignIn, role: Role, path: str
) -> None:
    answer = sign_in(world.users[role]).get(path)
    if answer.status_code == 404:
        return
    for place, corner in world.corners.items():
        if place not in SEES[role]:
            assert corner.section.name not in answer.text
            assert corner.member.number not in answer.text
            assert corner.chief.number not in answer.text


@pytest.mark.parametrize("role", sorted(SEES))
def test_a_filter_of_the_address_widens_no_scope(world: World, sign_in: SignIn, role: Role) -> None:
    foreign = world.corners[Place.FOREIGN].section
    client = sign_in(world.users[role])
    for path in (f"/sections?organ={foreign.organ.code}", f"/sections?search={foreign.code}"):
        assert foreign.name not in client.get(path).text


def test_a_chief_who_left_sees_the_quarter_that_was_led_and_no_later_one(
    world: World, sign_in: SignIn
) -> None:
    """The scope of a result is that of its period, not of today."""
    own = world.corners[Place.OWN]
    client = sign_in(world.users[Role.CHIEF])
    end_term(own.chief.id)
    assert client.get(f"/sections/{own.section.code}/{CLOSED}").status_code == 200
    assert client.get(f"/tickets/screen/{own.member.number}").status_code == 404


def end_term(staff_id: int) -> None:
    ended = update(ChiefTerm).where(ChiefTerm.staff_id == staff_id)
    db.session.execute(ended.values(ended_on=date(2026, 9, 30)))
    db.session.commit()

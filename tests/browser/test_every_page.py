"""Every page that can be read, as everybody who may read it, on a phone and a desk, twice over."""

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import func, select

from evalsys.cases.engine.models import Subject
from evalsys.core import pages
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.organisation.org.models import Section
from evalsys.personnel.feedback.calls.service import list_calls
from evalsys.reform.reductions.causes.queries import select_candidates
from evalsys.reform.reductions.queries import ReductionFilter, select_current
from evalsys.supervision.hotline.callbacks.models import HotlineExclusion
from evalsys.supervision.hotline.imports.models import HotlineImport
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.visits.models import Visit
from evalsys.supervision.visits.queries import visible_visits
from tests.browser.cases import case_values
from tests.browser.checks import faults
from tests.browser.city import SECTION, TINY_SECTION, City, Site, user_of
from tests.browser.conftest import DESK, NARROW, OpenPage
from tests.routes import Route, Values, routes

pytestmark = pytest.mark.browser
_shown: set[tuple[str, str]] = set()  # (language, main part) of the pages of this process

VISITORS = [None, *(role for role in Role if role not in {Role.CITIZEN, Role.SYSTEM})]
# Answers without a page of their own: files, and ways to somewhere else.
NO_PAGES = {
    "accounts.audit_file",
    "archive.me",
    "archive.rights",
    "benchmarks.workbook",
    "cases.inbox",
    "exchange.archive_book",
    "reductions.workbook",
    "exchange.handled_book",
    "exchange.register",
    "exchange.roster_annotated",
    "exchange.roster_export",
    "exchange.roster_template",
    "imports.replies",
    "jobs.download",
    "cases.attachment",
    "letters.form",
    "letters.letter",
    "many.accept",  # Without ticks it leads back to the list: supervision/matters/test_many.py.
    "many.assign",
    "operations.healthz",
    "proofs.file",
    "ratings.from_screen",
    "ratings.open_link",
    "ratings.open_other",
    "reform.index",
    "remedies.index",
    "switch",
    "visits.photo",
    "visits.worker",
}
OWN_ALONE = {Role.STAFF, Role.COUNTER}
# The same pages once more, as somebody sees them who has filtered, sorted or found nothing.
FILTERED = {
    "benchmarks.index": ["year=2024&city=2", "text=nobody"],
    "cases.index": ["which=mine", "which=all&kind=chief", "q=nobody"],
    "archive.index": ["which=cases", "q=nobody"],
    "archive.looks": ["q=nobody"],
    "accounts.audit": ["who=hr", "target=nothing"],
    "accounts.index": ["role=chief", "q=nobody"],
    "accounts.grant": ["role=leader&organ=SP"],
    "reports.today": ["show=all", "show=messages", "show=rights"],
    "ratings.comments": ["state=released", "state=withheld"],
    "reports.ranking": ["sort=-rate&kind=window", "search=nobody"],
    "reports.sections": ["organ=SP", "search=nobody"],
    "reports.results": ["search=登记", "search=nobody"],
    "coordination.index": ["which=all", "q=nobody"],
    "lights.board": ["source=hotline", "text=nobody"],
    "visits.index": ["outcome=solved", "text=nobody"],
    "hotline.index": ["state=closed", "text=nobody"],
    "matters.index": ["light=late", "stage=closed", "text=nobody"],
    "reductions.index": ["outcome=met", "outcome=first&way=online", "text=nobody"],
    "pool.board": ["column=training", "column=talk&section=nowhere"],
}


def values_of(route: Route, city: City, role: Role | None) -> list[Values]:
    """Return parameters that fit a route; who names a new one here puts its page to the test."""
    closed, public = city.closed[0], city.closed[1]
    sections = [SECTION] if role in {Role.CHIEF, Role.LEADER} else [SECTION, TINY_SECTION]
    agreed = [city.agreed] if role is Role.HR else []
    known: dict[str, list[Values]] = {
        **periods_of(city),
        **benchmarks(),
        **consultations(role),
        "accounts.enable": [{"user_id": city.disabled}],
        "accounts.link": [{"token": city.link}],
        "accounts.kept": [],  # Seen by its author alone: foundation/accounts/test_kept.py.
        "accounts.decide_request": [],  # See tests/foundation/accounts/test_agreements.py.
        "archive.show": archives(city, role),
        "archive.reference": archives(city, role),
        # Of the whole city a workbook names many people: a page. Any other one is a file.
        "exchange.export": [{"name": "members", "period": closed}] if role is Role.HR else [],
        "exchange.large_export": each("export_id", city.asked, *agreed),
        "exchange.large_export_refuse": each("export_id", city.asked),
        "exchange.change": archives(city, role) if role is Role.HR else [],
        "exchange.person": archives(city, role) if role is Role.HR else [],
        "exchange.roster_batch": each("batch_id", city.checked, city.refused, city.applied),
        "exchange.roster_lines": [
            {"batch_id": city.refused, "kind": kind} for kind in ("findings", "changes")
        ],
        "exchange.roster_undo": [{"batch_id": city.applied}],
        "feedback.call": calls_of(city, role),
        "feedback.contact": [],  # No case of the demo city has a number of a citizen.
        "jobs.show": [{"job_id": city.jobs[role]}] if role else [],
        "coordination.task": [],  # The head's: tests/browser/test_journey_coordination.py.
        "objections.new": conclusions() if role is Role.CHIEF else [],
        "referrals.draft": matters_in_hand() if role is Role.SUPERVISOR else [],
        "causes.name": candidates(city, role),
        "reductions.show": service_matters(city, role),
        "reductions.version": service_matters(city, role)[:1],
        "proofs.add": each("version_id", 1) if role is Role.SUPERVISOR else [],
        "ratings.display": [{"token": city.display}],
        "ratings.screen": [{"number": city.member}],
        "reports.member": [{"number": city.member, "period": closed}],
        "reports.results": [{"period": public}],
        "visits.show": visits_seen(city, role),
        **hotline(role),
        "reports.section": [{"code": code, "period": closed} for code in sections],
    }
    if not route.arguments:
        return [{}]
    if route.endpoint.startswith(("cases.", "pool.", "remedies.")) and role:
        return case_values(route.endpoint, user_of(city.accounts[role].name))
    if route.endpoint.startswith("accounts."):
        return known.get(route.endpoint, [{"user_id": 1}])
    if route.endpoint.startswith("closing.") and route.arguments == {"version"}:
        return known.get(route.endpoint, [{"version": city.draft}])
    return known[route.endpoint]


def archives(city: City, role: Role | None) -> list[Values]:
    """The number of a person whose archive the role may open.

    Who is no chief has the own one only; such an account is named after its number.
    """
    is_own = role in {Role.STAFF, Role.COUNTER}
    return [{"number": city.accounts[role].name if role and is_own else city.member}]


def periods_of(city: City) -> dict[str, list[Values]]:
    """Return parameters of the pages of periods, their results and policies."""
    closed, public = city.closed[0], city.closed[1]
    return {
        "chiefs.agree": [{"code": public}],
        "chiefs.choose": [{"code": public}],
        "chiefs.compare": [{"code": public}],
        "chiefs.compare_case": [],  # Leads to the page of a period.
        "closing.close": [{"code": city.opened}],
        "closing.correct": [{"code": closed}],
        "closing.diff": [{"code": closed, "version": 2}],
        "closing.leave": [],  # Only after a late exclusion: see tests/results/closing/test_late.py.
        "closing.period": [{"code": code} for code in (city.opened, closed, public)],
        "closing.policy": [{"version": version} for version in (1, city.draft)],
        "closing.publish": [{"code": closed}],
    }


def benchmarks() -> dict[str, list[Values]]:
    """Return parameters of the pages of benchmarks: the first indicator, figure and city."""
    names = ("change", "figure", "judge", "retire", "show", "target")
    return {
        **{f"benchmarks.{name}": each("indicator_id", 1) for name in names},
        "benchmarks.city": each("city_id", 1),
        "benchmarks.take_up": [],  # Of one that was retired: see tests/reform/benchmarks.
        "benchmarks.withdraw": each("figure_id", 2),
    }


def consultations(role: Role | None) -> dict[str, list[Values]]:
    """Return parameters of the pages of consultations: answered, open, not public yet."""
    answered, is_open, draft = each("consultation_id", 1, 2, 3)
    drafts = [draft] if role is Role.SUPERVISOR else []
    shown = {name: [answered, is_open] for name in ("read", "show", "opinion")}
    shown |= {name: [is_open] for name in ("kind", "publish", "review", "thanks")}
    shown |= dict.fromkeys(("change", "start"), drafts)
    return {
        **{f"consultations.{name}": values for name, values in shown.items()},
        "consultations.answer": [],  # See tests/reform/consultations/test_views.py.
    }


def matters_in_hand() -> list[Values]:
    """One of the matters that could be referred."""
    query = select(Subject.id).filter_by(kind="matter", state="handling").order_by(Subject.id)
    return each("case_id", *db.session.scalars(query.limit(1)))


def conclusions() -> list[Values]:
    """The latest matter of the shown section that was concluded and not objected to."""
    objected = select(Subject.origin_id).filter_by(kind="objection")
    query = select(Subject.id).filter_by(kind="matter", state="closed")
    query = query.join(Section, Section.id == Subject.section_id).where(Section.code == SECTION)
    query = query.where(Subject.id.not_in(objected)).order_by(Subject.closed_at.desc())
    return each("case_id", *db.session.scalars(query.limit(1)))


def visits_seen(city: City, role: Role | None) -> list[Values]:
    """The earliest visit without a matter and with one that a role sees."""
    if role is None:
        return []
    visible = visible_visits(user_of(city.accounts[role].name).actor, pages.today())
    found = [
        db.session.scalar(select(func.min(Visit.id)).where(visible, Visit.matter_id.is_(None))),
        db.session.scalar(select(func.min(Visit.id)).where(visible, Visit.matter_id.is_not(None))),
    ]
    return each("visit_id", *(one for one in found if one is not None))


PARTS = ("count_again", "enter", "leave_out", "slip")


def hotline(role: Role | None) -> dict[str, list[Values]]:
    """Return parameters of the pages of the hotline: a ticket with a matter and one without."""
    pages = ("columns", "show", "errors", "changes")
    if role is not Role.SUPERVISOR:
        return {
            **{f"callbacks.{page}": [] for page in PARTS},
            "hotline.show": [],
            **{f"imports.{page}": [] for page in pages},
        }
    written, *_, checked = db.session.scalars(select(HotlineImport.id).order_by(HotlineImport.id))
    has_matter = HotlineTicket.matter_id.is_not(None)
    found = [
        db.session.scalar(select(func.min(HotlineTicket.id)).where(which))
        for which in (has_matter, ~has_matter)
    ]
    left_out = db.session.scalar(select(func.min(HotlineExclusion.ticket_id)))
    return {
        "hotline.show": each("ticket_id", *found, left_out),
        **{f"callbacks.{page}": each("ticket_id", found[1]) for page in ("enter", "leave_out")},
        **{f"imports.{page}": each("import_id", checked) for page in pages},
        "imports.show": each("import_id", written, checked),
        "callbacks.slip": [],  # After a reply: tests/supervision/hotline/test_slips.py.
        "callbacks.count_again": each("ticket_id", left_out),
    }


def candidates(city: City, role: Role | None) -> list[Values]:
    """A bad review due to the process, as the supervision office sees it."""
    if role is not Role.SUPERVISOR:
        return []
    query = select_candidates(user_of(city.accounts[role].name).actor, pages.today())
    return each("case_id", *(row.subject_id for row in db.session.scalars(query.limit(1))))


def service_matters(city: City, role: Role | None) -> list[Values]:
    """The service matters in the scope of a visitor."""
    if role not in {Role.SUPERVISOR, Role.CHIEF, Role.LEADER}:
        return []
    actor, on = user_of(city.accounts[role].name).actor, pages.today()
    rows = db.session.scalars(select_current(actor, ReductionFilter(), {}, on))
    return each("matter_id", *(row.service_matter_id for row in rows))


def calls_of(city: City, role: Role | None) -> list[Values]:
    """One of the calls that are due."""
    if role is None:
        return []
    return [{"key": call.key} for call in list_calls(user_of(city.accounts[role].name).actor)[:1]]


def each(name: str, *values: Any) -> list[Values]:
    return [{name: value} for value in values]


def addresses(site: Site, role: Role | None) -> Iterator[str]:
    """Return the addresses of the pages that a visitor may read."""
    with site.app.app_context():
        for route in routes(site.app):
            if "GET" not in route.methods or route.endpoint in NO_PAGES:
                continue
            if route.action and not may(site.city, role, route.action):
                continue
            for values in values_of(route, site.city, role):
                yield route.address(values)
                for query in FILTERED.get(route.endpoint, []):
                    yield f"{route.address(values)}?{query}"


def may(city: City, role: Role | None, action: Action) -> bool:
    return role is not None and user_of(city.accounts[role].name).actor.may(action)


@pytest.mark.parametrize(
    "lang", [pytest.param(lang, marks=pytest.mark.xdist_group(lang)) for lang in ("zh", "en")]
)
@pytest.mark.parametrize("role", VISITORS)
def test_every_page_is_accessible_and_fits_phone_and_desk(
    role: Role | None, lang: str, site: Site, open_page: OpenPage
) -> None:
    page = open_page(role=role, lang=lang)
    sizes = (DESK, NARROW)
    paths = [path for path in addresses(site, role) if is_new(page, path, lang)]
    found = {path: look(page, path, sizes, lang) for path in paths}
    assert len(paths) > 5
    assert not {path: wrong for path, wrong in found.items() if wrong}


def is_new(page: Page, path: str, lang: str) -> bool:
    """Say whether nobody before was shown the same page below the menu, in this language."""
    main = re.search(r"<main.*</main>", page.request.get(path).text(), re.DOTALL)
    if main is None:
        return True
    # Tokens are those of a session.
    shown = (lang, re.sub(r'<input[^>]* type="hidden"[^>]*>', "", main[0]))
    is_new = shown not in _shown
    _shown.add(shown)
    return is_new


def look(page: Page, path: str, sizes: Sequence[dict[str, int]], lang: str) -> list[str]:
    """Open a page and return what is wrong with it in some size."""
    answer = page.goto(path)
    if answer is None or answer.status != HTTPStatus.OK:
        return [f"status {answer.status if answer else 'none'}"]
    if not str(page.locator("html").get_attribute("lang")).startswith(lang):
        return ["in another language"]
    found = []
    for size in sizes:
        page.set_viewport_size(size)  # type: ignore[arg-type]  # A TypedDict of the same shape.
        contrast = lang == "zh" and size == DESK
        found += [f"at {size['width']} px: {it}" for it in faults(page, contrast=contrast)]
    return found

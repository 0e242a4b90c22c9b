"""The pages of benchmarks: reading, keeping, what is refused."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.reform.benchmarks.models import BenchmarkCity, Figure, Indicator, YearTarget
from tests.factories import make_organ, make_user
from tests.reform.benchmarks.library import (
    REFERENCE,
    SOURCE,
    make_city,
    make_figure,
    make_indicator,
)

pytestmark = pytest.mark.usefixtures("clock")  # 24 November 2026
SignIn = Callable[[User], FlaskClient]
PAGES = "/reform/benchmarks"


@pytest.fixture
def office(sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.SUPERVISOR))


@pytest.fixture
def indicator() -> Indicator:
    """Three cities in 2025; in 2024 one of them has no figure."""
    one = make_indicator(name="企业开办用时")
    own, best, third = (
        make_city(name, is_own=name == "云州市") for name in ("云州市", "青澜市", "临屿市")
    )
    for city, year, value in (
        (own, 2024, "2.5"),
        (own, 2025, "1.6"),
        (best, 2025, "1.0"),
        (third, 2025, "1.6"),
        (third, 2024, "2.0"),
    ):
        make_figure(one, city, year, value)
    save_target(one, 2025, "1.0")
    return one


def save_target(indicator: Indicator, year: int, value: str) -> None:
    db.session.add(
        YearTarget(indicator_id=indicator.id, year=year, value=Decimal(value), basis="年度计划")
    )
    db.session.commit()


def words_of(page: str) -> str:
    """The text of a page's main part."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.partition("<main")[2]).split())


def entry(**values: str) -> dict[str, str]:
    fields = {"year": "2025", "value": "1.2", "source": SOURCE, "reference": REFERENCE}
    return {**fields, **values}


def city_id(name: str) -> str:
    return str(db.session.scalars(select(BenchmarkCity.id).filter_by(name=name)).one())


def versions() -> list[tuple[int, str | None, bool]]:
    db.session.rollback()
    query = select(Figure).where(Figure.year == 2025).order_by(Figure.city_id, Figure.version)
    return [
        (row.version, None if row.value is None else str(row.value), row.is_current)
        for row in db.session.scalars(query)
    ]


def test_the_list_says_where_the_own_city_stands(office: FlaskClient, indicator: Indicator) -> None:
    third = city_id("临屿市")
    page = words_of(office.get(f"{PAGES}?city={third}").text)
    assert "behind by 0.6 工作日 (60.0%)" in page  # the best: 1.0
    assert "level" in page  # the reference: 1.6
    assert "2 of 3" in page  # shared with the third
    assert "down by 0.9 工作日 since 2024: better" in page
    assert "0.6 工作日 missing" in page
    page = words_of(office.get(f"{PAGES}?year=2024").text)
    assert "2 of 2" in page
    assert "no earlier figure" in page
    assert "no target" in page
    assert "No indicator here" in office.get(f"{PAGES}?text=nobody&year=1&city=x").text


def test_without_a_figure_there_is_no_rank_and_no_zero(office: FlaskClient) -> None:
    one = make_indicator()
    make_figure(one, make_city("青澜市"), 2025, "1.0")
    page = words_of(office.get(PAGES).text)
    assert page.count("no figure") >= 2
    assert "of 1" not in page.partition("Rows")[0]
    assert "The own city is not entered yet" in page
    assert office.get(f"{PAGES}/{one.id}").status_code == 200


def test_a_library_is_filled_from_nothing(office: FlaskClient) -> None:
    assert office.post(f"{PAGES}/cities", data={"name": "云州市", "is_own": "y"}).status_code == 303
    again = office.post(f"{PAGES}/cities", data={"name": "青澜市", "is_own": "y"})
    assert (again.status_code, "The own city is entered already" in again.text) == (422, True)
    form = {
        "name": "材料件数",
        "definition": "平均件数",
        "unit": "件",
        "places": "1",
        "direction": "less",
        "source": "演示",
    }
    assert office.post(f"{PAGES}/new", data=form).status_code == 303
    taken = office.post(f"{PAGES}/new", data=form)
    assert (taken.status_code, "There is one of this name already" in taken.text) == (422, True)
    bad = office.post(f"{PAGES}/new", data={**form, "name": " ", "places": "7"})
    assert bad.status_code == 422
    assert "材料件数" not in bad.text
    assert "平均件数" in bad.text  # What was typed stays.
    one = db.session.scalars(select(Indicator)).one()
    sent = office.post(f"{PAGES}/{one.id}/figure", data=entry(city=city_id("云州市")))
    assert sent.status_code == 303
    unit = office.post(f"{PAGES}/{one.id}/change", data={**form, "unit": "份"})
    assert (unit.status_code, "units are never mixed" in unit.text) == (422, True)
    places = office.post(f"{PAGES}/{one.id}/change", data={**form, "places": "0"})
    assert (places.status_code, "has more decimals" in places.text) == (422, True)
    changed = office.post(f"{PAGES}/{one.id}/change", data={**form, "definition": "另述"})
    assert changed.status_code == 303
    lines = db.session.scalars(
        select(AuditEvent).order_by(AuditEvent.id).filter_by(action=Action.BENCHMARK_KEEP)
    ).all()
    assert lines[-1].details == {"before": {"definition": "平均件数"}}


def test_another_figure_is_shown_before_it_is_replaced(
    office: FlaskClient, indicator: Indicator
) -> None:
    best, path = city_id("青澜市"), f"{PAGES}/{indicator.id}/figure"
    asked = office.post(path, data=entry(city=best))
    assert asked.status_code == 422
    assert "replace it?" in asked.text
    assert re.search(r"before</th><td class=\"num\">1.0 工作日", asked.text)
    assert versions()[1] == (1, "1.0", True)
    assert office.post(path, data=entry(city=best, stands="1")).status_code == 422, "no reason"
    sent = office.post(path, data=entry(city=best, stands="1", reason="来源更正"))
    assert sent.status_code == 303
    assert versions()[1:3] == [(1, "1.0", False), (2, "1.2", True)]
    page = words_of(office.get(f"{PAGES}/{indicator.id}").text)
    assert "Earlier versions" in page
    assert "来源更正" in page
    stale = office.post(path, data=entry(city=best, value="3", stands="1", reason="旧页"))
    assert (stale.status_code, len(versions())) == (422, 4)


def test_bad_figures_are_refused_at_their_field(office: FlaskClient, indicator: Indicator) -> None:
    path, before = f"{PAGES}/{indicator.id}/figure", versions()
    for wrong, words in (
        ({"value": "很多"}, "This is not a number in 工作日"),
        ({"value": "1.25"}, "More than 1 decimal"),
        ({"year": "2027"}, "This is not a year from 2000 to 2026"),
        ({"source": " "}, "Please fill this in."),
        ({"city": "999"}, "This is not one of the choices"),
    ):
        answer = office.post(path, data=entry(**{"city": city_id("青澜市"), **wrong}))
        assert answer.status_code == 422, wrong
        assert words in answer.text, wrong
    assert versions() == before


def test_a_withdrawn_figure_is_none_and_stays_in_the_history(
    office: FlaskClient, indicator: Indicator
) -> None:
    own = db.session.scalars(
        select(Figure).filter_by(city_id=int(city_id("云州市")), year=2025)
    ).one()
    path = f"{PAGES}/figures/{own.id}/withdraw"
    assert "1.6 工作日" in office.get(path).text
    assert office.post(path, data={"reason": ""}).status_code == 422
    assert office.post(path, data={"reason": "口径不符"}).status_code == 303
    assert versions()[:2] == [(1, "1.6", False), (2, None, True)]
    assert office.get(path).status_code == 404
    page = words_of(office.get(f"{PAGES}?year=2025").text)
    assert "no figure" in page
    assert "of 2" not in page.partition("Rank")[2].partition("Trend")[0]
    assert "withdrawn" in office.get(f"{PAGES}/{indicator.id}").text
    again = office.post(f"{PAGES}/{indicator.id}/figure", data=entry(city=city_id("云州市")))
    assert again.status_code == 303
    assert versions()[2] == (3, "1.2", True)


def test_the_queue_is_ordered_and_drawn(office: FlaskClient, indicator: Indicator) -> None:
    later = make_indicator(name="材料件数", unit="件")
    assert "Nothing is judged yet" in office.get(f"{PAGES}/queue").text
    for one, urgency, ease in ((later, 3, 5), (indicator, 5, 3)):
        form = {"urgency": urgency, "urgency_reason": "急", "ease": ease, "ease_reason": "易"}
        assert office.post(f"{PAGES}/{one.id}/judge", data=form).status_code == 303
    wrong = {"urgency": 6, "urgency_reason": "", "ease": 3, "ease_reason": "易"}
    assert office.post(f"{PAGES}/{later.id}/judge", data=wrong).status_code == 422
    page = office.get(f"{PAGES}/queue").text
    names = re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', page)
    assert names == ["企业开办用时", "材料件数"]
    label = re.findall(r'role="img" aria-label="([^"]+)"', page)
    assert label == ["Place 1: 企业开办用时; Place 2: 材料件数"]


def test_a_target_is_set_and_replaced(office: FlaskClient, indicator: Indicator) -> None:
    path = f"{PAGES}/{indicator.id}/target"
    for value in ("0.8", "0.9"):
        data = {"year": "2027", "value": value, "basis": "计划"}
        assert office.post(path, data=data).status_code == 303
    bad = office.post(path, data={"year": "2040", "value": "x", "basis": ""})
    assert bad.status_code == 422
    lines = db.session.scalars(
        select(AuditEvent).order_by(AuditEvent.id).filter_by(action=Action.BENCHMARK_KEEP)
    ).all()
    assert (lines[-1].details["target"], lines[-1].details["before"]) == ("0.9", "0.8")


def test_who_only_reads_is_offered_and_may_do_nothing_else(
    sign_in: SignIn, indicator: Indicator
) -> None:
    narrowed = make_user(Role.SUPERVISOR, organ_id=make_organ().id)
    for reader in (make_user(Role.CHIEF), make_user(Role.LEADER), narrowed):
        client = sign_in(reader)
        assert client.get("/reform").headers["Location"] == "/reform/reductions", "the first tab"
        page = client.get(f"{PAGES}/{indicator.id}").text
        assert "Enter a figure" not in page
        assert client.get(f"{PAGES}/{indicator.id}/figure").status_code == 404
        assert client.post(f"{PAGES}/new", data={}).status_code == 404
    for other in (Role.HR, Role.STAFF, Role.DISCIPLINE):
        assert sign_in(make_user(other)).get(PAGES).status_code == 404

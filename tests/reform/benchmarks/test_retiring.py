"""Indicators out of use: who, since when and why, where they are hidden, and taken up again."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from evalsys.core.audit import AuditEvent
from evalsys.core.database import Model
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.reform.benchmarks.models import BenchmarkCity, Figure, Indicator, Retirement
from tests.factories import make_user
from tests.reform.benchmarks.library import make_city, make_figure, make_indicator

pytestmark = pytest.mark.usefixtures("clock")  # 24 November 2026
SignIn = Callable[[User], FlaskClient]
PAGES = "/reform/benchmarks"
GONE = {"since": "2025-03-01", "reason": "国家口径停用"}


@pytest.fixture
def office(sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.SUPERVISOR, display_name="督查甲"))


@pytest.fixture
def indicator() -> Indicator:
    """Judged, with figures of two cities before and after the day on which it is retired."""
    judged = {"urgency": 5, "urgency_reason": "集中反映", "ease": 4, "ease_reason": "本市权限"}
    one = make_indicator(name="企业开办用时", **judged)
    make_indicator(name="全程网办率", unit="%")
    own, best = make_city("云州市", is_own=True), make_city("青澜市")
    for city, year, value in (
        *((own, 2024, "2.5"), (own, 2025, "1.6")),
        *((best, 2024, "2.0"), (best, 2025, "1.0")),
    ):
        make_figure(one, city, year, value)
    return one


def retire(client: FlaskClient, one: int, **values: str) -> int:
    return client.post(f"{PAGES}/{one}/retire", data={**GONE, **values}).status_code


def test_a_retired_indicator_is_hidden_from_now_on_and_stays_in_years_before(
    office: FlaskClient, indicator: Indicator
) -> None:
    one = indicator.id
    assert "企业开办用时" in office.get(f"{PAGES}/queue").text
    assert retire(office, one) == 303
    for path in ("", "?year=2025", "/queue"):
        assert "企业开办用时" not in office.get(PAGES + path).text, path
    page = office.get(f"{PAGES}?year=2024").text
    assert "企业开办用时" in page
    assert "retired since 1 Mar 2025" in page
    page = office.get(f"{PAGES}?state=retired").text
    assert "企业开办用时" in page
    assert "全程网办率" not in page
    assert "2.5 工作日" in page, "as it stood in the last year before"
    assert "1.6 工作日" not in page
    page = office.get(f"{PAGES}/{one}").text
    assert "compared in 2024" in page
    assert "since 1 Mar 2025, retired by 督查甲" in page
    assert "国家口径停用" in page
    assert "1.6 工作日" in page, "its figures stay on its page"
    line = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert line is not None
    assert line.details == {"retired": True, "since": "2025-03-01", "reason": "国家口径停用"}


def test_it_stays_in_the_workbook_with_since_when_and_why(
    office: FlaskClient, indicator: Indicator
) -> None:
    retire(office, indicator.id)
    book = load_workbook(io.BytesIO(office.get(f"{PAGES}/workbook?lang=zh").data))
    rows = {title: list(book[title].iter_rows(values_only=True)) for title in book.sheetnames[1:]}
    named = {title: [row[0] for row in found[1:]] for title, found in rows.items()}
    assert named["对标表"] == ["全程网办率"]
    assert named["先急后缓清单"] == []
    assert named["指标库"] == ["企业开办用时", "全程网办率"]
    assert named["指标数据"].count("企业开办用时") == 4
    told = dict(zip(*rows["指标库"][:2], strict=True))
    assert (told["停用日期"].date(), told["停用原因"]) == (date(2025, 3, 1), "国家口径停用")


def test_it_is_taken_up_again_with_reasons_and_both_stay_on_file(
    office: FlaskClient, indicator: Indicator
) -> None:
    one = indicator.id
    retire(office, one)
    path = f"{PAGES}/{one}/take-up"
    assert office.post(path, data={"reason": ""}).status_code == 422
    assert office.post(path, data={"reason": "口径恢复"}).status_code == 303
    assert "企业开办用时" in office.get(PAGES).text
    assert "企业开办用时" in office.get(f"{PAGES}/queue").text
    page = office.get(f"{PAGES}/{one}").text
    assert "口径恢复" in page
    assert "国家口径停用" in page
    answer = office.post(path, data={"reason": "再来一次"})
    assert (answer.status_code, "in use already" in answer.text) == (422, True)
    assert "再来一次" in answer.text
    assert retire(office, one, since="2026-01-01") == 303
    assert len(db.session.scalars(select(Retirement)).all()) == 2


@pytest.mark.parametrize(
    "values", [{"reason": ""}, {"since": ""}, {"since": "2026-11-25"}, {"since": "1999-12-31"}]
)
def test_it_is_not_retired_without_reasons_or_from_a_day_that_cannot_be(
    office: FlaskClient, indicator: Indicator, values: dict[str, str]
) -> None:
    assert retire(office, indicator.id, **values) == 422
    assert db.session.scalars(select(Retirement)).all() == []


def test_who_comes_second_is_told_and_undoes_nothing(
    office: FlaskClient, indicator: Indicator
) -> None:
    one = indicator.id
    assert retire(office, one) == 303
    answer = office.post(f"{PAGES}/{one}/retire", data={**GONE, "reason": "另一个原因"})
    assert (answer.status_code, "retired already" in answer.text) == (422, True)
    assert "另一个原因" in answer.text
    (row,) = db.session.scalars(select(Retirement)).all()
    assert (row.reason, row.ended_at) == ("国家口径停用", None)


def test_a_retired_indicator_takes_figures_of_earlier_years_alone(
    office: FlaskClient, indicator: Indicator
) -> None:
    one = indicator.id
    retire(office, one)
    own = db.session.scalars(select(BenchmarkCity.id).where(BenchmarkCity.is_own.is_(True))).one()
    entry = {"city": own, "value": "1.2", "source": "年报", "reference": "1号"}
    answer = office.post(f"{PAGES}/{one}/figure", data={**entry, "year": "2026"})
    assert (answer.status_code, "retired since" in answer.text) == (422, True)
    assert office.post(f"{PAGES}/{one}/figure", data={**entry, "year": "2023"}).status_code == 303
    head = "指标,城市,年份,数值,单位,来源,网址或文号\n"
    rows = "企业开办用时,云州市,2026,1.2,,年报,1号\n企业开办用时,云州市,2022,3.2,,年报,1号\n"
    data = {"file": (io.BytesIO((head + rows).encode()), "a.csv"), "hidden": "ask"}
    answer = office.post(f"{PAGES}/sheet", data=data)
    assert answer.status_code == 422
    assert answer.text.count("retired since") == 1, "the cell of the year"
    judged = {"urgency": 3, "urgency_reason": "a", "ease": 3, "ease_reason": "b"}
    assert office.post(f"{PAGES}/{one}/judge", data=judged).status_code == 422


def test_readers_see_that_it_is_retired_and_do_not_retire(
    office: FlaskClient, indicator: Indicator, sign_in: SignIn
) -> None:
    one = indicator.id
    retire(office, one)
    leader = sign_in(make_user(Role.LEADER))
    page = leader.get(f"{PAGES}/{one}").text
    assert "Retired since 1 Mar 2025" in page
    assert "take-up" not in page
    for path in ("retire", "take-up"):
        assert leader.get(f"{PAGES}/{one}/{path}").status_code == 404


@pytest.mark.parametrize(
    ("path", "data", "model"),
    [
        ("new", {"name": "首办率", "definition": "d", "unit": "%", "places": "1",
                 "direction": "more", "source": "s"}, Indicator),
        ("cities", {"name": "云州市", "is_own": "y"}, BenchmarkCity),
        ("{one}/retire", GONE, Retirement),
        ("{one}/figure", {"city": "1", "year": "2025", "value": "1.2", "source": "s",
                          "reference": "r"}, Figure),
    ],
)  # fmt: skip
def test_of_two_at_the_same_moment_one_is_kept_and_the_other_told(
    app: Flask, sign_in: SignIn, path: str, data: dict[str, str], model: type[Model]
) -> None:
    one = make_indicator(unit="工作日").id
    if model is not BenchmarkCity:
        assert make_city("云州市", is_own=True).id == 1
    people = [sign_in(make_user(Role.SUPERVISOR)) for _ in range(4)]
    db.session.remove()
    address, before = f"{PAGES}/{path.format(one=one)}", counted(model)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda client: client.post(address, data=data), people))
    codes = sorted(answer.status_code for answer in answers)
    assert codes in ([303, 422, 422, 422], [303] * codes.count(303) + [422] * codes.count(422))
    assert 303 in codes
    if model is not Figure:  # The same figure again changes nothing.
        assert codes == [303, 422, 422, 422]
    assert counted(model) == before + 1


def counted(model: type[Model]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_two_own_cities_of_different_names_cannot_be(app: Flask, sign_in: SignIn) -> None:
    people = [sign_in(make_user(Role.SUPERVISOR)) for _ in range(4)]
    db.session.remove()
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda each: each[1].post(
                    f"{PAGES}/cities", data={"name": f"云州{each[0]}", "is_own": "y"}
                ),
                enumerate(people),
            )
        )
    assert sorted(answer.status_code for answer in answers) == [303, 422, 422, 422]
    assert sum("The own city is entered already" in answer.text for answer in answers) == 3
    assert counted(BenchmarkCity) == 1

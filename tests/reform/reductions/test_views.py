"""The list, a matter before and after, and its forms: who sees and enters what, and bad input."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.core.audit import AuditEvent
from evalsys.core.errors import NotAllowed
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.reform.reductions.models import MatterVersion, ServiceMatter
from evalsys.reform.reductions.queries import first_versions, get_current, list_versions
from evalsys.reform.reductions.rules.measures import Way
from evalsys.reform.reductions.service import VersionOvertaken
from tests.factories import (
    make_chief,
    make_leader,
    make_organ,
    make_policy,
    make_section,
    make_user,
)
from tests.reform.reductions.matters import FIRST, LATER, LONG, NOW, SHORT, make_matter, shorten

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def chinese(sign_in: SignIn) -> SignIn:
    """Return a function that signs a user in who reads Chinese."""

    def chinese(user: User) -> FlaskClient:
        client = sign_in(user)
        client.set_cookie("lang", "zh")
        return client

    return chinese


@dataclass(frozen=True)
class Office:
    """A section with a matter, one beside it, and one of another organ."""

    section: Section
    beside: Section
    elsewhere: Section
    supervisor: User
    matter: ServiceMatter


@pytest.fixture
def office(app: Flask) -> Iterator[Office]:
    with time_machine.travel(NOW, tick=False):
        make_policy()
        organ = make_organ(code="SP", name="审批局")
        section = make_section(organ, code="SP01", name="企业登记科")
        beside = make_section(organ, code="SP02", name="工程建设科")
        elsewhere = make_section(make_organ(code="RS", name="人社局"), code="RS01", name="社保科")
        user = make_user(Role.SUPERVISOR, name="ducha")
        yield Office(section, beside, elsewhere, user, make_matter(section))


def entered(**values: Any) -> dict[str, Any]:
    """What the form of a version is filled in with."""
    facts = {
        "starts_on": LATER.isoformat(),
        "section": "SP01",
        "items": 1,
        "documents": 9,
        "spared": 6,
        "certificates": 2,
        "replaced": 2,
        "legal": 15,
        "promised": 1,
        "actual": "0.9",
        "visits": 1,
        "online_share": "87.5",
        "ways": ["online", "once"],
        "steps": SHORT,
        "basis": "云审批〔2026〕9号",
        "seen": 1,
    }
    return {**facts, **values}


def matters(client: FlaskClient, address: str = "/reform/reductions") -> list[str]:
    """The codes of the matters that a list shows."""
    return re.findall(
        r'<span class="small mute nowrap">([\w-]+)</span></th>', client.get(address).text
    )


def test_the_office_sees_what_got_shorter_and_by_how_much(office: Office, chinese: SignIn) -> None:
    shorten(office.matter, office.section)
    make_matter(office.beside, "SP-2", "施工许可")
    client = chinese(office.supervisor)
    page = client.get("/reform/reductions").text
    assert matters(client) == ["SP-1", "SP-2"]
    assert "−60.0%" in page
    assert "−83.3%" in page
    assert "其中1项已压减" in page
    assert matters(client, "/reform/reductions?outcome=met") == ["SP-1"]
    assert matters(client, "/reform/reductions?outcome=first") == ["SP-2"]
    assert matters(client, "/reform/reductions?outcome=short") == []
    assert matters(client, "/reform/reductions?section=SP02&organ=SP") == ["SP-2"]
    assert matters(client, "/reform/reductions?text=施工") == ["SP-2"]
    assert matters(client, "/reform/reductions?text=SP-1") == ["SP-1"]
    assert matters(client, "/reform/reductions?way=phone") == []
    assert matters(client, "/reform/reductions?way=nonsense&outcome=x&page=7") == ["SP-1", "SP-2"]


def test_each_reads_what_the_own_sections_handle_today(office: Office, chinese: SignIn) -> None:
    shorten(office.matter, office.beside)
    other = make_matter(office.elsewhere, "RS-1", "社保转移")
    chief = make_user(Role.CHIEF, name="kezhang", staff_id=make_chief(office.beside).id)
    before = make_user(Role.CHIEF, name="before", staff_id=make_chief(office.section).id)
    leader = make_user(Role.LEADER, name="fenguan", staff_id=make_leader(office.beside).id)
    of_organ = make_user(Role.SUPERVISOR, name="organ", organ_id=office.elsewhere.organ_id)
    for user, seen in ((chief, ["SP-1"]), (before, []), (leader, ["SP-1"]), (of_organ, ["RS-1"])):
        client = chinese(user)
        assert matters(client) == seen
        for matter in (office.matter, other):
            code = 200 if matter.code in seen else 404
            assert client.get(f"/reform/reductions/{matter.id}").status_code == code
    assert chinese(chief).get("/reform/reductions/new").status_code == 404
    assert chinese(chief).get(f"/reform/reductions/{office.matter.id}/version").status_code == 404
    assert (
        chinese(of_organ).get(f"/reform/reductions/{office.matter.id}/version").status_code == 404
    )
    assert chinese(office.supervisor).get("/reform/reductions/9999").status_code == 404
    assert chinese(make_user(Role.HR, name="hr")).get("/reform/reductions").status_code == 404
    with pytest.raises(NotAllowed):
        shorten(office.matter, office.beside, chief.actor)


def test_a_matter_shows_both_processes_and_its_history(office: Office, chinese: SignIn) -> None:
    shorten(office.matter, office.section, office.supervisor.actor)
    page = chinese(office.supervisor).get(f"/reform/reductions/{office.matter.id}").text
    [picture] = re.findall(r'<svg class="process".*?</svg>', page, re.DOTALL)
    assert picture.count("<rect") == 7
    assert 'role="img"' in picture
    assert "5个环节，6个工作日" in picture
    assert "2个环节，1个工作日" in picture
    assert "取消：名称核准, " in picture.replace("，", ", ").replace("、", ", ")
    assert "受理即审查" in page
    assert page.count("<h3>") == 2
    assert office.supervisor.display_name in page
    assert "云审批〔2026〕9号" in page


def test_any_two_versions_are_compared(office: Office, chinese: SignIn) -> None:
    shorten(office.matter, office.section, day=date(2026, 3, 2), promised=4)
    shorten(office.matter, office.section, promised=0)
    client = chinese(office.supervisor)
    path = f"/reform/reductions/{office.matter.id}"
    assert "−75.0%" not in client.get(path).text
    assert "基数为0" in client.get(f"{path}?before=3&after=2").text
    assert "−33.3%" in client.get(f"{path}?after=2").text
    for odd in ("before=x", "before=77", "after=-1", "after=１"):
        assert client.get(f"{path}?{odd}").status_code == 200


def test_what_comes_later_does_not_count_today(office: Office, chinese: SignIn) -> None:
    shorten(office.matter, office.section, day=date(2026, 12, 1))
    current = get_current(office.supervisor.actor, office.matter.id, date(2026, 11, 24))
    assert current.number == 1
    assert get_current(office.supervisor.actor, office.matter.id, date(2026, 12, 1)).number == 2
    assert (
        "尚未施行" in chinese(office.supervisor).get(f"/reform/reductions/{office.matter.id}").text
    )


def test_a_correction_replaces_the_version_of_its_day_and_overwrites_nothing(
    office: Office, chinese: SignIn
) -> None:
    shorten(office.matter, office.section, day=FIRST, steps=LONG, promised=8, basis="更正：承诺8天")
    assert [one.promised for one in list_versions(office.matter.id)] == [6, 8]
    assert first_versions([office.matter.id])[office.matter.id].promised == 8
    page = chinese(office.supervisor).get(f"/reform/reductions/{office.matter.id}").text
    assert "已更正" in page
    assert "更正：承诺8天" in page


def test_a_matter_is_taken_up(office: Office, chinese: SignIn) -> None:
    client = chinese(office.supervisor)
    facts = entered(code="SP-9", name="证照补领", starts_on="2026-01-05", seen="")
    answer = client.post("/reform/reductions/new", data=facts)
    assert answer.status_code == 303
    matter = db.session.scalars(select(ServiceMatter).filter_by(code="SP-9")).one()
    [version] = list_versions(matter.id)
    assert (version.promised, version.spared, version.step_count) == (1, 6, 2)
    assert version.figures.ways == {Way.ONLINE, Way.ONCE}
    assert version.entered_by == office.supervisor.id
    assert client.get(answer.headers["Location"]).status_code == 200
    line = db.session.scalars(
        select(AuditEvent).filter_by(action=Action.REDUCTION_ENTER, user_id=office.supervisor.id)
    ).one()
    assert line.details == {"version": 1, "starts_on": "2026-01-05", "basis": "云审批〔2026〕9号"}


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("code", {"code": ""}),
    ("code", {"code": "SP 9"}),
    ("code", {"code": "SP-1"}),
    ("name", {"name": " "}),
    ("name", {"name": "长" * 81}),
    ("starts_on", {"starts_on": "2026-02-30"}),
    ("starts_on", {"starts_on": "2026-12-01"}),
    ("starts_on", {"starts_on": "0001-01-01"}),
    ("section", {"section": "RS99"}),
    ("items", {"items": "-1"}),
    ("documents", {"documents": "九"}),
    ("spared", {"spared": "10"}),
    ("replaced", {"replaced": "3"}),
    ("promised", {"promised": "16"}),
    ("actual", {"actual": "0.999"}),
    ("actual", {"actual": "NaN"}),
    ("online_share", {"online_share": "101"}),
    ("online_share", {"ways": ["phone"]}),
    ("phone_share", {"phone_share": "3"}),
    ("terminal_share", {"ways": ["online", "terminal"], "terminal_share": "12.6"}),
    ("terminal_share", {"ways": ["online", "terminal"], "terminal_share": "-1"}),
    ("bookable_share", {"ways": ["online", "bookable"], "bookable_share": "0.001"}),
    ("once_share", {"once_share": "100.5"}),
    ("visits", {"visits": "2"}),
    ("ways", {"ways": ["pigeon"]}),
    ("steps", {"steps": "受理，窗口"}),
    ("steps", {"steps": " \n "}),
    ("basis", {"basis": ""}),
]


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_stored(
    office: Office, chinese: SignIn
) -> None:
    client = chinese(office.supervisor)
    facts = entered(code="SP-9", name="证照补领", starts_on="2026-01-05", seen="")
    for field, values in WRONG:
        answer = client.post("/reform/reductions/new", data={**facts, **values})
        assert answer.status_code == 422, values
        assert re.findall(r'<li><a href="#(\w+)"', answer.text) == [field], values
        if field != "basis":  # What was typed is still there.
            assert "云审批〔2026〕9号" in answer.text
    assert db.session.scalar(select(func.count(ServiceMatter.id))) == 1
    assert db.session.scalar(select(func.count(MatterVersion.id))) == 1


def test_each_way_is_shown_with_the_share_that_was(office: Office, chinese: SignIn) -> None:
    client, path = chinese(office.supervisor), f"/reform/reductions/{office.matter.id}"
    shares = {
        "online_share": "61.5",
        "phone_share": "8.5",
        "terminal_share": "",
        "once_share": "99",
    }
    ways = ["online", "phone", "bookable", "once"]
    assert client.post(f"{path}/version", data=entered(ways=ways, **shares)).status_code == 303
    table = re.search(r'id="ways".*?</table>', client.get(path).text, re.DOTALL)
    assert table
    found = re.findall(r'<th scope="row">(.*?)</th>.*?">(.*?)</td>.*?">(.*?)</td>', table[0])
    assert found == [
        ("网上办", "12%", "61.5%"),
        ("电话办", "不可办", "8.5%"),
        ("自助办", "不可办", "不可办"),
        ("窗口办", "88%", "30%"),
        ("可预约", "不可办", "可办，占比不详"),
        ("最多跑一次", "不可办", "99%"),
    ]
    listed = client.get("/reform/reductions").text
    assert "网上办 61.5%" in listed
    form = client.get(f"{path}/version").text
    assert re.search(r'name="phone_share"[^>]*value="8.5"', form)
    assert re.search(r'name="terminal_share"[^>]*value=""', form)


def test_a_version_begins_with_what_the_last_one_says(office: Office, chinese: SignIn) -> None:
    path = f"/reform/reductions/{office.matter.id}/version"
    client = chinese(office.supervisor)
    page = client.get(path).text
    assert "名称核准，窗口，1\n受理，窗口，1" in page
    assert re.search(r'name="actual"[^>]*value="5.5"', page)
    assert client.post(path, data=entered()).status_code == 303
    assert [one.promised for one in list_versions(office.matter.id)] == [6, 1]


def test_a_version_is_not_before_the_first_one(office: Office, chinese: SignIn) -> None:
    path = f"/reform/reductions/{office.matter.id}/version"
    client = chinese(office.supervisor)
    for day in ("2020-01-01", "2099-01-01", "9999-12-31"):
        answer = client.post(path, data=entered(starts_on=day))
        assert answer.status_code == 422
        assert 'href="#starts_on"' in answer.text


def test_whoever_was_overtaken_is_told_and_keeps_what_was_typed(
    office: Office, chinese: SignIn
) -> None:
    client, path = chinese(office.supervisor), f"/reform/reductions/{office.matter.id}/version"
    shorten(office.matter, office.section)
    answer = client.post(path, data=entered(basis="云审批〔2026〕10号"))
    assert answer.status_code == 422
    assert "期间已有人录入第2版" in answer.text
    assert "云审批〔2026〕10号" in answer.text
    assert len(list_versions(office.matter.id)) == 2
    again = entered(basis="云审批〔2026〕10号", seen=2)
    assert client.post(path, data=again).status_code == 303


def test_overtaken_is_an_error_of_its_own() -> None:
    assert VersionOvertaken(number=2).status == 409


def test_the_page_asks_the_same_however_many_matters_there_are(
    office: Office, chinese: SignIn, statements: list[str]
) -> None:
    client, asked = chinese(office.supervisor), []
    for count in (1, 12):
        for number in range(count):
            shorten(make_matter(office.beside, f"X-{count}-{number}"), office.beside)
        client.get("/reform/reductions")
        statements.clear()
        assert client.get("/reform/reductions").status_code == 200
        asked.append(len(statements))
    assert asked[0] == asked[1]

"""Who enters what callers say, and when: not beside a newer call-back, not for an own matter."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.supervision.hotline.models import HotlineTicket
from tests.factories import make_organ, make_user
from tests.supervision.hotline.lists import (
    CHOSEN,
    HEADINGS,
    checked,
    name_columns,
    row,
    send,
    ticket,
    written,
)
from tests.supervision.hotline.lists import as_csv as plain_csv
from tests.supervision.office import NOW, Supervision

SignIn = Callable[[User], FlaskClient]
CALL = {"called_on": "2026-02-11", "reached": "yes", "solved": "no"}
MORE = ("回访时间", "是否接通", "是否解决")
ALL = (*CHOSEN, "called_on", "reached", "solved")


def tried(client: FlaskClient, *rows: tuple[str, ...]) -> str:
    """Send a list with call-backs; return the address of its trial run."""
    lines = [",".join(cells) for cells in ((*HEADINGS, *MORE), *rows)]
    return str(name_columns(client, send(client, "\n".join(lines).encode()).location, ALL).location)


def test_a_form_that_was_open_all_the_time_overwrites_nothing_newer(client: FlaskClient) -> None:
    written(client, plain_csv([row("RX-1")]))
    path = f"/hotline/{ticket().id}/call?lang=en"
    first = {**CALL, "seen": ticket().call.mark}
    assert client.post(path, data={**first, "solved": "yes"}).status_code == 303
    stale = client.post(path, data=first)
    assert stale.status_code == 422
    assert "Another call-back was entered meanwhile" in stale.text
    assert "On file now" in stale.text
    assert ticket().is_solved is True
    assert f'value="{ticket().call.mark}"' in stale.text, "once seen, it may be replaced"
    assert client.post(path, data={**first, "seen": ticket().call.mark}).status_code == 303
    assert ticket().is_solved is False


def test_a_list_with_an_earlier_call_back_overwrites_nothing_newer(client: FlaskClient) -> None:
    written(client, plain_csv([row("RX-1")]))
    path = f"/hotline/{ticket().id}/call"
    assert client.post(path, data={**CALL, "solved": "yes"}).status_code == 303
    earlier = (*row("RX-1", 标题="新标题"), "2026-02-10", "是", "未解决")
    assert client.post(f"{tried(client, earlier)}/write").status_code == 303
    kept = ticket()
    assert (kept.title, kept.called_on, kept.is_solved) == ("新标题", date(2026, 2, 11), True)
    later = (*row("RX-1", 标题="新标题"), "2026-02-12", "是", "未解决")
    client.post(f"{tried(client, later)}/write")
    assert (ticket().called_on, ticket().is_solved) == (date(2026, 2, 12), False)


def test_who_handled_a_ticket_brings_its_call_back_by_no_list(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    written(client, plain_csv([row("RX-1"), row("RX-2")]))
    case = ticket().matter
    assert case is not None
    now = NOW + timedelta(minutes=5)
    office.take(office.office, case, "accept", now=now)
    office.take(office.office, case, "assign", now=now, **office.assignment())
    own = sign_in(make_user(Role.SUPERVISOR, staff_id=office.member.id))
    assert own.post(f"/hotline/{ticket().id}/call", data=CALL).status_code == 403
    answers = ("2026-02-11", "是", "已解决")
    path = tried(own, *((*row(f"RX-{n}"), *answers) for n in (1, 2)))
    page = own.get(f"{path}?lang=en").text
    assert page.count("You answer for its matter, or lead who does") == 1
    assert "Write 1 ticket" in page
    own.post(f"{path}/write")
    assert (ticket().is_solved, ticket("RX-2").is_solved) == (None, True)
    client.post(f"{tried(client, (*row('RX-1'), *answers))}/write")
    assert ticket().is_solved is True, "somebody else of the office brings it"


def owned(office: Supervision, number: str = "RX-1") -> None:
    """Let the member answer for the matter of a ticket."""
    case, now = ticket(number).matter, NOW + timedelta(minutes=5)
    assert case is not None
    office.take(office.office, case, "accept", now=now)
    office.take(office.office, case, "assign", now=now, **office.assignment())


MOVES = (
    {"受理时间": "2026/1/9"},
    {"承办单位": "其他局"},
    {"工单状态": "已办结"},
    {"标题": "新标题"},
)


@pytest.mark.parametrize("cells", MOVES)
def test_who_handled_a_ticket_moves_it_by_no_list(
    office: Supervision, client: FlaskClient, sign_in: SignIn, cells: dict[str, str]
) -> None:
    """Another day, organ or state would take it out of the rates, or to another organ's."""
    make_organ(code="QT", name="其他局")
    written(client, plain_csv([row("RX-1"), row("RX-2")]))
    own = sign_in(make_user(Role.SUPERVISOR, staff_id=office.member.id))
    early = checked(own, plain_csv([row("RX-1", **cells)]))
    owned(office)
    before = ticket().changed_at
    own.post(f"{early}/write")
    assert ticket().changed_at == before, "refused at writing too"
    path = checked(own, plain_csv([row("RX-1", **cells), row("RX-2", **cells)]))
    page = own.get(f"{path}?lang=en").text
    assert page.count("You answer for its matter, or lead who does") == 1
    own.post(f"{path}/write")
    kept, moved = ticket(), ticket("RX-2")
    facts = (kept.received_on, kept.organ.code, kept.is_open, kept.title)
    assert facts == (date(2026, 2, 9), "SP", True, "材料反复补正RX-1")
    assert facts[:3] != (moved.received_on, moved.organ.code, moved.is_open) or "标题" in cells
    written(client, plain_csv([row("RX-1", **cells)]))
    changed = ticket()
    told = (changed.received_on, changed.organ.code, changed.is_open, changed.title)
    assert told != facts, "somebody else of the office brings it"


def test_who_handled_a_ticket_reopens_it_by_no_list(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    written(client, plain_csv([row("RX-1")]))
    owned(office)
    written(client, plain_csv([row("RX-1", 工单状态="已办结")]))
    own = sign_in(make_user(Role.SUPERVISOR, staff_id=office.member.id))
    written(own, plain_csv([row("RX-1"), row("RX-2")]))
    assert ticket().is_open is False


def test_who_handled_a_ticket_may_bring_it_as_it_stands(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    written(client, plain_csv([row("RX-1")]))
    owned(office)
    own = sign_in(make_user(Role.SUPERVISOR, staff_id=office.member.id))
    page = own.get(f"{checked(own, plain_csv([row('RX-1')]))}?lang=en").text
    assert "You answer for its matter" not in page


def test_who_handles_a_matter_makes_it_no_ticket_by_a_list(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    """The day of its receipt says in which rates it counts."""
    office.assigned(reference="RX-1")
    own = sign_in(make_user(Role.SUPERVISOR, staff_id=office.member.id))
    written(own, plain_csv([row("RX-1", 受理时间="2026/1/9"), row("RX-2")]))
    assert db.session.scalars(select(HotlineTicket.number)).all() == ["RX-2"]
    written(client, plain_csv([row("RX-1")]))
    assert ticket().matter_id is not None


def test_it_is_refused_at_writing_too(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    written(client, plain_csv([row("RX-1")]))
    own = sign_in(make_user(Role.SUPERVISOR, staff_id=office.member.id))
    path = tried(own, (*row("RX-1"), "2026-02-11", "是", "已解决"))
    case = ticket().matter
    assert case is not None
    now = NOW + timedelta(minutes=5)
    office.take(office.office, case, "accept", now=now)
    office.take(office.office, case, "assign", now=now, **office.assignment())
    own.post(f"{path}/write")
    assert ticket().is_solved is None


def test_each_office_names_its_columns_for_itself(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    """An organ falls back on the city, never the city or another organ on an organ."""
    content = plain_csv([row("RX-1")]).decode("gb18030").replace("标题", "甲").replace("内容", "乙")
    swapped = [{"title": "says", "says": "title"}.get(key, key) for key in CHOSEN]
    one = sign_in(make_user(Role.SUPERVISOR, organ_id=office.organ.id))
    other = sign_in(make_user(Role.SUPERVISOR, organ_id=make_organ(code="QT", name="其他局").id))

    def named(who: FlaskClient) -> list[str]:
        page = who.get(send(who, content.encode()).location).text
        cells = re.findall(r'name="c[56]".*?</select>', page, re.DOTALL)
        return [found[1] for cell in cells if (found := re.search(r'="(\w+)" selected', cell))]

    name_columns(one, send(one, content.encode()).location, swapped)
    assert named(one) == ["says", "title"]
    assert named(client) != ["says", "title"], "an organ prevails for nobody else"
    name_columns(client, send(client, content.encode()).location, CHOSEN)
    assert named(client) == named(other) == ["title", "says"]
    assert named(one) == ["says", "title"], "nor does the city for an organ that named its own"

"""A ticket that is open again after its matter was closed: a following matter, also by hand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.matters.models import Matter
from tests.factories import make_organ, make_user
from tests.supervision.hotline.lists import as_csv, checked, row, ticket, written
from tests.supervision.office import NOW, Supervision

SignIn = Callable[[User], FlaskClient]
LATER = NOW + timedelta(minutes=5)
CLOSING = {"asked_on": "2026-02-12", "answer": "satisfied", "conclusion": "已办结。"}


def matters() -> list[tuple[str | None, int, int | None]]:
    """The number of each matter, which one of the number it is, and the case that it follows."""
    query = select(Matter.reference, Matter.turn, Subject.origin_id).join(Subject)
    rows = db.session.execute(query.order_by(Subject.id))
    return [(number, turn, origin) for number, turn, origin in rows]


def close(office: Supervision, case: Subject | None) -> Subject:
    """Answer a matter that was taken in, and close it."""
    assert case is not None
    office.take(office.office, case, "accept", now=LATER)
    office.take(office.office, case, "assign", now=LATER, **office.assignment())
    office.take(office.handler, case, "sign", now=LATER)
    office.take(office.handler, case, "feed_back", now=LATER, result="已补。", reply="已办结。")
    return office.take(office.office, case, "close", now=LATER, **CLOSING)


def once_closed(office: Supervision, client: FlaskClient, **cells: str) -> Subject:
    """A ticket whose matter is closed, and which the hotline has closed too."""
    written(client, as_csv([row("RX-1", **cells)]))
    case = close(office, ticket().matter)
    written(client, as_csv([row("RX-1", 工单状态="已办结", **cells)]))
    return case


def test_a_ticket_that_is_open_again_gets_a_following_matter(
    office: Supervision, client: FlaskClient
) -> None:
    first = once_closed(office, client)
    path = checked(client, as_csv([row("RX-1"), row("RX-2")]))
    told = client.get(f"{path}?lang=en").text
    assert "1 ticket reopened: a following matter is opened" in told
    assert len(matters()) == 1, "nothing is written before it is confirmed"
    client.post(f"{path}/write")
    report = client.get(f"{path}?lang=en").text
    assert "1 ticket reopened: a following matter was opened" in report
    assert matters()[:2] == [("RX-1", 1, None), ("RX-1", 2, first.id)]
    second = ticket().matter
    assert second is not None
    assert (second.origin_id, second.state) == (first.id, "taken_in")
    assert f"/cases/{second.id}" in client.get("/").text, "it waits for the office"
    written(client, as_csv([row("RX-1", 标题="又改了标题"), row("RX-2")]))
    assert len(matters()) == 3, "another list opens nothing more"


def test_both_pages_and_the_ticket_say_which_follows_which(
    office: Supervision, client: FlaskClient
) -> None:
    first = once_closed(office, client)
    written(client, as_csv([row("RX-1")]))
    second = ticket().matter
    assert second is not None
    before = client.get(f"/cases/{first.id}?lang=en").text
    assert "Following matter" in before
    assert f'href="/cases/{second.id}"' in before
    assert f'href="/hotline/{ticket().id}"' in before, "the ticket stands on both"
    after = client.get(f"/cases/{second.id}?lang=en").text
    assert "Follows from" in after
    assert f'href="/cases/{first.id}"' in after
    page = client.get(f"/hotline/{ticket().id}?lang=en").text
    assert "It follows:" in page
    assert f'href="/cases/{first.id}"' in page
    assert f'href="/cases/{second.id}"' in page


def test_what_came_back_may_be_taken_up_by_the_head(
    office: Supervision, client: FlaskClient, sign_in: SignIn
) -> None:
    """A following matter is no task of a coordination, though it has an origin too."""
    once_closed(office, client)
    written(client, as_csv([row("RX-1")]))
    head = sign_in(make_user(Role.LEADER, organ_id=office.organ.id))
    second = ticket().matter
    assert second is not None
    page = head.get(f"/cases/{second.id}").text
    assert f"/coordination/new?from={second.id}" in page


def test_it_may_come_back_a_third_time(office: Supervision, client: FlaskClient) -> None:
    once_closed(office, client)
    written(client, as_csv([row("RX-1")]))
    second = close(office, ticket().matter)
    written(client, as_csv([row("RX-1", 工单状态="已办结")]))
    written(client, as_csv([row("RX-1")]))
    assert matters()[-1] == ("RX-1", 3, second.id)
    page = client.get(f"/hotline/{ticket().id}").text
    assert page.count('href="/cases/') == 3


def test_what_stayed_open_while_its_matter_was_closed_waits_for_the_hotline(
    office: Supervision, client: FlaskClient
) -> None:
    written(client, as_csv([row("RX-1")]))
    close(office, ticket().matter)
    written(client, as_csv([row("RX-1", 标题="新标题")]))
    assert len(matters()) == 1


def test_an_open_matter_is_not_followed(office: Supervision, client: FlaskClient) -> None:
    written(client, as_csv([row("RX-1")]))
    written(client, as_csv([row("RX-1", 工单状态="已办结")]))
    written(client, as_csv([row("RX-1")]))
    assert len(matters()) == 1


def test_a_ticket_that_came_closed_follows_the_closed_matter_of_its_number(
    office: Supervision, client: FlaskClient
) -> None:
    first = close(office, office.taken_in(reference="RX-1"))
    written(client, as_csv([row("RX-1", 工单状态="已办结")]))
    written(client, as_csv([row("RX-1")]))
    assert matters() == [("RX-1", 1, None), ("RX-1", 2, first.id)]


def taken_by_hand(client: FlaskClient, number: str, **values: str) -> Any:
    """Take a matter in on the page."""
    facts = {"source": "hotline", "organ": "SP", "title": "又来电", "says": "称仍未解决。"}
    path = "/matters/new?lang=en"
    return client.post(path, data={**facts, "reference": number, **values})


def test_by_hand_a_closed_matter_is_followed_after_a_question(
    office: Supervision, client: FlaskClient
) -> None:
    first = once_closed(office, client)
    assert 'name="follows"' not in client.get("/matters/new").text
    asked = taken_by_hand(client, "RX-1")
    assert asked.status_code == 422
    assert f"RX-1 is on file as matter {first.number}, which is closed." in asked.text
    assert 'name="follows"' in asked.text
    assert taken_by_hand(client, "RX-1", follows="y").status_code == 303
    assert matters()[1:] == [("RX-1", 2, first.id)]
    second = ticket().matter
    assert second is not None
    assert second.origin_id == first.id, "it is the matter of the ticket"
    again = taken_by_hand(client, "RX-1", follows="y", title="第三次")
    assert again.status_code == 422
    assert "is on file already" in again.text
    assert 'name="follows"' not in again.text, "an open matter is not followed"


@pytest.mark.parametrize("typed", ["rx-300", "ＲＸ－３００", " RX - 300 ", "'rx-300"])
def test_a_number_typed_in_any_form_is_that_of_the_list(client: FlaskClient, typed: str) -> None:
    assert taken_by_hand(client, typed).status_code == 303
    written(client, as_csv([row("RX-300")]))
    assert [one[0] for one in matters()] == ["RX-300"]
    assert ticket("RX-300").matter_id is not None
    for page in (f"/matters?text={typed}", f"/hotline?text={typed}"):
        assert "RX-300" in client.get(page).text or "又来电" in client.get(page).text


def test_a_list_in_any_form_is_that_typed_by_hand(client: FlaskClient) -> None:
    assert taken_by_hand(client, "RX-300").status_code == 303
    written(client, as_csv([row("ｒｘ-300")]))
    assert [one[0] for one in matters()] == ["RX-300"]


def test_by_hand_a_known_ticket_without_a_matter_gets_it(client: FlaskClient) -> None:
    make_organ(code="RS", name="人社局")
    written(client, as_csv([row("RX-1", 工单状态="已办结")]))
    refused = taken_by_hand(client, "RX-1", organ="RS")
    assert refused.status_code == 422
    assert "Ticket RX-1 is on file with another organ" in refused.text
    assert taken_by_hand(client, "RX-1", title="另一件").status_code == 303
    assert ticket().matter_id is not None


def test_the_city_is_told_of_a_number_whose_matter_was_given_elsewhere(
    office: Supervision, client: FlaskClient
) -> None:
    make_organ(code="RS", name="人社局")
    case = office.taken_in(reference="RX-1")
    assigned = office.assigned(reference="RX-2")
    rows = [row(f"RX-{n}", 承办单位="人社局") for n in (1, 2, 3)]
    path = checked(client, as_csv(rows))
    page = client.get(f"{path}?lang=en").text
    for one in (case, assigned):
        words = f"Matter {one.number} has this number and was given to 审批局: name that organ"
        assert words in page
    client.post(f"{path}/write")
    db.session.rollback()
    assert db.session.scalars(select(HotlineTicket.number)).all() == ["RX-3"]
    written(client, as_csv([row("RX-1"), row("RX-2", 工单状态="已办结")]))
    assert ticket().matter_id == case.id
    written(client, as_csv([row("RX-1", 承办单位="人社局")]))
    assert ticket().matter_id == case.id, "a known one may move: its matter is where it was given"

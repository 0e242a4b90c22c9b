"""The page on which comments are read before a section reads them."""

import re
import secrets
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.core.audit import AuditEvent
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from evalsys.ratings.ballots.models import Comment, CommentState
from evalsys.ratings.comments.service import key_of
from tests.factories import make_chief, make_section, make_staff, make_user, save

SignIn = Callable[[User], FlaskClient]
WORDS = "王科长11月3日让我跑了三趟"
EDITED = "让我跑了三趟"


def make_comment(section: Section, body: str = WORDS, **values: object) -> Comment:
    fields = {"base_period": "2026-Q3", "state": CommentState.PENDING, **values}
    person = make_staff(section)
    row = Comment(
        id=secrets.token_hex(16), section_id=section.id, staff_id=person.id, body=body, **fields
    )
    return save(row)


@pytest.fixture
def reviewer(section: Section, sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.HR, organ_id=section.organ_id))


def decide(client: FlaskClient, comment: Comment, state: str, **values: str) -> tuple[int, str]:
    data = {"comment": comment.id, "state": state, "body": comment.body, **values}
    answer = client.post("/comments?state=pending", data=data)
    db.session.rollback()
    return answer.status_code, answer.location or answer.text


def test_a_comment_waits_with_section_and_number_and_without_day(
    reviewer: FlaskClient, section: Section
) -> None:
    comment = make_comment(section)
    page = reviewer.get("/comments").text
    assert comment.body in page
    assert "企业登记科" in page
    assert "To be reviewed: 1" in page


def test_released_words_may_be_edited_and_the_raters_own_stay(
    reviewer: FlaskClient, section: Section
) -> None:
    comment = make_comment(section)
    status, path = decide(reviewer, comment, "released", body=EDITED)
    assert (status, path) == (303, "/comments?state=pending#list")
    assert (comment.state, comment.released_body) == (CommentState.RELEASED, EDITED)
    assert comment.body == WORDS
    assert comment.reviewed_by is not None
    line = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == Action.COMMENT_REVIEW)
    ).one()
    assert line.details == {"state": "released", "edited": True}
    page = reviewer.get("/comments?state=released").text
    assert "Released: 1" in page
    assert WORDS in page


def test_who_withholds_words_says_why(reviewer: FlaskClient, section: Section) -> None:
    comment = make_comment(section)
    status, page = decide(reviewer, comment, "withheld")
    assert status == 422
    assert "Say why: the reason stays with the comment." in page
    assert comment.state is CommentState.PENDING
    assert decide(reviewer, comment, "withheld", reason="骂人")[0] == 303
    assert (comment.state, comment.released_body) == (CommentState.WITHHELD, None)
    assert comment.reason == "骂人"


def test_a_decision_is_changed_only_with_a_reason(reviewer: FlaskClient, section: Section) -> None:
    comment = make_comment(section)
    decide(reviewer, comment, "person_only")
    assert decide(reviewer, comment, "released")[0] == 422
    assert (comment.state, comment.reason) == (CommentState.PERSON_ONLY, None)
    assert decide(reviewer, comment, "released", reason="本人同意")[0] == 303
    assert (comment.state, comment.reason) == (CommentState.RELEASED, "本人同意")


def test_nothing_left_to_read_cannot_be_released(reviewer: FlaskClient, section: Section) -> None:
    comment = make_comment(section)
    status, page = decide(reviewer, comment, "released", body="  ")
    assert status == 422
    assert "Leave the words that may be read, or withhold the comment." in page
    assert comment.state is CommentState.PENDING


@pytest.mark.parametrize(
    "values", [{"body": "x" * 1201}, {"reason": "x" * 201}, {"state": "burnt"}, {"comment": ""}]
)
def test_what_does_not_fit_is_sent_back_and_kept(
    reviewer: FlaskClient, section: Section, values: dict[str, str]
) -> None:
    comment = make_comment(section)
    data = {"comment": comment.id, "state": "released", "body": "好", **values}
    answer = reviewer.post("/comments", data=data)
    assert answer.status_code == 422
    assert "Nothing was decided" in answer.text
    db.session.rollback()
    assert comment.state is CommentState.PENDING


def test_comments_are_listed_by_page_and_in_few_queries(
    reviewer: FlaskClient, section: Section, statements: list[str]
) -> None:
    make_comment(section)
    reviewer.get("/comments")
    statements.clear()
    reviewer.get("/comments")
    few = len(statements)
    for n in range(54):
        make_comment(section, body=f"第{n}次")
    statements.clear()
    page = reviewer.get("/comments").text
    assert len(statements) == few <= 12
    assert page.count('name="ticked"') == 50
    assert reviewer.get("/comments?page=2").text.count('name="ticked"') == 5


def test_markup_in_a_comment_is_shown_as_it_was_written(
    reviewer: FlaskClient, section: Section
) -> None:
    make_comment(section, body="</textarea><script>alert(1)</script>")
    page = reviewer.get("/comments").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_an_unknown_state_shows_what_waits(reviewer: FlaskClient, section: Section) -> None:
    comment = make_comment(section)
    assert comment.body in reviewer.get("/comments?state=burnt").text


def test_the_office_of_an_organ_sees_and_counts_its_own(
    reviewer: FlaskClient, section: Section
) -> None:
    foreign = make_comment(make_section(), body="别处的话")
    make_comment(section)
    page = reviewer.get("/comments").text
    assert "别处的话" not in page
    assert "To be reviewed: 1" in page
    assert decide(reviewer, foreign, "released")[0] == 404
    assert foreign.state is CommentState.PENDING
    assert foreign.reviewed_at is None


def test_what_says_the_same_is_one_line_and_decided_at_once(
    reviewer: FlaskClient, section: Section
) -> None:
    same = [make_comment(section, body) for body in ("很满意！", "很 满意", "很满意。")]
    other = make_comment(section, body="很慢")
    page = reviewer.get("/comments").text
    assert page.count('name="ticked"') == 2
    assert "3 times" in page
    assert decide(reviewer, same[0], "released", body="满意")[0] == 303
    assert {(one.state, one.released_body) for one in same} == {(CommentState.RELEASED, "满意")}
    assert {one.body for one in same} == {"很满意！", "很 满意", "很满意。"}
    assert other.state is CommentState.PENDING


def bulk(client: FlaskClient, button: str, ticked: list[Comment], **values: str) -> int:
    shown = re.findall(r'name="shown" value="(\w+)"', client.get("/comments").text)
    keys = [key_of(one.body) for one in ticked]
    data = {"bulk": button, "shown": shown, "ticked": keys, **values}
    status = client.post("/comments?state=pending", data=data).status_code
    db.session.rollback()
    return status


def test_all_shown_are_released_but_what_is_ticked_and_that_is_withheld(
    reviewer: FlaskClient, section: Section
) -> None:
    rows = [make_comment(section, body=f"第{n}次") for n in range(6)]
    foreign = make_comment(make_section(), body="别处的话")
    assert bulk(reviewer, "rest", rows[:2]) == 303
    assert [one.state for one in rows[:2]] == [CommentState.PENDING] * 2
    assert {(one.state, one.released_body) for one in rows[2:]} == {
        (CommentState.RELEASED, one.body) for one in rows[2:]
    }
    assert bulk(reviewer, "withheld", rows[:1]) == 422, "without a reason"
    assert bulk(reviewer, "withheld", rows[:1], reason="认得出人") == 303
    assert (rows[0].state, rows[0].released_body) == (CommentState.WITHHELD, None)
    assert bulk(reviewer, "person_only", rows[1:2]) == 303
    assert rows[1].state is CommentState.PERSON_ONLY
    assert bulk(reviewer, "released", [foreign]) == 422, "out of scope is not there"
    assert foreign.state is CommentState.PENDING
    lines = db.session.scalars(select(AuditEvent).filter_by(action=Action.COMMENT_REVIEW)).all()
    assert len(lines) == 6, "one line for each"


def test_what_somebody_else_decided_meanwhile_stays(
    reviewer: FlaskClient, section: Section
) -> None:
    comment = make_comment(section)
    page = reviewer.get("/comments").text
    assert decide(reviewer, comment, "withheld", reason="骂人")[0] == 303
    key = re.findall(r'name="shown" value="(\w+)"', page)
    answer = reviewer.post("/comments", data={"bulk": "rest", "shown": key})
    assert answer.status_code == 422
    assert "Nothing was decided" in answer.text
    db.session.rollback()
    assert comment.state is CommentState.WITHHELD


def test_what_often_shows_the_writer_is_marked(reviewer: FlaskClient, section: Section) -> None:
    make_comment(section, body="态度好")
    assert "number, date or name" not in reviewer.get("/comments").text
    make_comment(section)
    assert reviewer.get("/comments").text.count("number, date or name") == 1


@pytest.mark.parametrize("who", ["person", "colleague", "chief"])
def test_nobody_reviews_what_was_written_about_them_or_their_section(
    section: Section, sign_in: SignIn, who: str
) -> None:
    comment, foreign = make_comment(section), make_comment(make_section(section.organ))
    person = {
        "person": lambda: db.session.get_one(Staff, comment.staff_id),
        "colleague": lambda: make_staff(section),
        "chief": lambda: make_chief(section),
    }[who]()
    client = sign_in(make_user(Role.HR, organ_id=section.organ_id, staff_id=person.id))
    page = client.get("/comments").text
    assert "To be reviewed: 1" in page
    assert comment.id not in page
    assert decide(client, comment, "withheld", reason="不实")[0] == 404
    bulk = {"bulk": "withheld", "ticked": key_of(comment.body), "shown": key_of(comment.body)}
    client.post("/comments?state=pending", data={**bulk, "reason": "不实"})
    decide(client, foreign, "withheld", reason="骂人")
    db.session.rollback()
    keys = [(one.staff_id, one.id) for one in (comment, foreign)]
    states = [db.session.get_one(Comment, key).state for key in keys]
    assert states == [CommentState.PENDING, CommentState.WITHHELD]

"""The pages of results, one by one: what they show, what they keep to themselves, bad input."""

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from evalsys.core.extensions import db
from evalsys.core.frame.tasks import Task, add_tasks
from evalsys.core.permissions import Action, Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.rules import JobState
from evalsys.organisation.org.models import Section, SectionKind, Staff
from evalsys.organisation.periods.models import Period, PeriodState
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.ballots.models import Comment, CommentState
from evalsys.results.closing.models import Proposal, ProposalKind, Publication
from evalsys.scores.models import Result
from tests.factories import (
    JULY,
    make_chief,
    make_member_score,
    make_organ,
    make_period,
    make_policy,
    make_result,
    make_section,
    make_section_score,
    make_staff,
    make_thin_member_score,
    make_thin_section_score,
    make_user,
    save,
)
from tests.world import make_code, make_job

pytestmark = pytest.mark.usefixtures("clock")
SignIn = Callable[[User], FlaskClient]
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture
def result(app: Flask) -> Result:
    return make_result(make_period("2026-Q3", state=PeriodState.CLOSED, closed_at=JULY))


@pytest.fixture
def section(result: Result) -> Section:
    """A section that is compared, with a chief and a member who have scores."""
    section = make_section(make_organ(code="SP", name="审批局"), code="QY", name="企业登记科")
    chief = make_chief(section)
    make_section_score(result, section, chief_id=chief.id)
    make_member_score(result, section, chief, is_chief=True)
    return section


@pytest.fixture
def hr(app: Flask, sign_in: SignIn) -> FlaskClient:
    return sign_in(make_user(Role.HR))


def publish(result: Result) -> None:
    save(Publication(result=result, agreed_at=JULY))
    db.session.execute(update(Period).values(state=PeriodState.PUBLISHED))
    db.session.commit()


def say(section: Section, staff: Staff, number: int, state: CommentState, words: str) -> None:
    """Leave some comments that were decided on."""
    for nth in range(number):
        body = f"{words}{nth}"
        save(
            Comment(
                id=secrets.token_hex(16),
                base_period="2026-Q3",
                section_id=section.id,
                staff_id=staff.id,
                body=body,
                state=state,
                released_body=None if state is CommentState.PENDING else body,
                reviewed_at=JULY,
            )
        )


@pytest.mark.parametrize("path", ["/ranking", "/sections", "/me", "/results"])
def test_before_the_first_closing_every_page_says_what_comes(hr: FlaskClient, path: str) -> None:
    page = hr.get(path)
    assert page.status_code == 200
    assert "closed" in page.text


def test_a_visitor_finds_the_way_to_rate_and_a_user_what_waits(
    client: FlaskClient, hr: FlaskClient
) -> None:
    assert "Code of your rating slip" in client.get("/").text
    assert "Nothing waits for you" in hr.get("/").text


def test_the_personnel_office_sees_what_waits_for_it(
    hr: FlaskClient, result: Result, section: Section
) -> None:
    make_period("2026-Q2")
    say(section, make_staff(section), 2, CommentState.PENDING, "慢")
    page = hr.get("/").text
    for words in ("Close Q2 2026", "Publish Q3 2026", "2 comments", "Review comments"):
        assert words in page


def test_work_that_broke_off_is_shown_to_who_can_start_it_again(
    app: Flask, sign_in: SignIn
) -> None:
    officer = make_user(Role.HR)
    make_job(officer.actor, JobState.LOST)
    assert "Interrupted work" in sign_in(officer).get("/").text
    leader = sign_in(make_user(Role.LEADER))
    assert "Interrupted work" not in leader.get("/").text


def test_a_feature_above_may_name_what_waits(app: Flask, hr: FlaskClient) -> None:
    def source(actor: Actor, now: datetime) -> Iterator[Task]:
        what = f"for {actor.role}"
        yield Task(what, "three days left", f"{now:%Y-%m-%d}", "jobs.index", "Go", kind="y")

    add_tasks(app, Action.HOME_VIEW, source)
    page = hr.get("/").text
    assert "for hr" in page
    assert "three days left" in page
    assert '<span class="light light-y">2026-11-24</span>' in page


def test_who_closed_a_period_is_not_asked_to_agree_to_it(
    app: Flask, sign_in: SignIn, result: Result
) -> None:
    maker, other = make_user(Role.HR), make_user(Role.HR)
    second = make_result(result.period, version=2, created_by=maker.id)
    assert second.version == 2
    assert "second person" not in sign_in(maker).get("/").text.split("Latest closed period")[0]
    assert "second person" in sign_in(other).get("/").text.split("Latest closed period")[0]


def test_the_calendar_of_the_next_year_is_missed_from_october_on(hr: FlaskClient) -> None:
    assert "The holidays of 2027 are not known yet." in hr.get("/").text


def test_before_october_nobody_misses_it(
    app: Flask, sign_in: SignIn, clock: time_machine.Traveller
) -> None:
    clock.move_to("2026-09-30T02:00:00Z")
    page = sign_in(make_user(Role.HR)).get("/").text
    assert "Nothing waits for you" in page
    assert "are not known yet" not in page


def test_of_a_running_period_there_are_counts_only(
    sign_in: SignIn, hr: FlaskClient, section: Section
) -> None:
    make_period("2026-Q4")
    chief = sign_in(make_user(Role.CHIEF, staff_id=make_chief(make_section()).id))
    for _ in range(3):
        make_code(make_staff(section))
    page = hr.get("/").text
    assert "3 ratings" in page
    assert "Q4 2026 (running)" in page
    assert "Mon 11 Jan 2027 (provisional)" in page, "the notice of 2027 is not known"
    assert "0 ratings" in chief.get("/").text


def test_a_ranking_may_be_filtered_sorted_and_searched(
    hr: FlaskClient, result: Result, section: Section
) -> None:
    other = make_section(name="发票科", kind=SectionKind.APPROVAL)
    row = make_section_score(result, other, group_label="approval", theta=Decimal("60.00"))
    save(Proposal(result=result, section=other, kind=ProposalKind.INTERVIEW, grounds={}))
    both, first, second = {"企业登记科", "发票科"}, {"企业登记科"}, {"发票科"}
    cases = {
        "": both,
        "kind=approval": second,
        "kind=window": first,
        "kind=nonsense": both,
        "band=6": both,
        "band=1": set(),
        "band=x": both,
        "proposal=interview": second,
        "proposal=commendation": set(),
        "search=发票": second,
        "search=QY": first,
        "search=%25": set(),
        "search=_": set(),
        "search=王海宁": first,
        f"organ={other.organ.code}": second,
        "sort=nonsense": both,
        "page=99": both,
        "page=x": both,
        "page=-1": both,
        "period=2026-q3": both,
    }
    for query, wanted in cases.items():
        answer = hr.get(f"/ranking?{query}")
        assert answer.status_code == 200, query
        assert {name for name in both if name in answer.text} == wanted, query
    assert row.section_id == other.id
    page = hr.get("/ranking?sort=theta").text
    assert page.index("发票科") < page.index("企业登记科")
    assert hr.get("/ranking?period=2020-Q1").status_code == 404
    assert hr.get("/ranking?period=nonsense").status_code == 404


def test_a_ranking_says_how_a_section_has_moved(
    hr: FlaskClient, result: Result, section: Section
) -> None:
    before = make_result(make_period("2026-Q2", state=PeriodState.CLOSED, closed_at=JULY))
    make_section_score(before, section, theta=Decimal("85.65"))
    assert "↑ 1.7" in hr.get("/ranking?period=2026-Q3").text


@pytest.mark.parametrize("path", ["/ranking", "/sections"])
def test_more_sections_need_no_more_queries(
    hr: FlaskClient, result: Result, section: Section, statements: list[str], path: str
) -> None:
    make_section_score(result, make_section())
    hr.get(path)
    statements.clear()
    hr.get(path)
    few = len(statements)
    for _ in range(30):
        other = make_section()
        make_section_score(result, other, chief_id=make_chief(other).id)
    statements.clear()
    assert hr.get(path).status_code == 200
    assert len(statements) == few <= 12


def test_the_order_by_ballots_does_not_tell_small_counts(
    hr: FlaskClient, result: Result, section: Section
) -> None:
    """Sections under the minimum stand in the order of their codes, whatever they have."""
    for code, ballots in (("B1", 9), ("B2", 1), ("B3", 5)):
        row = make_section(code=code, name=f"{code}科")
        make_thin_section_score(result, row, ballots=ballots, bad=0, satisfied=0)
    for sort in ("ballots", "-ballots"):
        page = hr.get(f"/ranking?sort={sort}").text
        assert page.index("B1科") < page.index("B2科") < page.index("B3科")
        assert "&lt;10" in page


def test_the_order_by_ballots_keeps_to_the_minimum_of_the_rules(
    hr: FlaskClient, section: Section
) -> None:
    policy = make_policy(PolicyRules(min_n_display=50))
    period = make_period("2026-Q2", policy, state=PeriodState.CLOSED, closed_at=JULY)
    strict = make_result(period)
    for code, ballots in (("B1", 40), ("B2", 20)):
        row = make_section(code=code, name=f"{code}科")
        make_thin_section_score(strict, row, ballots=ballots)
    page = hr.get("/ranking?period=2026-Q2&sort=ballots").text
    assert page.index("B1科") < page.index("B2科")
    assert "&lt;50" in page


def test_the_order_by_rate_does_not_tell_a_rate_that_is_not_shown(
    hr: FlaskClient, result: Result, section: Section
) -> None:
    for code, rate in (("B1", "90.00"), ("B2", "40.00")):
        row = make_section(code=code, name=f"{code}科")
        make_thin_section_score(result, row, rate=Decimal(rate))
    for sort in ("rate", "-rate"):
        page = hr.get(f"/ranking?sort={sort}").text
        assert page.index("B1科") < page.index("B2科")


def test_a_chief_is_led_to_the_own_section(
    app: Flask, sign_in: SignIn, result: Result, section: Section
) -> None:
    chief = make_chief(section, started_on=JULY.date())
    user = make_user(Role.CHIEF, staff_id=chief.id)
    client = sign_in(user)
    answer = client.get("/section")
    assert answer.headers["Location"] == "/sections/QY/2026-Q3"
    page = client.get(answer.headers["Location"]).text
    assert "918.20" in page
    assert "/ 1050.00" in page


def test_a_chief_of_several_sections_is_led_to_the_list(
    app: Flask, sign_in: SignIn, result: Result, section: Section
) -> None:
    other = make_section(name="综合科")
    make_section_score(result, other)
    chief = make_chief(section, started_on=JULY.date())
    make_chief(other, chief)
    client = sign_in(make_user(Role.CHIEF, staff_id=chief.id))
    page = client.get("/section", follow_redirects=True).text
    assert "企业登记科" in page
    assert "综合科" in page


def test_the_switcher_of_periods_leads_to_the_page_of_another_one(
    hr: FlaskClient, result: Result, section: Section
) -> None:
    answer = hr.get("/sections/QY/2026-Q3?period=2026-Q2")
    assert answer.headers["Location"] == "/sections/QY/2026-Q2"
    assert hr.get(answer.headers["Location"]).status_code == 404
    number = make_staff(section).number
    assert hr.get(f"/members/{number}/2026-Q3?period=2026-Q2").status_code == 302
    assert hr.get("/results?period=2026-Q2").headers["Location"] == "/results/2026-Q2"


@pytest.mark.parametrize("period", ["nonsense", "2026-Q5", "2020-Q1", "2026-Q3x", "%00"])
def test_a_period_that_is_none_or_not_closed_is_not_there(
    hr: FlaskClient, section: Section, period: str
) -> None:
    for path in ("/sections/QY", "/members/1", "/results"):
        assert hr.get(f"{path}/{period}").status_code == 404


def test_a_section_that_is_not_compared_shows_what_is_missing_and_no_rate(
    hr: FlaskClient, result: Result
) -> None:
    thin = make_section(code="SM", name="小科")
    make_thin_section_score(result, thin)
    make_member_score(result, thin)
    for _ in range(3):
        make_thin_member_score(result, thin)
    page = hr.get("/sections/SM/2026-Q3").text
    assert "Too few ballots: not compared, not ranked" in page
    assert "86.02" not in page
    assert page.count("&lt;10") >= 3
    assert "the coverage is 25%" in page


def test_a_section_says_that_it_is_front_line_and_what_grass_roots_units_have_to_say(
    hr: FlaskClient, result: Result
) -> None:
    section = make_section(code="CK", name="综合窗口", is_front_line=True)
    make_section_score(result, section)
    for weighed in ("recipient,grassroots", "recipient"):
        make_member_score(result, section, weighed=weighed)
    page = hr.get("/sections/CK/2026-Q3").text
    assert "front line</span>" in page
    assert "weigh in for 1 of 2 members, with a weight of 12.5% on average" in page
    assert "20 of 100" in page


def test_comments_come_in_whole_batches_and_only_when_released(
    hr: FlaskClient, result: Result, section: Section
) -> None:
    person = make_staff(section)
    say(section, person, 4, CommentState.RELEASED, "很好")
    say(section, person, 3, CommentState.PERSON_ONLY, "私下")
    say(section, person, 2, CommentState.PENDING, "未审")
    say(section, person, 1, CommentState.WITHHELD, "扣下")
    page = hr.get("/sections/QY/2026-Q3").text
    assert "Fewer than 5 comments were released" in page
    assert "很好" not in page
    assert "To be reviewed: &lt;10. Waiting for a full batch: 4." in page
    say(section, person, 2, CommentState.RELEASED, "再来")
    page = hr.get("/sections/QY/2026-Q3").text
    assert sum(page.count(f"<li>{words}") for words in ("很好", "再来")) == 5
    for words in ("私下", "未审", "扣下"):
        assert words not in page


def test_the_own_page_shows_what_was_said_of_oneself_alone(
    app: Flask, sign_in: SignIn, result: Result, section: Section
) -> None:
    me, colleague = make_staff(section), make_staff(section)
    make_member_score(result, section, me)
    say(section, me, 3, CommentState.RELEASED, "大家看")
    say(section, me, 2, CommentState.PERSON_ONLY, "你自己看")
    say(section, colleague, 5, CommentState.RELEASED, "别人的")
    client = sign_in(make_user(Role.STAFF, staff_id=me.id))
    page = client.get("/me").text
    for words in ("大家看0", "你自己看1", "84.00", "none was set aside"):
        assert words in page
    assert "别人的" not in page
    assert client.get(f"/members/{me.number}/2026-Q3").status_code == 404
    assert client.get("/me?period=2020-Q1").status_code == 404
    assert "84.00" in client.get("/").text


def test_pages_say_which_rater_groups_did_not_weigh_in(
    hr: FlaskClient, result: Result, section: Section
) -> None:
    person = make_staff(section)
    make_member_score(result, section, person, weighed="leader,recipient")
    page = hr.get(f"/members/{person.number}/2026-Q3").text
    assert "service recipients 60, leader in charge 10</span>" in page
    assert "fewer than 3 ballots" in page
    assert "finer figures would tell a single ballot" in page
    assert "grass-roots units 20, collaborating sections 10. Their weight" in page
    old = make_member_score(result, section).staff
    assert "Not weighed in" not in hr.get(f"/members/{old.number}/2026-Q3").text
    page = hr.get(f"/sections/{section.code}/2026-Q3").text
    assert "grass-roots units with 1 of " in page


def test_who_has_no_row_in_any_result_is_told_so(
    app: Flask, sign_in: SignIn, result: Result
) -> None:
    for staff in (None, make_staff().id):
        client = sign_in(make_user(Role.STAFF, staff_id=staff))
        assert client.get("/me").status_code == 200


def test_the_own_page_with_too_few_ballots_has_no_figure(
    app: Flask, sign_in: SignIn, result: Result, section: Section
) -> None:
    me = make_staff(section)
    make_thin_member_score(result, section, me)
    page = sign_in(make_user(Role.STAFF, staff_id=me.id)).get("/me").text
    assert "Too few ballots (under 10)" in page
    assert "Score M" not in page
    assert ">7<" not in page


def test_ratings_that_were_set_aside_are_told_with_their_reasons(
    hr: FlaskClient, result: Result, section: Section
) -> None:
    person = make_staff(section)
    reasons = "default:12,mistaken:1"
    make_member_score(result, section, person, excluded=13, exclusion_reasons=reasons)
    page = hr.get(f"/members/{person.number}/2026-Q3").text
    assert "set aside: 13 (default rating, rated by mistake)" in page


def test_the_public_sees_what_a_second_person_agreed_to(
    client: FlaskClient, result: Result, section: Section
) -> None:
    assert "No period was published yet" in client.get("/results").text
    assert client.get("/results/2026-Q3").status_code == 404
    publish(result)
    page = client.get("/results").text
    assert "企业登记科" in page
    assert "286" in page
    assert result.digest in page
    assert "918.20" not in page
    assert "王海宁" not in page


def test_a_correction_is_not_public_before_somebody_agreed_to_it(
    client: FlaskClient, hr: FlaskClient, result: Result, section: Section
) -> None:
    publish(result)
    second = make_result(result.period, version=2)
    make_section_score(second, section, ballots=300, satisfied=250)
    assert "286" in client.get("/results").text
    assert "Version 1, digest" in client.get("/results").text
    assert "300" in hr.get("/sections/QY/2026-Q3").text


def test_a_small_section_is_not_in_the_total_on_the_public_page(
    client: FlaskClient, result: Result, section: Section
) -> None:
    """The total stands above: with the small count in it, that would be the difference."""
    sibling = make_section(name="发票科")
    make_section_score(result, sibling, ballots=40, bad=0, satisfied=30)
    small = make_section(name="小科")
    make_thin_section_score(result, small, ballots=7, bad=1, satisfied=6)
    publish(result)
    page = client.get("/results").text
    assert f'<span class="big">{286 + 40}</span>' in page
    rows = page.split("<tr>")
    assert ">40<" in next(one for one in rows if "发票科" in one)
    row = next(one for one in rows if "小科" in one)
    assert "too few" in row
    assert ">7<" not in row


def test_a_share_that_tells_a_small_side_is_not_published(
    client: FlaskClient, result: Result, section: Section
) -> None:
    loved = make_section(name="满意科")
    make_section_score(result, loved, ballots=50, bad=0, satisfied=45)
    publish(result)
    row = next(one for one in client.get("/results").text.split("<tr>") if "满意科" in one)
    assert "too few, not published" in row
    assert "under 10" in row


def test_everybody_may_read_how_the_figures_are_computed(client: FlaskClient) -> None:
    page = client.get("/formulas").text
    for number in range(1, 11):
        assert f'id="F{number}"' in page

"""The comparison of a period, through its pages: choose within the quota, agree, withdraw."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import docx
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.parties import is_owned_by
from evalsys.cases.engine.queries import find_step
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.personnel.chiefs.commending import let_lapse
from evalsys.personnel.chiefs.models import CasePeriod
from evalsys.results.closing.service import close_period, correct, publish
from tests.cases.letters.reading import text_of
from tests.factories import (
    make_chief,
    make_leader,
    make_organ,
    make_period,
    make_ratings,
    make_result,
    make_section,
    make_section_score,
    make_staff,
    make_user,
    publish_period,
    save,
)
from tests.results.closing.city import CODE, FAIR, GOOD, NOW, PLAIN, POOR, TODAY

SignIn = Callable[[User], FlaskClient]
COMPARE = f"/commendations/{CODE}"
COMMON = {"where": "局门户网站", "contact": "机关党委 85912345"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


class Organ:
    """An organ with two chiefs who stand out, one who is low, and four between: one place."""

    def __init__(self) -> None:
        self.organ = make_organ()
        for _ in range(4):
            self.rated([GOOD] * 15 + [FAIR] * 15 + [PLAIN] * 6)
        self.low = self.rated([POOR] * 40 + [FAIR] * 6)
        self.high = [self.rated([GOOD] * 60) for _ in range(2)]
        make_period(CODE)
        self.hr, self.second = make_user(Role.HR), make_user(Role.HR)
        person = make_leader(self.low)
        self.leader = make_user(Role.LEADER, staff_id=person.id)
        for section in self.high:
            make_leader(section, person)

    def rated(self, levels: Sequence[tuple[int, ...]], **values: str) -> Section:
        section = make_section(self.organ)
        for person in (make_chief(section), make_staff(section)):
            make_ratings(person, section, levels, **values)
        return section

    def close(self, *, is_published: bool = True) -> None:
        close_period(self.hr.actor, CODE, now=NOW, on=TODAY)
        if is_published:
            publish(self.second.actor, CODE, now=NOW)

    def case(self, section: Section, kind: str = "commendation") -> Subject:
        db.session.expire_all()
        query = select(Subject).where(is_owned_by([section.id]), Subject.kind == kind)
        return db.session.scalars(query.order_by(Subject.id.desc())).first()  # type: ignore[return-value]


@pytest.fixture
def organ(app: Flask) -> Organ:
    return Organ()


def choose(client: FlaskClient, *cases: Subject) -> int:
    ids = "&".join(f"case={case.id}" for case in cases)
    deeds = {f"deeds_{case.id}": "全程网办" for case in cases}
    return client.post(f"{COMPARE}/choose?{ids}", data={**COMMON, **deeds}).status_code


def agree(client: FlaskClient, *cases: Subject) -> int:
    ids = "&".join(f"case={case.id}" for case in cases)
    return client.post(f"{COMPARE}/agree?{ids}").status_code


def test_all_candidates_stand_on_one_page_with_scores_places_and_history(
    organ: Organ, sign_in: SignIn
) -> None:
    organ.close()
    page = sign_in(organ.hr).get(COMPARE).text
    for section in organ.high:
        assert section.name in page
    assert organ.low.name not in page
    assert "Places: 1 · taken 0 · free 1" in page
    assert page.count('type="checkbox"') == 2
    for name in ("Q2 2026", "Q1 2026", "Q4 2025", "Q3 2025"):
        assert page.count(name) == 2
    assert "/ 200.00" in page
    client = sign_in(organ.hr)
    client.set_cookie("lang", "zh")
    assert client.get(COMPARE).text.count("2026年第一季度") == 2


def test_the_page_of_a_period_leads_to_the_comparison_of_its_candidates(
    organ: Organ, sign_in: SignIn
) -> None:
    hr, leader = sign_in(organ.hr), sign_in(organ.leader)
    page = f"/periods/{CODE}"
    assert COMPARE not in hr.get(page).text
    organ.close()
    assert f'href="{COMPARE}"' in hr.get(page).text
    assert (COMPARE in leader.get(page).text) == (leader.get(COMPARE).status_code == 200)
    assert COMPARE not in sign_in(make_user(Role.HR, organ_id=make_organ().id)).get(page).text


@pytest.mark.parametrize("step", ["choose", "agree"])
def test_where_nobody_was_ticked_no_tick_says_that_it_is_done(
    organ: Organ, sign_in: SignIn, step: str
) -> None:
    organ.close()
    client = sign_in(organ.hr)
    assert client.post(f"{COMPARE}/{step}").status_code in {303, 403}
    page = client.get(COMPARE).text
    assert ">Nobody was ticked." in page or step == "agree"
    assert "✓ Nobody" not in page


def test_a_comparison_is_a_look_at_each_case_which_the_auditor_finds(
    organ: Organ, sign_in: SignIn
) -> None:
    organ.close()
    assert sign_in(organ.hr).get(COMPARE).status_code == 200
    looks = sign_in(make_user(Role.AUDITOR)).get("/looks")
    assert looks.status_code == 200
    for section in organ.high:
        assert organ.case(section).staff.number in looks.text


def test_two_persons_put_a_chief_on_notice_and_never_more_than_the_quota(
    organ: Organ, sign_in: SignIn
) -> None:
    organ.close()
    first, other = (organ.case(section) for section in organ.high)
    hr, second = sign_in(organ.hr), sign_in(organ.second)
    assert choose(hr, first, other) == 422, "one place for two"
    assert {organ.case(section).state for section in organ.high} == {"proposed"}
    assert choose(hr, first) == 303
    assert choose(hr, other) == 422
    assert organ.case(organ.high[0]).state == "chosen"
    assert "somebody else of the personnel office" in hr.get(COMPARE).text.lower()
    assert agree(hr, first) == 422, "who chose cannot agree"
    twin = make_user(Role.HR, display_name=organ.hr.display_name)
    assert agree(sign_in(twin), first) == 422, "nor under another account of the name"
    assert "全程网办" in second.get(f"{COMPARE}/agree?case={first.id}").text
    assert agree(second, first) == 303
    assert organ.case(organ.high[0]).state == "on_notice"
    letter = re.search(rf"/cases/{first.id}/letter/\d+", hr.get(f"/cases/{first.id}").text)
    assert letter is not None
    assert second.get(letter[0]).status_code == 200


def test_a_period_without_a_place_is_left_out_for_a_reason_that_a_second_person_agrees_to(
    organ: Organ, sign_in: SignIn
) -> None:
    organ.close()
    first, other = (organ.case(section) for section in organ.high)
    hr, second = sign_in(organ.hr), sign_in(organ.second)
    assert choose(hr, first) == 303
    later = make_result(publish_period("2026-Q4"))
    make_section_score(later, other.section, chief_id=other.staff_id)
    save(CasePeriod(case_id=other.id, period_code="2026-Q4", result_id=later.id, at=NOW))
    full, page = hr.get(COMPARE).text, hr.get("/commendations/2026-Q4").text
    assert 'type="checkbox"' not in full
    assert re.search(r'no place left here, but for <a href="[^"]+">Q4 2026</a>', full)
    assert page.count('type="checkbox"') == 1
    waiting = hr.get(f"/cases/{other.id}").text
    assert "none is left in Q3 2026" in waiting
    assert "no place left in Q3 2026, which propose it too: it can go on without" in page
    path, deeds = f"/commendations/2026-Q4/choose?case={other.id}", {f"deeds_{other.id}": "网办"}
    assert f"{other.staff.name}: why without Q3 2026" in hr.get(path).text
    assert hr.post(path, data={**COMMON, **deeds}).status_code == 422, "without a reason"
    assert organ.case(organ.high[1]).state == "proposed"
    why = {f"left_out_reasons_{other.id}": "第三季度名额已满，按第四季度表彰"}
    assert hr.post(path, data={**COMMON, **deeds, **why}).status_code == 303
    assert "taken 1 · free 0" in hr.get(COMPARE).text, "it holds no place there"
    assert "without this period: no place was left here" in hr.get(COMPARE).text
    assert f"case={other.id}" not in second.get(COMPARE).text
    agreed = f"/commendations/2026-Q4/agree?case={other.id}"
    assert hr.post(agreed).status_code == 422, "who chose cannot agree"
    shown = second.get(agreed).text
    for words in ("Q3 2026", "Q4 2026", "第三季度名额已满，按第四季度表彰"):
        assert words in shown
    assert second.post(agreed).status_code == 303
    case = hr.get(f"/cases/{other.id}").text
    assert "commended without it: no place was left" in case
    [letter] = re.findall(rf"/cases/{other.id}/letter/\d+", case)
    notice = text_of(docx.Document(io.BytesIO(second.get(letter).data)))
    assert "2026年第四季度" in notice
    assert "2026年第三季度" not in notice


def test_a_choice_that_is_put_back_takes_back_what_it_left_out(
    organ: Organ, sign_in: SignIn
) -> None:
    organ.close()
    first, other = (organ.case(section) for section in organ.high)
    hr, leader = sign_in(organ.hr), sign_in(organ.leader)
    choose(hr, first)
    later = make_result(publish_period("2026-Q4"))
    save(CasePeriod(case_id=other.id, period_code="2026-Q4", result_id=later.id, at=NOW))
    own = {f"deeds_{other.id}": "网办", f"left_out_reasons_{other.id}": "第三季度名额已满"}
    path = f"/commendations/2026-Q4/choose?case={other.id}"
    assert hr.post(path, data={**COMMON, **own}).status_code == 303
    for case in (first, other):
        back = leader.post(f"/cases/{case.id}/step/put_back", data={"reasons": "再比较"})
        assert back.status_code == 303
    assert hr.post(path, data={**COMMON, **own}).status_code == 303
    step = find_step(organ.case(organ.high[1]), "choose")
    assert step is not None
    assert step.entry["periods"] == f"{CODE} 2026-Q4"
    assert "left_out" not in step.entry, "there was a place this time"
    assert choose(hr, first) == 422, "the one place of the quarter is held again"


def test_a_leader_may_agree_and_may_send_a_choice_back(organ: Organ, sign_in: SignIn) -> None:
    organ.close()
    first, leader = organ.case(organ.high[0]), sign_in(organ.leader)
    assert choose(sign_in(organ.hr), first) == 303
    back = leader.post(f"/cases/{first.id}/step/put_back", data={"reasons": "再比较"})
    assert back.status_code == 303
    assert organ.case(organ.high[0]).state == "proposed"
    assert choose(sign_in(organ.hr), first) == 303
    assert agree(leader, first) == 303


def test_nothing_leaves_the_house_before_a_second_person_has_published(
    organ: Organ, sign_in: SignIn
) -> None:
    organ.close(is_published=False)
    hr, first, low = sign_in(organ.hr), organ.case(organ.high[0]), organ.case(organ.low, "chief")
    assert 'type="checkbox"' not in hr.get(COMPARE).text
    assert choose(hr, first) == 422
    assert hr.post(f"/cases/{low.id}/step/verify", data={"finding": "属实"}).status_code == 303
    call = {"held_on": "2026-11-02", "hour": "9:00", "place": "三楼", "interviewer": "李局长"}
    notice = f"/cases/{low.id}/step/notice"
    assert hr.post(notice, data={**call, "matter": "得分偏低"}).status_code == 422
    publish(organ.second.actor, CODE, now=NOW)
    assert hr.post(notice, data={**call, "matter": "得分偏低"}).status_code == 303
    assert choose(hr, first) == 303


def test_a_correction_takes_the_ground_away_until_it_is_published_and_says_so_too(
    organ: Organ, sign_in: SignIn
) -> None:
    organ.close()
    first = organ.case(organ.high[0])
    assert choose(sign_in(organ.hr), first) == 303
    correct(organ.hr.actor, CODE, "补录", now=NOW)
    assert agree(sign_in(organ.second), first) == 422
    publish(organ.second.actor, CODE, now=NOW)
    assert agree(sign_in(organ.second), first) == 303
    rows = db.session.scalars(select(CasePeriod).filter_by(case_id=first.id)).all()
    assert len({row.result_id for row in rows}) == 2


def test_a_notice_can_be_withdrawn_with_a_reason_and_gives_its_place_back(
    organ: Organ, sign_in: SignIn
) -> None:
    organ.close()
    hr, (first, other) = sign_in(organ.hr), (organ.case(section) for section in organ.high)
    choose(hr, first)
    agree(sign_in(organ.second), first)
    path = f"/cases/{first.id}/step/withdraw"
    assert hr.post(path, data={}).status_code == 422
    assert hr.post(path, data={"reasons": "事迹材料有误"}).status_code == 303
    case = organ.case(organ.high[0])
    assert (case.state, case.closed_at is None) == ("withdrawn", False)
    assert "事迹材料有误" in hr.get(f"/cases/{first.id}").text
    assert choose(hr, other) == 303


def test_a_single_case_is_not_chosen_past_the_comparison(organ: Organ, sign_in: SignIn) -> None:
    organ.close()
    case = organ.case(organ.high[0])
    entry = {**COMMON, "deeds": "全程网办"}
    answer = sign_in(organ.hr).post(f"/cases/{case.id}/step/choose", data=entry)
    assert answer.status_code == 303
    assert organ.case(organ.high[0]).state == "proposed"
    there = sign_in(organ.hr).get(answer.location, follow_redirects=True)
    assert there.request.path == COMPARE


def test_overlapping_periods_of_one_chief_are_one_case(organ: Organ, sign_in: SignIn) -> None:
    make_period("2026-H2")
    organ.close()
    later = NOW + timedelta(days=100)
    with time_machine.travel(later, tick=False):
        close_period(organ.hr.actor, "2026-H2", now=later, on=later.date())
        publish(organ.second.actor, "2026-H2", now=later)
    first = organ.case(organ.high[0])
    assert db.session.query(Subject).filter_by(kind="commendation").count() == 2
    rows = db.session.scalars(select(CasePeriod).filter_by(case_id=first.id)).all()
    assert sorted(row.period_code for row in rows) == ["2026-H2", CODE]
    hr = sign_in(organ.hr)
    for code in (CODE, "2026-H2"):
        assert organ.high[0].name in hr.get(f"/commendations/{code}").text
    assert choose(hr, first) == 303


def test_who_was_commended_for_a_quarter_is_not_proposed_again_for_its_half_year(
    organ: Organ, sign_in: SignIn
) -> None:
    make_period("2026-H2")
    organ.close()
    first = organ.case(organ.high[0])
    choose(sign_in(organ.hr), first)
    agree(sign_in(organ.second), first)
    later = NOW + timedelta(days=100)
    with time_machine.travel(later, tick=False):
        decided = {"decider": "李局长", "document": "审〔2026〕1号", "reasons": "事迹突出"}
        leader = sign_in(organ.leader)
        assert leader.post(f"/cases/{first.id}/step/commend", data=decided).status_code == 303
        close_period(organ.hr.actor, "2026-H2", now=later, on=later.date())
    assert organ.case(organ.high[0]).id == first.id


def test_a_proposal_lapses_after_its_term_and_is_not_chosen_then(
    organ: Organ, sign_in: SignIn
) -> None:
    organ.close()
    first, other = (organ.case(section) for section in organ.high)
    choose(sign_in(organ.hr), first)
    agree(sign_in(organ.second), first)
    assert let_lapse(now=NOW + timedelta(days=90)) == 0
    later = NOW + timedelta(days=100)
    with time_machine.travel(later, tick=False):
        assert choose(sign_in(organ.hr), other) == 422
    assert let_lapse(now=later) == 1
    assert organ.case(organ.high[1]).state == "lapsed"
    assert organ.case(organ.high[0]).state == "on_notice", "what was put up goes on"
    step = find_step(organ.case(organ.high[1]), "lapse")
    assert step is not None
    assert step.role is Role.SYSTEM


@pytest.mark.parametrize("role", [Role.STAFF, Role.CHIEF, Role.SUPERVISOR, Role.AUDITOR])
def test_nobody_else_sees_the_comparison(organ: Organ, sign_in: SignIn, role: Role) -> None:
    organ.close()
    client = sign_in(make_user(role, staff_id=organ.case(organ.high[0]).staff_id))
    assert client.get(COMPARE).status_code == 404
    assert client.get(f"/commendations/{CODE}/agree").status_code == 404
    assert client.get(f"/cases/{organ.case(organ.high[0]).id}/comparison").status_code == 404

"""The letters of a return and of a stay in the pool."""

from typing import Any

import pytest

from evalsys.personnel.pool.letters import returns, stays
from evalsys.personnel.pool.rules.returns import RETURN
from tests.cases.letters.reading import rows, words
from tests.personnel.letters.sources import (
    ASSESSED,
    COLLECTIVE,
    PLAN,
    PROPOSAL,
    TALK,
    Entries,
    make_source,
)


def test_a_proposal_rests_on_evidence_and_leaves_the_proposer_out() -> None:
    source = make_source("return", "propose", {"propose": PROPOSAL}, opener="丁卫国")
    fields = rows(returns.proposal(source))
    assert fields["建议情形"] == "业务能力不适应岗位"
    assert fields["证据目录"].splitlines() == [
        "1. 查实的投诉：2026年10月12日窗口投诉核查报告",
        "2. 履职记录：三季度超期办件清单",
    ]
    assert "排名位次不作为依据" in fields["声明"]
    assert fields["建议人"].startswith("丁卫国")


def test_a_notice_of_the_right_to_be_heard_says_until_when() -> None:
    entries: Entries = {"propose": PROPOSAL, "notify": {"delivered": "当面"}}
    letter = returns.hearing_notice(make_source("return", "notify", entries))
    said = words(letter)
    assert "5个工作日内（当日收到的，至2026年12月1日止）" in said
    assert PROPOSAL["facts"] in said
    assert "建议人不参加表决" in said
    assert letter.receipt


def test_the_record_of_the_talk_is_ready_before_it_and_full_after_it() -> None:
    entries: Entries = {"verify": {"finding": "三次错发属实"}, "talk": TALK}
    before = rows(returns.talk_form(make_source("return", "verify", entries)))
    assert before["核实情况"] == "三次错发属实"
    assert (before["谈话人"], before["本人意见"]) == ("", "")
    after = rows(returns.talk_record(make_source("return", "talk", entries)))
    assert after["谈话人"] == TALK["talker"]
    assert after["本人意见"] == TALK["heard"]


def test_an_admission_tells_the_procedure_the_dates_and_the_review() -> None:
    moves = ("propose", "notify", "note_silence", "verify", "talk")
    entries: dict[str, dict[str, Any]] = {**{move: {} for move in moves}, "admit": COLLECTIVE}
    said = words(returns.admission(make_source("return", "admit", entries)))
    assert "期限届满，本人未提交陈述申辩；2026年11月24日组织人事部门核实认定" in said
    assert "同意7票" in said
    assert "10日内（2026年12月4日前）办理工作交接" in said
    assert "交接期满才完成的，至2027年3月4日止" in said
    assert "内部复核" in said


def test_no_step_on_the_way_to_the_decision_is_left_out_of_the_admission() -> None:
    way = {move.name for move in RETURN.moves if move.target not in RETURN.finals}
    assert "note_silence" in way
    assert returns.PROCEDURE.keys() == way


@pytest.mark.parametrize("answer", ["state", "waive", "note_silence"])
def test_an_admission_says_which_answer_the_person_gave_or_that_there_was_none(answer: str) -> None:
    moves = ("propose", "notify", answer, "verify", "talk")
    source = make_source("return", "admit", {move: {} for move in (*moves, "admit")})
    said = words(returns.admission(source))
    for move, told in returns.PROCEDURE.items():
        assert (f"2026年11月24日{told}" in said) is (move in moves), move


def test_a_rejected_return_leaves_no_trace_and_burdens_nobody() -> None:
    letter = returns.rejection(make_source("return", "reject", {"reject": COLLECTIVE}))
    assert letter.remedy == ()
    assert "12个月内，不得以同一事实再次提出" in words(letter)


def test_a_plan_names_the_mentor_and_the_end() -> None:
    fields = rows(stays.plan(make_source("pool", "plan", {"plan": PLAN}, more={"mentor": "李强"})))
    assert fields["导师"] == "李强"
    assert fields["管理期至"] == "2027年2月24日"


@pytest.mark.parametrize(("move", "told"), [("pass", "达标"), ("fail", "未达标")])
def test_an_assessment_lists_training_criteria_and_conclusion(move: str, told: str) -> None:
    training = ["学习提升：审批业务课程，市委党校，40学时，合格"]
    source = make_source("pool", move, {move: ASSESSED}, more={"training": training})
    fields = rows(stays.assessment(source))
    assert fields["培训完成情况"] == training[0]
    assert fields["评估项目和得分"].startswith("学习力82分　思想力75分")
    assert fields["评估结论"] == told


def test_a_reassignment_names_the_section_and_the_check() -> None:
    entry = {"section": "S-2", "post": "四级主任科员", "starts_on": "2026-12-01"}
    source = make_source("pool", "reassign", {"reassign": entry}, receiver="市审批局综合处")
    said = words(stays.reassignment(source))
    assert "现安排你到市审批局综合处工作，岗位：四级主任科员。" in said
    assert "2026年12月1日前报到" in said
    assert "3个月（2027年2月24日前后）进行适岗考核" in said


def test_an_extension_says_until_when_and_that_it_is_the_last() -> None:
    said = words(stays.extension(make_source("pool", "extend", {"extend": COLLECTIVE})))
    assert "延长3个月，自2026年11月24日起至2027年2月24日止。管理期只延长一次。" in said


def test_dismissal_is_advised_with_the_refusal_that_it_needs() -> None:
    entry = {**COLLECTIVE, "measure": "dismissal_advice", "refuses": True}
    said = words(stays.measure(make_source("pool", "measure", {"measure": entry})))
    assert "决定：建议辞退。" in said
    assert "本人不接受其他安排" in said
    assert "内部复核" in said
    assert "第九十五条" not in said, (
        "the dismissal itself can be contested by law, its advice cannot"
    )

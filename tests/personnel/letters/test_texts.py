"""Every letter from a realistic case, and from one that lacks everything."""

from typing import Any

import pytest

from evalsys.cases.letters.rules.blocks import numeral, remedy_heading
from evalsys.cases.letters.rules.phrases import period_words
from evalsys.cases.letters.rules.source import Source
from evalsys.core.city import in_chinese
from evalsys.personnel.chiefs.letters import commendation, talks
from evalsys.personnel.chiefs.letters.commendation import Honoured
from evalsys.personnel.pool.letters import stays
from evalsys.personnel.remedies.letters import decisions as letters
from tests.cases.letters.reading import rows, words
from tests.personnel.letters.sources import COLLECTIVE, INTERVIEW, NOTICE, Entries, make_source


def test_an_interview_notice_says_when_where_and_what_about() -> None:
    letter = talks.interview_notice(make_source("chief", "notice", {"notice": NOTICE}))
    said = words(letter)
    for part in (
        "约谈通知书",
        "王海宁同志：",
        "2026年11月26日15:00",
        "机关三楼会议室",
        "2026年第三季度",
    ):
        assert part in said
    assert letter.signed_by == "青岛市行政审批服务局组织人事部门"
    assert letter.receipt


def test_an_interview_record_has_all_fields_of_the_form() -> None:
    source = make_source("chief", "interview", {"notice": NOTICE, "interview": INTERVIEW})
    letter = talks.interview_record(source)
    fields = rows(letter)
    assert list(fields) == [
        *("约谈人", "记录人", "被约谈人", "科室", "时间", "地点", "事由", "内容"),
        *("本人说明", "整改措施", "时限", "签字"),
    ]
    assert fields["时间"] == "2026年11月26日 15:00"
    assert fields["本人说明"] == INTERVIEW["explanation"]
    assert "2026年12月8日前" in fields["时限"], "ten working days after the talk"
    assert "内部复核" in words(letter)


def test_the_form_before_the_talk_is_filled_with_the_notice_and_else_empty() -> None:
    fields = rows(talks.interview_form(make_source("chief", "notice", {"notice": NOTICE})))
    assert fields["约谈人"] == "赵立新 副局长"
    assert fields["事由"] == NOTICE["matter"]
    assert (fields["记录人"], fields["内容"], fields["本人说明"]) == ("", "", "")
    assert "＿＿＿＿年" in fields["时限"]


def test_an_advice_of_an_admonition_tells_the_way_so_far_and_decides_nothing() -> None:
    entries: Entries = {
        "interview": INTERVIEW,
        "repeat": {"finding": "属实"},
        "advise_admonition": {"reasons": "连续两期"},
    }
    letter = talks.admonition_advice(make_source("chief", "advise_admonition", entries))
    said = words(letter)
    assert "2026年11月24日进行约谈" in said
    assert "本建议不是决定" in said
    assert letter.annexes[0] == "约谈记录"
    assert letter.remedy == ()


def test_an_admonition_says_how_long_it_works() -> None:
    source = make_source("chief", "admonish", {"admonish": COLLECTIVE})
    said = words(talks.admonition(source))
    assert "影响期6个月，自2026年11月24日起至2027年5月24日止" in said
    assert "青审党〔2026〕31号" in said


def test_an_adjustment_names_votes_recusals_and_the_law() -> None:
    source = make_source("chief", "decide", {"decide": {**COLLECTIVE, "measure": "removal"}})
    said = words(talks.adjustment_decision(source))
    assert "同意7票、反对0票、弃权1票；王明按规定回避" in said
    assert "决定：免职。" in said
    assert "第九十五条" in said


def test_a_decision_not_to_adjust_burdens_nobody() -> None:
    source = make_source("chief", "decide", {"decide": {**COLLECTIVE, "measure": "none"}})
    letter = talks.adjustment_decision(source)
    assert (letter.title, letter.remedy) == ("不予岗位调整决定书", ())


def test_a_public_notice_says_until_when_and_to_whom_to_object() -> None:
    entry = {"deeds": "企业开办全程网办", "where": "局门户网站", "contact": "机关党委 85912345"}
    source = make_source("commendation", "publish_notice", {"choose": entry})
    said = words(commendation.public_notice(source))
    assert "5个工作日，自2026年11月25日起至2026年12月1日止" in said
    assert "85912345" in said


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, "公示期间未收到异议。"),
        ({"object": {}, "answer": {"finding": "反映不实"}}, "公示期间收到异议，经核实：反映不实"),
    ],
)
def test_a_commendation_tells_what_the_public_said(more: dict[str, Any], told: str) -> None:
    entries = {"choose": {"deeds": "全程网办"}, **more, "commend": {"decider": "局党组"}}
    said = words(commendation.decision(make_source("commendation", "commend", entries)))
    assert told in said


def list_of(source: Source) -> list[list[str]]:
    """The lines of the list of the commended, below its columns."""
    annex = commendation.decision(source).annex
    assert annex is not None
    head, *lines = annex.form.rows
    assert [cell.words for cell in head.cells] == ["序号", "姓名", "科室", "职务", "评价周期"]
    return [[cell.words for cell in line.cells] for line in lines]


def test_a_commendation_lists_all_whom_its_document_commends() -> None:
    both = [
        Honoured("王海宁", "企业登记处", "科长", "2026年第三季度"),
        Honoured("李强", "综合处", "", "2026年第三季度"),
    ]
    source = make_source("commendation", "commend", more={"honoured": both})
    assert list_of(source) == [
        ["1", "王海宁", "企业登记处", "科长", "2026年第三季度"],
        ["2", "李强", "综合处", "", "2026年第三季度"],
    ]
    letter = commendation.decision(source)
    assert letter.annexes == ("表彰名单",)
    assert "对王海宁同志等2名同志予以表彰（名单附后）" in words(letter)


def test_a_commendation_of_one_lists_the_person_alone() -> None:
    source = make_source("commendation", "commend")
    assert list_of(source) == [["1", "王海宁", "企业登记处", "科长", "2026年第三季度"]]
    assert "对王海宁同志予以表彰（名单附后）" in words(commendation.decision(source))


@pytest.mark.parametrize(
    ("employment", "is_lawful", "law"),
    [
        ("civil_servant", True, "（《中华人民共和国公务员法》第九十五条）"),
        ("managed_as_civil_servant", True, "（参照《中华人民共和国公务员法》第九十五条）"),
        (
            "public_institution",
            True,
            "《事业单位人事管理条例》第三十八条、《事业单位工作人员申诉规定》",
        ),
        ("public_institution", True, "30日内（当日收到的，至2026年12月24日止）"),
        ("public_institution", False, "15日内（当日收到的，至2026年12月9日止）"),
        ("civil_servant", True, "15日内（当日收到的，至2026年12月9日止）"),
        ("contract", True, "《中华人民共和国劳动争议调解仲裁法》第二十七条"),
        ("civil_servant", False, "在系统本案卷页面提出申诉"),
    ],
)
def test_a_reconsideration_says_what_is_left(employment: str, is_lawful: bool, law: str) -> None:
    before = make_source("pool", "extend")
    grounds = {"against": "extend", "says": "评估标准没有事先告知。", "is_lawful": is_lawful}
    entry = {"decide": {"outcome": "change", "reasons": "评估标准告知不足", "decider": "李局长"}}
    source = make_source(
        "remedy", "decide", entry, grounds=grounds, before=before, employment=employment
    )
    said = words(letters.reconsideration(source))
    assert "2026年11月24日作出的延长管理期的决定" in said
    assert "评估标准没有事先告知。" in said
    assert "作出有利于申请人的变更" in said
    assert law in said


def test_an_appeal_decision_quotes_the_appeal() -> None:
    entries = {"appeal": {"grounds": "复核没有回应"}, "decide_appeal": {"outcome": "uphold"}}
    source = make_source("remedy", "decide_appeal", entries, grounds={"says": "旧"})
    said = words(letters.appeal_decision(source))
    assert "申诉处理决定书" in said
    assert "复核没有回应" in said


@pytest.mark.parametrize(
    ("employment", "is_lawful", "told"),
    [
        ("civil_servant", True, "上一级机关提出再申诉（《中华人民共和国公务员法》第九十五条）"),
        ("managed_as_civil_servant", True, "（参照《中华人民共和国公务员法》第九十五条）"),
        ("public_institution", True, "《事业单位工作人员申诉规定》"),
        ("contract", True, "《中华人民共和国劳动争议调解仲裁法》第二十七条"),
        ("civil_servant", False, ""),
    ],
)
def test_a_decision_on_an_appeal_says_what_the_law_still_gives(
    employment: str, is_lawful: bool, told: str
) -> None:
    grounds = {"is_lawful": is_lawful}
    source = make_source("remedy", "decide_appeal", grounds=grounds, employment=employment)
    remedy = letters.appeal_decision(source).remedy
    assert bool(remedy) is is_lawful
    assert told in "".join(remedy)


def test_the_first_letter_to_staff_of_an_institution_has_their_terms() -> None:
    entries = {"measure": {"measure": "demotion"}}
    source = make_source("pool", "measure", entries, employment="public_institution")
    first, then, _ = stays.measure(source).remedy
    assert "30日内（当日收到的，至2026年12月24日止）" in first
    assert "第三十八条、《事业单位工作人员申诉规定》（人社部发〔2014〕45号）" in first
    assert "自接到复核决定之日起30日内" in then
    assert "不经复核" not in first + then


def test_the_law_stands_with_its_terms_and_dates() -> None:
    source = make_source("chief", "decide", {"decide": {"measure": "removal"}})
    said = "".join(talks.adjustment_decision(source).remedy)
    for part in (
        "30日内（当日收到的，至2026年12月24日止）",
        "自接到复核决定之日起15日内",
        "也可以不经复核",
        "60日内作出处理决定",
        "延长时间不超过30日",
        "不停止人事处理的执行",
        "加重处理",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("2026-Q3", "2026年第三季度"),
        ("2026-H1", "2026年上半年"),
        ("2026-07", "2026年7月"),
        ("2026", "2026年"),
        ("", ""),
        ("odd-Q9", "odd-Q9"),
    ],
)
def test_names_a_period(code: str, said: str) -> None:
    assert period_words(code, in_chinese) == said


@pytest.mark.parametrize(("number", "said"), [(1, "一"), (10, "十"), (12, "十二")])
def test_writes_numerals(number: int, said: str) -> None:
    assert numeral(number) == said


def test_the_heading_of_a_remedy_counts_on() -> None:
    source: Source = make_source("chief", "admonish")
    heading = remedy_heading(talks.admonition(source))
    assert heading is not None
    assert heading.words == "四、救济途径和期限"

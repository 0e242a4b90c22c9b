"""The stories of the demo's chiefs: in which quarters they were low or good.

The section's ballots are low or high in its quarters, their closings propose the case, and the
people of the city move it to the story's state.
"""

from evalsys.cases.scenes.cast import BAD_SECTION
from evalsys.cases.scenes.registry import Entries, Scene, Story
from evalsys.core.permissions import Role
from evalsys.personnel.chiefs.commending import COMMENDATION_KIND
from evalsys.personnel.chiefs.service import LADDER_KIND
from evalsys.personnel.duties import Duty

LOW, LOWEST, HIGH = 3.05, 2.85, 5.1  # mean levels (1-5) of a section in the quarters of a story
# What they do in their own cases they do as chiefs.
OF_CHIEFS: dict[str, Role] = {Duty.PERSON: Role.CHIEF}

OF_LADDER: Entries = {
    ("close", "outcome"): "{section}超时办件由每月{some}件降到1件，{mended}已成常态。",
    ("repeat", "finding"): (
        "{section}本季度得分仍低于约谈线，"
        "{mended}落实不到位，已与{name}核对数据。"
    ),
    ("repeat_again", "finding"): (
        "{section}连续第三个季度低于约谈线，"
        "抽查{most}件，{name}对数据无异议。"
    ),
    ("drop", "reasons"): "{section}低分集中在系统停机的两天，与{name}履职无关。",
    ("advise_admonition", "reasons"): (
        "{section}连续两个季度低于约谈线，"
        "{name}约谈后整改未见成效。"
    ),
    ("admonish", "reasons"): "{name}作为{section}负责人整改不力，{went_wrong}，经研究予以诫勉。",
    ("advise_adjustment", "reasons"): (
        "诫勉后{section}得分第三次低于约谈线，"
        "{name}履职与岗位不相适应。"
    ),
    "interviewer": "赵立新 副局长",
    "hour": "15:00",
    "matter": "{section}得分低于约谈线，差评集中在“{matter}”，请{name}同志说明。",
    "explanation": "{went_wrong}，{section}的问题我{name}负主要责任。",
    "requirements": "{section}十个工作日内提交整改方案；{mended}；由{name}每周通报一次。",
    "commitment": "{section}三个月内得分回到平均水平以上，由我{name}负责：{mended_2}。",
    "plan": (
        "一、{mended}（{name}，本月底）；二、{mended_2}（综合岗，"
        "两周）；三、{section}每周复盘{matter}类差评。"
    ),
    "outcome": "{section}整改措施已落实，{name}任内连续两个季度没有低于约谈线。",
    "remark": None,
}  # fmt: skip

OF_COMMENDATION: Entries = {
    ("object", "objection"): "{section}{third}有一起投诉尚未答复，请在表彰{name}前核实。",
    ("answer", "finding"): "{third}的投诉已办结，经回访办事人满意，不影响表彰{name}。",
    ("commend", "reasons"): "公示期满无异议，经研究同意表彰{section}负责人{name}。",
    ("decline", "reasons"): "{name}本季度已参加“窗口标兵”评选，与本次表彰重复，不予表彰。",
    "where": "一楼公示栏和内网",
    "contact": "组织人事科 0532-8800 0000",
    "came_from": "群众来信",
    "deeds": "{section}得分率名列前茅，{name}首创{mended}，当季受理{most}件无一超时。",
    "periods": None,
    "left_out": None,
    "left_out_reasons": None,
}  # fmt: skip

LADDER_SCENE = Scene(
    LADDER_KIND.name,
    OF_LADDER,
    roles=OF_CHIEFS,
    at_once=frozenset({"repeat", "repeat_again"}),
    calls=frozenset({"notice"}),
    waits={"interview": 8},
    rests_on={"notice": 0, "repeat": 1, "repeat_again": 2},
    stories=(
        Story("closed", BAD_SECTION, (3,), LOWEST),
        Story("low_score", BAD_SECTION, (1, 0), LOWEST),
        Story("verified", "SP05", (0,), LOW),
        Story("unfounded", "SP08", (2,), LOW),
        Story("noticed", "SP07", (1,), LOW),
        Story("interviewed", "RS01", (1,), LOW),
        Story("plan_filed", "SP09", (1,), LOW),
        Story("follow_up", "RS02", (1,), LOW),
        Story("repeated", "SP03", (2, 1), LOW),
        Story("admonition_advised", "RS03", (2, 1), LOW),
        Story("admonished", "RS07", (3, 2), LOW),
        Story("repeated_again", "RS08", (3, 2, 1), LOW),
        Story("adjustment_advised", "CG04", (3, 2, 1), LOW),
        Story("decided", "CG02", (3, 2, 1), LOW),
    ),
)
COMMENDATION_SCENE = Scene(
    COMMENDATION_KIND.name,
    OF_COMMENDATION,
    roles=OF_CHIEFS,
    seconded=frozenset({"publish_notice"}),
    at_once=frozenset({"publish_notice"}),
    rests_on={"choose": 0},
    # A quota of a fifth gives each of the three organs one place in a quarter.
    stories=(
        Story("commended", "SP02", (3,), HIGH),
        Story("on_notice", "SP02", (1,), HIGH),
        Story("objected", "RS06", (1,), HIGH),
        Story("chosen", "CG01", (1,), HIGH),
        Story("proposed", "SP01", (0,), HIGH),
        Story("proposed", "SP04", (0,), HIGH),
        Story("declined", "CG03", (2,), HIGH),
        Story("withdrawn", "SP04", (3,), HIGH),
        Story("lapsed", "RS04", (2,), HIGH),
    ),
)

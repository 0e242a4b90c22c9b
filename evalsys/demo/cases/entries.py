"""What people filled in at the steps of the demo's cases: who, where and what are in braces."""

from datetime import date
from typing import Any

from evalsys.cases.engine.rules.machine import Field, FieldKind, Move
from evalsys.demo.cases.words import Story

GROUP = "赵立新、李强、王芳、孙伟、周杰、吴敏、郑洁、冯涛"
# By move and field, where one field has another meaning; then by field.
ENTRIES: dict[tuple[str, str], Any] = {
    ("fail", "learning"): 52,
    ("fail", "conclusion"): "{name}学习力一项未达标，其余达标；建议延长一次，补强{weakness}。",
    ("fail_again", "learning"): 48,
    ("fail_again", "conclusion"): "{name}延长期满，{weakness}仍未达标，建议按规定作出组织处理。",
    ("classify_aside", "category"): "mistaken",
    (
        "classify_aside",
        "finding",
    ): "评价人回电说明按错了按钮，{name}当天办理顺利，通话记录编号{key}。",
    (
        "classify",
        "finding",
    ): "调取{section}当天叫号和办件记录，反映的超过承诺时限属实，责任人{name}（{key}号）。",
    ("settle", "finding"): "{name}适岗考核三个月，受理{most}件无差错无投诉，接收科室评价称职。",
    ("extend", "reasons"): "{name}的{weakness}未达标，其余指标有明显进步，同意延长一次。",
    ("measure", "reasons"): "{name}两次评估均未达标，两次培训记录完整，本人无新的申辩。",
    ("suspend", "reasons"): "{name}因病住院，附三甲医院证明（第{key}号），出院后继续。",
    ("object", "objection"): "{section}{third}有一起投诉尚未答复，请在表彰{name}前核实。",
    ("answer", "finding"): "{third}的投诉已办结，经回访办事人满意，不影响表彰{name}。",
    ("commend", "reasons"): "公示期满无异议，经研究同意表彰{section}负责人{name}。",
    ("decline", "reasons"): "{name}本季度已参加“窗口标兵”评选，与本次表彰重复，不予表彰。",
    ("withdraw", "reasons"): "{section}{name}一事经沟通已有成效，撤回处理（第{key}号）。",
    ("close", "outcome"): "{section}超时办件由每月{some}件降到1件，{mended}已成常态。",
    (
        "verify",
        "finding",
    ): "抽查{section}台账{more}份并与6名同事谈话，所列情况属实，涉及{name}，记录{key}号。",
    (
        "repeat",
        "finding",
    ): "{section}本季度得分仍低于约谈线，{mended}落实不到位，已与{name}核对数据。",
    (
        "repeat_again",
        "finding",
    ): "{section}连续第三个季度低于约谈线，抽查{most}件，{name}对数据无异议。",
    ("drop", "finding"): "{section}的差错系系统升级期间的批量退件，非{name}本人原因，建议不成立。",
    ("drop", "reasons"): "{section}低分集中在系统停机的两天，与{name}履职无关。",
    ("advise_admonition", "reasons"): "{section}连续两个季度低于约谈线，{name}约谈后整改未见成效。",
    ("admonish", "reasons"): "{name}作为{section}负责人整改不力，{went_wrong}，经研究予以诫勉。",
    (
        "advise_adjustment",
        "reasons",
    ): "诫勉后{section}得分第三次低于约谈线，{name}履职与岗位不相适应。",
    (
        "decide",
        "reasons",
    ): "{section}{name}的情况程序完整、依据充分，经集体研究作出决定（{key}号）。",
    ("decide_appeal", "reasons"): "经审查，对{name}的原决定认定事实清楚、程序合规。",
    (
        "remedy",
        "says",
    ): "{first}、{second}两次差错中，第二次系系统故障所致，不应由我{name}负责，请求复核。",
}
FIELDS: dict[str, Any] = {
    "entitled": 9, "present": 8, "in_favour": 7, "against": 1, "abstained": 0,
    "attendees": GROUP, "absent": "陈静（出差）",
    "decider": "赵立新 局长", "interviewer": "赵立新 副局长", "talker": "周敏 组织人事科科长",
    "recorder": "孙丽", "assessors": "周敏、孙丽、李强",
    "document": "云组〔2026〕{key}号", "place": "三楼第二会议室", "post": "综合岗", "hour": "15:00",
    "where": "一楼公示栏和内网", "contact": "组织人事科 0532-8800 0000",
    "delivered": "当面送达，本人签收", "came_from": "群众来信", "tries": 3,
    "facts": "{section}{name}：{first}{matter}；{second}{matter_2}；{third}{matter_3}，均有台账。",
    "coaching": "{first}起安排老同志帮带{name}六周，重点是{weakness}，两次提醒谈话有记录。",
    "statement": "一、{first}、{third}的差错属实，我愿意改进。\n"
    "二、{second}“{matter_2}”时我刚换岗，请予考虑。陈述人：{name}",
    "answers": "1. 经核对台账，{name}{first}、{third}的差错属实。\n"
    "2. {second}确在换岗第一个月，已予考虑。",
    "sources": "{section}台账、监控录像、同事谈话、企业回访（卷{key}）",
    "reason": "{section}{name}：{matter}等情形，帮带或提醒后仍有发生，得分未见回升。",
    "heard": "{name}认可事实，说明{second}前后培训不足，表示服从安排。",
    "reasons": "{section}{name}一事事实清楚，记录完整（{key}号），经研究作出以上决定。",
    "handed_over": "{name}在办件{some}件、台账3册、印章1枚，移交给同岗位同志，科长监交。",
    "goals": "三个月内{name}独立受理五类事项，{weakness}达标，差错率低于1%（计划{key}号）。",
    "study": "{name}：审批业务课程40学时、{weakness}专题8学时，结业考试。",
    "enterprise": "{name}到两家企业各跟班两周，走一遍与“{matter}”有关的办事全流程，写体悟报告。",
    "mentor_opinion": "{name}学习主动，已能独立受理{more}件常见事项，{weakness}还需请教。",
    "conclusion": "{name}四项指标均达标，{weakness}进步明显，建议重新安排工作。",
    "finding": "经查阅{section}台账{most}份、核对数据并与{name}谈话，情况属实（{key}号）。",
    "matter": "{section}得分低于约谈线，差评集中在“{matter}”，请{name}同志说明。",
    "explanation": "{went_wrong}，{section}的问题我{name}负主要责任。",
    "requirements": "{section}十个工作日内提交整改方案；{mended}；由{name}每周通报一次。",
    "commitment": "{section}三个月内得分回到平均水平以上，由我{name}负责：{mended_2}。",
    "plan": "一、{mended}（{name}，本月底）；二、{mended_2}（综合岗，两周）；"
    "三、{section}每周复盘{matter}类差评。",
    "outcome": "{section}整改措施已落实，{name}任内连续两个季度没有低于约谈线。",
    "deeds": "{section}得分率名列前茅，{name}首创{mended}，当季受理{most}件无一超时。",
    "measures": "{section}当天补办，{name}当面致歉；{mended}，第{key}号台账销号。",
    "objection": "当天材料不全，我{name}一次性告知后等补正，时限应从补正起算，有录音为证，请复核。",
    "said": "在{section}等了一上午，{name}答应当天办好，第三天才办成（第{key}号）。",
    "grounds": "{name}认为{second}“{matter_2}”不应由本人负责，请求重新核查。",
}  # fmt: skip


def entry_of(move: Move, days: tuple[date, date], mentor: str, words: Story) -> dict[str, Any]:
    """Return what was filled in at a step on the first of the days; a call is for the second."""
    codes = {FieldKind.STAFF: mentor, FieldKind.SECTION: words.elsewhere}
    left_out = {"recused", "remark", "refuses", "periods", "left_out", "left_out_reasons"}
    return {
        each.name: codes.get(each.kind) or _value(move.name, each, days, words)
        for each in move.fields
        if each.name not in left_out
    }


def _value(move: str, field: Field, days: tuple[date, date], words: Story) -> Any:
    written = ENTRIES.get((move, field.name), FIELDS.get(field.name))
    if written is not None and not (field.kind is FieldKind.CHOICE and field.name in FIELDS):
        return words.write(written) if isinstance(written, str) else written
    match field.kind:
        case FieldKind.DAY:
            return days[move == "notice"].isoformat()
        case FieldKind.NUMBER:
            return min(field.high, 82)
        case FieldKind.CHOICE:
            return next(iter(field.choices))
        case FieldKind.TICK:
            return True
        case _:
            return words.write("{section}{name}的事项已办理，见卷内第{key}号附件。")

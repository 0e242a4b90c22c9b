"""What people filled in at the steps of the demo's cases."""

from datetime import date, timedelta
from typing import Any

from evalsys.cases.rules import Field, FieldKind, Move

GROUP = "赵立新、李强、王芳、孙伟、周杰、吴敏、郑洁、冯涛"
# By move and field, where one field has another meaning; then by field.
ENTRIES: dict[tuple[str, str], Any] = {
    ("fail", "learning"): 52,
    ("fail", "conclusion"): "学习力一项未达标，其余达标；建议延长一次，补强业务知识。",
    ("fail_again", "learning"): 48,
    ("fail_again", "conclusion"): "延长期满仍未达标，建议按规定作出组织处理。",
    ("classify_aside", "category"): "mistaken",
    ("classify_aside", "finding"): "评价人回电说明按错了按钮，实际办理顺利，有通话记录。",
    ("settle", "finding"): "适岗考核三个月，无差错无投诉，接收科室评价称职。",
    ("extend", "reasons"): "学习力未达标，其余指标有明显进步，同意延长一次。",
    ("measure", "reasons"): "两次评估均未达标，两次培训记录完整，本人无新的申辩。",
    ("suspend", "reasons"): "因病住院，附三甲医院证明，出院后继续。",
    ("object", "objection"): "公示人选所在科室四月有一起投诉尚未答复，请核实。",
    ("answer", "finding"): "该投诉已于五月办结，经回访办事人满意，不影响表彰。",
    ("commend", "reasons"): "公示期满，异议已查清答复，经研究同意表彰。",
    ("decline", "reasons"): "与本年度其他表彰重复，本次不予表彰。",
    ("close", "outcome"): "超时办件由每月11件降到1件，窗口满意率回升到92%。",
    ("verify", "finding"): "抽查台账40份、监控12段并与6名同事谈话，所列三次差错属实。",
    ("drop", "finding"): "三次差错系系统升级期间的批量退件，非本人原因，建议不成立。",
    ("drop", "reasons"): "低分集中在系统停机的两天，与负责人履职无关。",
    ("decide", "reasons"): "程序完整，事实清楚，原决定依据充分，予以维持。",
    ("decide_appeal", "reasons"): "经审查，原决定认定事实清楚、程序合规。",
    ("withdraw", "reasons"): "经沟通帮带已见成效，撤回建议。",
}
FIELDS: dict[str, Any] = {
    "entitled": 9, "present": 8, "in_favour": 7, "against": 1, "abstained": 0,
    "attendees": GROUP, "absent": "陈静（出差）",
    "decider": "赵立新 局长", "interviewer": "赵立新 副局长", "talker": "周敏 组织人事科科长",
    "recorder": "孙丽", "assessors": "周敏、孙丽、李强",
    "document": "云组〔2026〕31号", "place": "三楼第二会议室", "post": "综合岗", "hour": "15:00",
    "where": "一楼公示栏和内网", "contact": "组织人事科 0532-8800 0000",
    "delivered": "当面送达，本人签收", "came_from": "群众来信", "tries": 3,
    "facts": "3月6日漏收材料致企业多跑一趟；4月2日登记事项录错；5月15日超时三个工作日，均有台账。",
    "coaching": "安排老同志帮带六周，每周复盘一次，两次提醒谈话有记录。",
    "statement": "一、三次差错属实，愿意改进。\n二、前两次发生在换岗第一个月，请予考虑。",
    "answers": "1. 差错经核对台账属实。\n2. 换岗时间属实，前两次发生在换岗后第一个月。",
    "sources": "窗口台账、监控录像、同事谈话、企业回访",
    "reason": "一个季度内三次差错，帮带六周后仍有发生。",
    "heard": "本人认可事实，说明换岗后培训不足，表示服从安排。",
    "reasons": "事实清楚，帮带记录完整，经研究作出以上决定。",
    "handed_over": "在办件17件、台账3册、印章1枚，移交给同岗位同志，科长监交。",
    "goals": "三个月内独立受理五类事项，差错率低于1%，一次性告知全部到位。",
    "study": "审批业务课程40学时、沟通与情绪管理8学时，结业考试。",
    "enterprise": "到两家企业各跟班两周，走一遍企业办事全流程，写体悟报告。",
    "mentor_opinion": "学习主动，已能独立受理常见事项，复杂件还需请教。",
    "conclusion": "四项指标均达标，建议重新安排工作。",
    "finding": "经查阅台账、核对数据并与有关人员谈话，情况属实。",
    "matter": "第三季度得分低于约谈线，超时办件和态度类差评集中。",
    "explanation": "两名业务骨干借调后人手不足，排班没有及时调整。",
    "requirements": "十个工作日内提交整改方案；超时件清零；每周通报一次。",
    "commitment": "按期整改，三个月内得分回到平均水平以上。",
    "plan": "一、错峰排班（科长，本月底）；二、一次告知清单上墙（综合岗，两周）；三、每周复盘。",
    "outcome": "整改措施已落实，连续两个季度没有低于约谈线。",
    "deeds": "得分率连续四个季度名列同类科室前茅，首创“一件事”联办。",
    "measures": "当天补办并当面致歉，材料清单已更新到窗口和网上。",
    "objection": "当天是按规定不予受理，材料清单上墙，有录音为证。",
    "said": "材料问了三次说法都不一样。",
    "grounds": "认为认定的第二次差错不应由本人负责，请求重新核查。",
}  # fmt: skip


def entry_of(move: Move, day: date, mentor: str, section: str) -> dict[str, Any]:
    """Return what was filled in at a step on a day."""
    codes = {FieldKind.STAFF: mentor, FieldKind.SECTION: section}
    left_out = {"recused", "remark", "refuses"}
    return {
        each.name: codes.get(each.kind) or _value(move.name, each, day)
        for each in move.fields
        if each.name not in left_out
    }


def _value(move: str, field: Field, day: date) -> Any:
    written = ENTRIES.get((move, field.name), FIELDS.get(field.name))
    if written is not None and not (field.kind is FieldKind.CHOICE and field.name in FIELDS):
        return written
    match field.kind:
        case FieldKind.DAY:
            ahead = 7 if move == "notice" else 0
            return (day + timedelta(days=ahead)).isoformat()
        case FieldKind.NUMBER:
            return min(field.high, 82)
        case FieldKind.CHOICE:
            return next(iter(field.choices))
        case FieldKind.TICK:
            return True
        case _:
            return "已办理，见附件。"

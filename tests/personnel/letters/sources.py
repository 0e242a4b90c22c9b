"""A realistic case at a step, as the builders of letters take it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from evalsys.cases.letters.rules.source import FILE, EvidencePiece, Source
from evalsys.core.city import in_chinese
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.organisation.policies.rules import PolicyRules
from tests.papers import ABOUT_NOBODY, KINDS
from tests.supervision.letters import COORDINATED, TOLD

ON = date(2026, 11, 24)  # A Tuesday.
Entries = Mapping[str, Mapping[str, Any]]


def make_source(kind: str, step: str, entries: Entries | None = None, **values: Any) -> Source:
    """A case whose steps were all made on one day; the last of them is that of the letter."""
    entries = entries or {}
    more: dict[str, Any] = {"matter": TOLD} if kind in ABOUT_NOBODY else {}
    follows = kind in {"referral", "objection"}
    matter = make_source("matter", "supervise", number="2026-017") if follows else None
    says = {"says": "补正材料期间应当停止计时。"} if kind == "objection" else {}
    more |= {"coordination": COORDINATED} if kind == "coordination" else {}
    more |= {"conclusion": "逾期办结。", "concluded_on": date(2026, 11, 9)} if says else {}
    defaults: dict[str, Any] = {
        "kind": kind,
        "file_word": KINDS[kind].file_word if kind in KINDS else FILE,
        "number": "2026-003",
        "organ": "青岛市行政审批服务局",
        "section": "企业登记处",
        "person": "王海宁",
        "post": "科长",
        "staff_number": "000117",
        "employment": "civil_servant",
        "step": step,
        "on": ON,
        "entries": entries,
        "days": dict.fromkeys([*entries, step], ON),
        "rules": PolicyRules(),
        "calendar": WorkingDays({}, frozenset({2026, 2027})),
        "opened_on": date(2026, 11, 10),
        "words": in_chinese,
        "grounds": {"period": "2026-Q3", **says},
        "evidence": [
            EvidencePiece("查实的投诉", "2026年10月12日窗口投诉核查报告"),
            EvidencePiece("履职记录", "三季度超期办件清单"),
        ],
        "more": more,
        "before": matter,
    }
    return Source(**{**defaults, **values})


NOTICE = {
    "held_on": "2026-11-26",
    "hour": "15:00",
    "place": "机关三楼会议室",
    "interviewer": "赵立新 副局长",
    "matter": "三季度本处办事效率、业务能力两项得分连续偏低，实名差评整改超期两件。",
}
INTERVIEW = {
    "held_on": "2026-11-26",
    "place": "机关三楼会议室",
    "interviewer": "赵立新 副局长",
    "recorder": "周敏",
    "reason": "三季度办事效率、业务能力两项得分偏低，实名差评整改超期两件。",
    "explanation": "9月起两名业务骨干借调，新到同志业务不熟。\n窗口排班没有及时调整，我负责。",
    "requirements": "一要查清超期原因，逐件销号；二要调整排班，高峰加开窗口；三要每周培训。",
    "commitment": "一个月内完成积压件清理，两个月内办结时限压减三成，每周五报告进展。",
    "signed": True,
}
COLLECTIVE = {
    "entitled": 9,
    "present": 8,
    "in_favour": 7,
    "against": 0,
    "abstained": 1,
    "recused": "王明",
    "reasons": "连续三期得分偏低，两次整改后未见改善，经核实属实。",
    "decider": "李建国 党组书记、局长",
    "document": "青审党〔2026〕31号",
}
PROPOSAL = {
    "situation": "competence",
    "facts": "2026年7月至9月，三次错发许可文书，两件承诺件超期15日以上，经核查均属本人责任。",
    "coaching": "7月起由处内骨干帮带六周，8月参加业务培训两次，9月谈话提醒。",
}
TALK = {
    "held_on": "2026-11-24",
    "place": "机关二楼谈话室",
    "talker": "周敏 组织人事处科长",
    "recorder": "孙丽",
    "reason": "错发文书、超期办件经核实属实，帮带后没有改善。",
    "heard": "承认事实；认为岗前没有系统培训，希望先学习再安排岗位。",
    "signed": True,
}
PLAN = {
    "handed_over": "在办件12件、印章1枚，已交张伟",
    "mentor": "000203",
    "goals": "两个月内能独立受理企业登记全部事项，差错率低于百分之一。",
    "study": "行政审批业务课程40学时，结业测试。",
    "enterprise": "到某某企业服务中心体悟实训30日，撰写报告。",
}
ASSESSED = {
    "learning": 82,
    "thinking": 75,
    "organising": 70,
    "executing": 78,
    "mentor_opinion": "态度端正，能独立办件，建议安排综合岗位。",
    "conclusion": "四项均达标，差错率0.6%。",
    "assessors": "周敏、孙丽",
}

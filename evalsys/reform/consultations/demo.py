"""Consultations of the demo city: one answered, one open, one being prepared; all made up."""

import hashlib
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from evalsys.cases.scenes.cast import Cast, accounts_with
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Role
from evalsys.reform.consultations.models import Consultation, OpinionState, Verdict
from evalsys.reform.consultations.queries import get_kind, select_opinions
from evalsys.reform.consultations.rules.figures import OpinionVoice
from evalsys.reform.consultations.service import (
    DraftEntry,
    OpinionEntry,
    add_kind,
    answer_kind,
    give_opinion,
    mark_of_answers,
    marks_of,
    open_draft,
    prepare,
    publish_outcome,
    review_opinion,
)

DRAFT = (
    "第一条　{title}适用于本市依申请办理的政务服务事项。\n"
    "第二条　能够通过数据共享核验的材料，不再要求申请人提交。\n"
    "第三条　窗口一次性告知所需材料，申请人原则上只跑一次。\n"
    "第四条　各单位每季度公布办理时限的实际平均值。（演示文本）"
)
SAID = (
    "希望周末也能办理，平时上班没有时间。",
    "材料清单请写明哪些可以网上提交。",
    "周六上午能不能开放几个窗口。",
    "基层窗口人手不够，延时服务要配人。",
    "清单里的专业名词看不懂，请举例说明。",
)
KINDS = {"周末和延时办理": (0, 2, 3), "材料清单看不懂": (1, 4)}
ANSWERS = {
    "周末和延时办理": (
        Verdict.PARTLY,
        "采纳：周六上午开放综合窗口；周日因人员不足暂不办理。",
    ),
    "材料清单看不懂": (Verdict.ADOPTED, "采纳：清单逐项注明提交方式，并附填写样例。"),
}
VOICES = (OpinionVoice.RESIDENT, OpinionVoice.ENTERPRISE, OpinionVoice.GRASSROOTS)
EACH = 12  # opinions of each voice


def play(cast: Cast) -> int:
    """Prepare, open, answer and publish as the office would have; return how many."""
    office = accounts_with(Role.SUPERVISOR)[0]
    today = local_day(cast.now)
    for title, opened, lasts in (
        ("减材料、减跑动改革方案", 60, 30),
        ("窗口延时服务办法", 10, 30),
        ("“一件事”集成办理清单", 0, 30),
    ):
        day = today - timedelta(days=opened)
        summary = f"《{title}》（征求意见稿，演示）向社会公开征求意见。"
        entry = DraftEntry(title, summary, DRAFT.format(title=title), day + timedelta(days=lasts))
        made = prepare(office, entry, on=day)
        if opened:
            open_draft(office, made.id, on=day)
            _speak(made, EACH if opened > lasts else 2)
    first = db.session.scalars(select(Consultation).order_by(Consultation.id)).first()
    assert first is not None
    numbers = {title: add_kind(office, first.id, title).id for title in KINDS}
    sorted_into = {SAID[n]: numbers[title] for title, places in KINDS.items() for n in places}
    rows = db.session.scalars(select_opinions(first.id, OpinionState.PENDING)).all()
    for key, body, seen in [(row.key, row.body or "", row.mark) for row in rows]:
        said: dict[str, Any] = {
            "seen": seen,
            "kind_id": sorted_into[body],
            "reason": None,
            "on": today,
        }
        review_opinion(office, first.id, key, OpinionState.RELEASED, **said)
    for title, (verdict, words) in ANSWERS.items():
        seen = get_kind(first.id, numbers[title]).mark
        answer_kind(office, first.id, numbers[title], verdict, words, seen=seen)
    outcome = "方案按意见修改两处后印发，其余说明见各类意见的答复。（演示）"
    seen, day = mark_of_answers(first.id), today - timedelta(days=20)
    publish_outcome(office, first.id, outcome, seen=seen, on=day)
    return 3


def _speak(consultation: Consultation, each: int) -> None:
    """Give opinions of every voice; some with words."""
    for number in range(each * len(VOICES)):
        code = hashlib.sha256(f"demo {consultation.id} {number}".encode()).digest()[:10]
        marks = {"clarity": 3 + number % 3, "fairness": 4, "usefulness": 5 - number % 2}
        body = SAID[number] if number < len(SAID) else None
        entry = OpinionEntry(VOICES[number % len(VOICES)], marks_of(marks), body)
        give_opinion(consultation, code, entry, on=consultation.closes_on)

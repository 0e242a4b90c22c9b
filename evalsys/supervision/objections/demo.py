"""Objections of the demo city: one in every state, to the conclusion of a matter that came late."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.service import take_step
from evalsys.cases.papers.receipts import mark_opened
from evalsys.cases.scenes.cast import BAD_SECTION, SHOWN, Cast, accounts_with
from evalsys.cases.scenes.registry import Scene
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.matters.service import MatterEntry, open_matter
from evalsys.supervision.objections.rules import KIND
from evalsys.supervision.objections.service import file_objection

LATER = timedelta(minutes=20)


@dataclass(frozen=True)
class Objected:
    """A conclusion that was objected to: its matter, the grounds, and what came of it.

    `ago` is the working days since the matter was taken in; it was answered nine days later.
    """

    section: str
    title: str
    says: str
    reference: str
    ago: int
    grounds: str
    step: str = ""
    reasons: str = ""
    conclusion: str = ""
    excused: bool = False


OBJECTED = (
    Objected(
        SHOWN, "食品经营许可变更超期", "来电人称变更申请十日未办结。", "RX-301", 14,
        "申请人补正材料用去三个工作日，期间应当停止计时，不属于逾期。",
    ),
    Objected(
        SHOWN, "公章刻制备案反复跑", "来电人称备案跑了三趟。", "RX-287", 21,
        "系统停机维护两日，已当日书面报告督查机构。",
        "change", "系统停机有运维记录和书面报告，逾期不可归责于主办科室。",
        "事实清楚，已办结；因系统停机延后反馈，不作逾期认定。", excused=True,
    ),
    Objected(
        BAD_SECTION, "灵活就业参保登记退回", "来电人称登记两次被退回。", "RX-276", 22,
        "核查时联系的不是本事项的诉求人。",
        "revoke", "经调取通话记录，核查电话与诉求人登记不符，核查程序有误。",
    ),
    Objected(
        BAD_SECTION, "技能补贴审核无答复", "来电人称提交二十日无答复。", "RX-265", 24,
        "当月办件量大，请求不作逾期认定。",
        "uphold", "办件量不是停止计时的事由，期限内也未申请延期。",
    ),
    Objected(
        SHOWN, "印章遗失补办材料不一", "来电人称两次告知的材料不一致。", "RX-258", 23,
        "认为结论用语与事实不符。", "withdraw", "经当面说明，已无异议。",
    ),
)  # fmt: skip
DEMAND = "请核实“{title}”有关情况，限期办结并答复诉求人。"
ANSWER = {"result": "{title}：已办结。", "reply": "您反映的“{title}”已办结，为延误致歉。"}
CHECKED = {"answer": "basically", "conclusion": "{title}：逾期办结，诉求人基本满意。"}


def play(cast: Cast) -> int:
    """Conclude matters that came late, and let their sections object."""
    office, second = accounts_with(Role.SUPERVISOR)[:2]
    for told in OBJECTED:
        matter, chief, day = _concluded(cast, told, office)
        mark_opened(chief, matter, now=cast.moment(cast.back(day)) + LATER)
        now = cast.moment(cast.back(day - 1))
        filed = file_objection(chief, matter, told.grounds, now=now)
        if told.step:
            actor = chief if told.step == "withdraw" else second
            take_step(actor, filed.id, told.step, _decision(told), now=now + LATER)
    return len(OBJECTED)


def _decision(told: Objected) -> dict[str, Any]:
    entry: dict[str, Any] = {"reasons": told.reasons, "decider": "孙志强 市政府副秘书长"}
    return {**entry, "conclusion": told.conclusion, "excused": told.excused}


def _concluded(cast: Cast, told: Objected, office: Actor) -> tuple[Subject, Actor, int]:
    """Conclude a matter late; return it, the chief, and how many working days ago it was."""
    section = db.session.scalars(select(Section).where(Section.code == told.section)).one()
    own = db.session.get_one(User, cast.chiefs[section.id]).actor
    chief = db.session.get_one(Staff, own.staff_id)

    def say(entry: dict[str, str]) -> dict[str, Any]:
        return {name: words.format(title=told.title) for name, words in entry.items()}

    entry = MatterEntry(MatterSource.HOTLINE, section.organ, told.title, told.says, told.reference)
    start = cast.moment(cast.back(told.ago))
    matter = open_matter(office, entry, now=start)
    given = {"section": section.code, "handler": chief.number, **say({"demand": DEMAND})}
    take_step(office, matter.id, "accept", {}, now=start + LATER)
    take_step(office, matter.id, "assign", given, now=start + 2 * LATER)
    take_step(own, matter.id, "sign", {}, now=start + 3 * LATER)
    answered, checked = told.ago - 9, told.ago - 10
    take_step(own, matter.id, "feed_back", say(ANSWER), now=cast.moment(cast.back(answered)))
    day = cast.back(checked)
    asked = {**say(CHECKED), "asked_on": day.isoformat()}
    take_step(office, matter.id, "close", asked, now=cast.moment(day))
    return db.session.get_one(Subject, matter.id), own, checked - 1


SCENE = Scene(KIND, play=play)

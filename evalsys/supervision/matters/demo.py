"""Matters of the demo city: every source, every state, every light."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from evalsys.cases.deadlines.service import agree_change, ask_change
from evalsys.cases.engine.models import ChangeKind, Deadline
from evalsys.cases.engine.service import take_step
from evalsys.cases.scenes.cast import BAD_SECTION, SHOWN, Cast, accounts_with
from evalsys.cases.scenes.registry import Scene
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from evalsys.supervision.matters.rules import KIND, MAIN, MatterSource
from evalsys.supervision.matters.service import MatterEntry, open_matter

DONE = "逐件核查，补齐材料并办结"
TEN_MINUTES = timedelta(minutes=10)


@dataclass(frozen=True)
class Told:
    """A matter of the demo: what it is about, and the working days since each of its steps.

    `steps` maps moves to the working days before today on which they were taken, in order.
    """

    source: MatterSource
    section: str
    title: str
    says: str
    opened: int
    steps: tuple[tuple[str, int], ...] = ()
    reference: str | None = None
    change: ChangeKind | None = None  # asked for and agreed to three working days ago


HOTLINE, ENTERPRISE = MatterSource.HOTLINE, MatterSource.ENTERPRISE
REVIEW, VISIT = MatterSource.REVIEW, MatterSource.VISIT
MATTERS = (
    Told(ENTERPRISE, SHOWN, "充电桩用电报装超期", "企业反映报装受理后二十个工作日未答复。", 13,
         (("accept", 12), ("assign", 11), ("sign", 10))),
    Told(HOTLINE, SHOWN, "食堂证照反复补件", "来电人称同一材料三次被要求补正。", 9,
         (("accept", 8), ("assign", 6), ("sign", 5)), "RX-207"),
    Told(HOTLINE, BAD_SECTION, "医保异地备案退回重办", "来电人称备案被退回且未说明理由。", 7,
         (("accept", 6), ("assign", 5), ("sign", 4)), "RX-230"),
    Told(HOTLINE, BAD_SECTION, "公积金线下提取排队", "来电人称上午取号下午才办。", 5,
         (("accept", 5), ("assign", 4), ("sign", 3)), "RX-233"),
    Told(REVIEW, SHOWN, "婚登大厅无障碍坡道", "差评反映坡道被占用，轮椅无法通行。", 3,
         (("accept", 2), ("assign", 1), ("sign", 1))),
    Told(MatterSource.COORDINATION, SHOWN, "企业开办一日办结流程", "局长交办，限期反馈。", 4,
         (("accept", 3), ("assign", 2))),
    Told(VISIT, BAD_SECTION, "老旧小区不动产证缺件", "走访发现二十余户缺竣工材料。", 3,
         (("accept", 1),)),
    Told(MatterSource.INSPECTION, SHOWN, "窗口收费公示不全", "督查发现两处窗口未公示收费标准。", 1),
    Told(ENTERPRISE, BAD_SECTION, "水电气联合报装一表", "企业建议三项报装合并申请。", 9,
         (("accept", 8), ("assign", 6), ("sign", 6)), change=ChangeKind.PAUSE),
    Told(HOTLINE, BAD_SECTION, "渔港码头岸线审批", "来电人称不知应由谁受理。", 4,
         (("accept", 3), ("assign", 2), ("refuse", 1)), "RX-241"),
    Told(ENTERPRISE, SHOWN, "工程验收联合踏勘", "企业希望各部门一次踏勘。", 9,
         (("accept", 8), ("assign", 7), ("sign", 6), ("feed_back", 2))),
    Told(HOTLINE, SHOWN, "社保转移接续清零", "来电人称转移申请两个月未办结。", 12,
         (("accept", 11), ("assign", 10), ("sign", 9), ("feed_back", 7), ("close", 5)), "RX-198"),
    Told(VISIT, SHOWN, "取号机字体过小", "走访老年人服务点时多人反映。", 14,
         (("accept", 13), ("assign", 12), ("sign", 12), ("feed_back", 9), ("send_back", 8),
          ("feed_back", 6), ("close", 4))),
    Told(HOTLINE, BAD_SECTION, "邻里噪声纠纷", "来电人要求处理邻居装修噪声。", 6,
         (("decline", 5),), "RX-222"),
)  # fmt: skip
ENTRIES: dict[str, dict[str, str]] = {
    "accept": {"opinion": "“{title}”属于督办范围。"},
    "decline": {"reasons": "“{title}”不属于本市政务服务事项，已告知诉求人向社区反映。"},
    "assign": {"demand": "请核实“{title}”有关情况，限期办结并答复诉求人。"},
    "refuse": {"reasons": "{title}属其他部门职责。"},
    "feed_back": {
        "result": "{title}：已{done}。",
        "reply": "您反映的“{title}”已{done}，如有疑问请再来电。",
    },
    "close": {"answer": "satisfied", "conclusion": "{title}：事实清楚，已办结，诉求人满意。"},
    "send_back": {"answer": "dissatisfied", "missing": "{title}：现场仍未更换，请限期完成。"},
}


@dataclass(frozen=True)
class PlayedMatter:
    """A matter of the demo, and who acts in it."""

    title: str
    case_id: int
    section: Section
    office: Actor
    chief: Actor
    done: str = DONE

    def take(self, move: str, now: datetime) -> None:
        """Take a step: the office or the chief of the section does."""
        facts = {"title": self.title, "done": self.done}
        entry = {name: words.format(**facts) for name, words in ENTRIES.get(move, {}).items()}
        if move == "assign":
            staff = db.session.get_one(Staff, self.chief.staff_id)
            entry |= {"section": self.section.code, "handler": staff.number}
        if move in {"close", "send_back"}:
            entry["asked_on"] = local_day(now).isoformat()
        is_owner = move in {"sign", "refuse", "feed_back"}
        take_step(self.chief if is_owner else self.office, self.case_id, move, entry, now=now)

    def change(self, kind: ChangeKind, now: datetime) -> None:
        """Have the running term changed: the chief asks, the office agrees."""
        query = select(Deadline).where(
            Deadline.subject_id == self.case_id,
            Deadline.rule.in_(MAIN),
            Deadline.closed_on.is_(None),
        )
        term = db.session.scalars(query).one()
        asked = ask_change(self.chief, term, kind, "跨级请示，等待省厅答复。", now=now)
        agree_change(self.office, asked, now=now)


def play(cast: Cast) -> int:
    """Take the matters through their steps, as people would have; return how many."""
    office = accounts_with(Role.SUPERVISOR)[0]
    for told in MATTERS:
        section = db.session.scalars(select(Section).where(Section.code == told.section)).one()
        chief = db.session.get_one(User, cast.chiefs[section.id]).actor
        entry = MatterEntry(told.source, section.organ, told.title, told.says, told.reference)
        now = cast.moment(cast.back(told.opened))
        case = open_matter(office, entry, now=now)
        matter = PlayedMatter(told.title, case.id, section, office, chief)
        for move, ago in told.steps:
            now = max(cast.moment(cast.back(ago)), now + TEN_MINUTES)
            matter.take(move, now)
        if told.change is not None:
            matter.change(told.change, cast.moment(cast.back(3)))
    return len(MATTERS)


SCENE = Scene(KIND, play=play)

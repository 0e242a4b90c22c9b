"""Referrals of the demo city, one in every state, each with the steps that led to it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.models import Deadline, Subject
from evalsys.cases.engine.service import step, take_step
from evalsys.cases.scenes.cast import BAD_SECTION, SHOWN, Cast, accounts_with
from evalsys.cases.scenes.registry import Scene
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from evalsys.supervision.escalation.models import Escalation
from evalsys.supervision.escalation.rules import Level
from evalsys.supervision.matters.rules import HANDLING, MatterSource
from evalsys.supervision.matters.service import MatterEntry, open_matter
from evalsys.supervision.referrals.rules import KIND
from evalsys.supervision.referrals.service import draft_referral

ONE_DAY, LATER = timedelta(days=1), timedelta(minutes=20)


@dataclass(frozen=True)
class Referred:
    """A matter that was referred: what it is about, and the steps of its referral.

    `ago` is the working days since it was taken in; each step of the referral follows on the next.
    """

    section: str
    title: str
    says: str
    reference: str
    ago: int
    steps: tuple[str, ...]

    def say(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Return an entry with the title in its texts."""
        return {name: words.format(title=self.title) for name, words in entry.items()}


REFERRED = (
    Referred(SHOWN, "租房补贴拖延受理", "来电人称三次到窗口均被告知系统升级。", "RX-118", 12, ()),
    Referred(BAD_SECTION, "老年证补办无人受理", "来电人称窗口互相推诿。", "RX-121", 13, ("send",)),
    Referred(BAD_SECTION, "小区加装电梯审批停滞", "来电人称材料齐全，两月未答复。", "RX-096", 17,
             ("send", "receive")),
    Referred(SHOWN, "施工许可收件不出凭证", "来电人称收件后拒绝出具受理凭证。", "RX-074", 34,
             ("send", "receive", "file_clue")),
    Referred(BAD_SECTION, "工伤认定材料遗失", "来电人称提交的原件遗失，无人说明。", "RX-081", 31,
             ("send", "receive", "return_it")),
    Referred(SHOWN, "场地证明重复索要", "来电人称已取消的证明仍被索要。", "RX-069", 36,
             ("send", "receive", "open_none")),
    Referred(BAD_SECTION, "培训补贴发放延迟", "来电人称补贴公示后未发放。", "RX-102", 19,
             ("withdraw",)),
)  # fmt: skip
DEMAND = "{title}：请说明原因，限期办结并答复诉求人。"
ENTRIES: dict[str, dict[str, Any]] = {
    "send": {
        "reasons": "{title}：逾期三个工作日，经提醒、催办、督办仍未反馈，也未说明理由。",
        "decider": "孙志强 市政府副秘书长",
    },
    "withdraw": {"reasons": "{title}：起草当日主办单位已口头说明，由督查机构当面核查。"},
    "receive": {"receiver": "吴静 案件监督管理室"},
    "file_clue": {
        "reasons": "{title}：涉嫌不履行职责，作为问题线索处置。",
        "decider": "陈正 副书记",
    },
    "return_it": {
        "reasons": "{title}：系档案移交疏漏，未发现违纪违法问题。",
        "decider": "陈正 副书记",
    },
    "open_none": {"reasons": "{title}：系新旧清单衔接问题，已提醒纠正。", "decider": "陈正 副书记"},
}
ANSWER = {
    "result": "{title}：已办结并当面说明延误原因。",
    "reply": "您反映的{title}已办结，为延误致歉。",
}
CHECKED = {"answer": "basically", "conclusion": "{title}：逾期办结，诉求人基本满意，责任另行处理。"}
OFFICE_TAKES = frozenset({"send", "withdraw"})


def play(cast: Cast) -> int:
    """Let matters come late until they are referred, and the referrals be answered."""
    office, organ = accounts_with(Role.SUPERVISOR)[0], accounts_with(Role.DISCIPLINE)[0]
    for told in REFERRED:
        days = [cast.back(ago) for ago in range(told.ago, 0, -1)]
        matter = _late(cast, told, office, days)
        with unit_of_work(SYSTEM) as unit:
            referral = draft_referral(unit, matter, now=cast.moment(days[9]))
            _note_levels(matter, [days[4], days[5], days[6], days[9]])
        after = iter(days[10:])
        for name in told.steps:
            actor = office if name in OFFICE_TAKES else organ
            entry = told.say(ENTRIES[name])
            take_step(actor, referral.id, name, entry, now=cast.moment(next(after)))
        if referral.closed_at is not None:
            _done(cast, told, matter, office, (next(after), next(after)))
    return len(REFERRED)


def _late(cast: Cast, told: Referred, office: Actor, days: list[date]) -> Subject:
    """Take a matter in, and let it come late through every level."""
    section = db.session.scalars(select(Section).where(Section.code == told.section)).one()
    own = db.session.get_one(User, cast.chiefs[section.id]).actor
    chief = db.session.get_one(Staff, own.staff_id)
    entry = MatterEntry(MatterSource.HOTLINE, section.organ, told.title, told.says, told.reference)
    matter = open_matter(office, entry, now=cast.moment(days[0]))
    given = {"section": section.code, "handler": chief.number, **told.say({"demand": DEMAND})}
    take_step(office, matter.id, "accept", {}, now=cast.moment(days[0]) + LATER)
    take_step(office, matter.id, "assign", given, now=cast.moment(days[0]) + 2 * LATER)
    take_step(own, matter.id, "sign", {}, now=cast.moment(days[1]))
    for name, day in (("near", days[4]), ("urge", days[5]), ("supervise", days[6])):
        with unit_of_work(SYSTEM) as unit:
            demand = {} if name == "near" else told.say({"demand": DEMAND})
            step(unit, matter, name, demand, now=cast.moment(day))
    return matter


def _note_levels(matter: Subject, days: list[date]) -> None:
    """Note the levels that a matter reached, so that a sweep does not begin anew."""
    of_it = (Deadline.subject_id == matter.id, Deadline.rule.in_(HANDLING))
    term = db.session.scalars(select(Deadline.id).where(*of_it)).one()
    db.session.add_all(
        Escalation(deadline_id=term, round=0, level=level, acted_on=day)
        for level, day in zip(Level, days, strict=True)
    )


def _done(
    cast: Cast, told: Referred, matter: Subject, office: Actor, days: tuple[date, date]
) -> None:
    """Let the owner answer in the end, and the office close the matter, each on its day."""
    own = db.session.get_one(User, cast.chiefs[matter.section.id]).actor
    take_step(own, matter.id, "feed_back", told.say(ANSWER), now=cast.moment(days[0]))
    asked = {**told.say(CHECKED), "asked_on": days[1].isoformat()}
    take_step(office, matter.id, "close", asked, now=cast.moment(days[1]))


SCENE = Scene(KIND, play=play)

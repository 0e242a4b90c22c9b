"""Coordinations of the demo city: taken up, decided with tasks in hand, closed, taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.service import take_step
from evalsys.cases.scenes.cast import BAD_SECTION, SHOWN, Cast
from evalsys.cases.scenes.registry import Scene
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section, Staff
from evalsys.supervision.coordination.rules import KIND
from evalsys.supervision.coordination.service import Question, take_up
from evalsys.supervision.matters.models import Matter

A_WHILE = timedelta(minutes=25)
STUDIED = ""  # the section of what is studied first


@dataclass(frozen=True)
class Given:
    """A task of the demo: whose, by when, and the steps in it with the working days since then.

    `ahead` are the working days from today to its day, below 0 for a day that is over.
    """

    section: str
    title: str
    ago: int
    ahead: int
    steps: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class DemoQuestion:
    """A question of the demo, with the working days since it was taken up, and what followed."""

    title: str
    says: str
    ago: int
    raised: int  # days before it was taken up
    steps: tuple[tuple[str, int], ...] = ()
    tasks: tuple[Given, ...] = ()
    from_matter: str = ""  # the title of the matter out of which it came up


QUESTIONS = (
    DemoQuestion("新能源项目用地用电用水同步办", "企业反映三个部门互为前置，落地停了两月。",
                 24, 1,
          (("decide", 23), ("close", 4)),
          (Given(SHOWN, "三项申请并联受理的流程图", 23, -14,
                 (("sign", 22), ("report", 16), ("finish", 15))),
           Given(BAD_SECTION, "用工备案随项目同步办理", 23, -10,
                 (("sign", 22), ("report", 12), ("redo", 11), ("report", 9), ("finish", 8))))),
    DemoQuestion("企业注销跑五个窗口", "注销要跑税务、社保、银行等五个窗口，请求一次办清。",
                 12, 3,
          (("decide", 11), ("form_force", 11)),
          (Given(SHOWN, "注销一件事专窗设置方案", 11, -2, (("sign", 10), ("report", 3))),
           Given(BAD_SECTION, "社保欠费核查改为系统比对", 10, 6, (("sign", 9),)),
           Given(SHOWN, "银行账户注销线上预约", 5, 1, (("sign", 5),)),
           Given(STUDIED, "注销公告期限能否缩短", 10, 3))),
    DemoQuestion("充电桩报装由谁牵头", "供电、审批、住建各管一段，企业的充电桩三周无人答复。", 2, 2,
          from_matter="充电桩用电报装超期"),
    DemoQuestion("夜间经济摊位审批", "街道请求明确摊位审批权限。", 8, 0, (("withdraw", 7),)),
)  # fmt: skip
ENTRIES: Mapping[str, Mapping[str, str]] = {
    "decide": {
        "conclusion": "“{title}”：一次会议定清楚，牵头科室负责到底，其他部门并行办理，逾期亮灯。",
        "attendees": "{convener}、各被召集科室负责人",
    },
    "close": {"result": "“{title}”：所交任务全部反馈，办理时间由二十天压到六天。"},
    "withdraw": {"reasons": "“{title}”：市里已统一明确权限，不再另行协调。"},
    "report": {"result": "“{title}”：方案已实施，附对照表。"},
    "finish": {"conclusion": "“{title}”：已按议定事项落实。"},
    "redo": {"missing": "“{title}”：缺少与税务系统的比对结果。"},
}


class _Play:
    """The head of the organ and the people who answer."""

    def __init__(self, cast: Cast, head: Actor) -> None:
        self.cast, self.head = cast, head

    def chief(self, code: str) -> tuple[Actor, str]:
        """Return the account and the staff number of the chief of a section."""
        section = db.session.scalars(select(Section.id).where(Section.code == code)).one()
        actor = db.session.get_one(User, self.cast.chiefs[section]).actor
        return actor, db.session.get_one(Staff, actor.staff_id).number

    def ask(self, told: DemoQuestion) -> None:
        """Take a question up, and let follow what followed."""
        now = self.cast.moment(self.cast.back(told.ago))
        origin = self.matter(told.from_matter) if told.from_matter else None
        called = f"{SHOWN} {BAD_SECTION}"
        raised = local_day(now) - timedelta(told.raised)
        names = f"{self.head.name}、分管副局长"
        question = Question(told.title, told.says, names, raised, called, origin)
        case = take_up(self.head, question, now=now)
        first = [step for step in told.steps if step[0] != "close"]
        now = self.steps(self.head, case, told.title, first, now)
        for given in told.tasks:
            now = self.give(case, given, now + A_WHILE)
        if ("close", 4) in told.steps:
            self.steps(self.head, case, told.title, [("close", 4)], now)

    def matter(self, title: str) -> Subject:
        """Return a matter of the demo by its title."""
        rows = select(Subject).join(Matter, Matter.subject_id == Subject.id)
        return db.session.scalars(rows.where(Matter.title == title)).one()

    def steps(
        self, actor: Actor, case: Subject, title: str, steps: list[tuple[str, int]], now: datetime
    ) -> datetime:
        """Take steps on their days, each after the one before; return when the last was taken."""
        for name, ago in steps:
            now = max(self.cast.moment(self.cast.back(ago)), now + A_WHILE)
            take_step(actor, case.id, name, self.entry(name, title), now=now)
        return now

    def entry(self, name: str, title: str) -> dict[str, Any]:
        """Return what is filled in at a step."""
        if name == "form_force":
            members = [self.chief(code)[1] for code in (SHOWN, BAD_SECTION)]
            return {"force": f"{title}专班", "members": " ".join(members)}
        facts = {"title": title, "convener": self.head.name}
        return {key: words.format(**facts) for key, words in ENTRIES.get(name, {}).items()}

    def give(self, case: Subject, given: Given, now: datetime) -> datetime:
        """Give a task, or have it studied, and let its owner and the head go on."""
        now = max(self.cast.moment(self.cast.back(given.ago)), now)
        facts = {"title": given.title, "until": self.day(given.ahead).isoformat()}
        facts["demand"] = f"请就“{given.title}”拿出办法，按期反馈。"
        if given.section == STUDIED:
            take_step(self.head, case.id, "study", facts, now=now)
            return now
        chief, number = self.chief(given.section)
        facts |= {"section": given.section, "handler": number}
        take_step(self.head, case.id, "task", facts, now=now)
        task, then = self.matter(given.title), now
        for step in given.steps:
            actor = self.head if step[0] in {"finish", "redo"} else chief
            then = self.steps(actor, task, given.title, [step], then)
        return now

    def day(self, ahead: int) -> date:
        """Return the working day some working days from today."""
        if ahead < 0:
            return self.cast.back(-ahead)
        return self.cast.days.add(local_day(self.cast.now), ahead)


def play(cast: Cast) -> int:
    """Let the head of the shown organ take questions up, and everybody do their part."""
    organ = select(Section.organ_id).where(Section.code == SHOWN).scalar_subquery()
    heads = select(User).where(User.role == Role.LEADER, User.organ_id == organ)
    scene = _Play(cast, db.session.scalars(heads).one().actor)
    for told in QUESTIONS:
        scene.ask(told)
    return len(QUESTIONS) + sum(len(told.tasks) for told in QUESTIONS)


SCENE = Scene(KIND, play=play)

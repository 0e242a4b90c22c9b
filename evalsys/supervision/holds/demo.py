"""Holds of the demo city: those of a closing are cleared at once, but for some that are shown."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.service import take_step
from evalsys.cases.scenes.cast import Cast, Quarter, accounts_with
from evalsys.cases.scenes.registry import Scene
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.organisation.org.models import Section
from evalsys.organisation.periods.models import Period
from evalsys.supervision.holds.models import Hold
from evalsys.supervision.holds.rules import KIND

# Of a quarter, counted back, and a section: the steps that were taken; by default it is cleared.
FATES: dict[tuple[int, str], tuple[str, ...]] = {
    (0, "CG06"): (),  # 园林绿化科: too few tickets
    (0, "CG05"): ("confirm",),
    (0, "SP06"): ("confirm", "propose_void"),
    (2, "SP06"): ("confirm", "propose_void", "void"),
}
LATER = timedelta(minutes=20)
REASONS = {
    "clear": "{section}{period}：窗口和业务量调整属实，评价单发放与办件记录一致，未见人为操作。",
    "confirm": "{section}{period}：评价单发放记录与窗口录像不符，异常属实。",
    "propose_void": "{section}{period}：{person}的评价单有代填情形，无法区分，提议全部作废。",
    "void": "{section}{period}：复核录像和发放记录，{person}的评价单确系代填，同意作废。",
}
DECIDER = "孙志强 市政府副秘书长"


def judge(quarter: Quarter, now: datetime) -> None:
    """Look into the holds of a quarter that was just closed."""
    office, second = accounts_with(Role.SUPERVISOR)[:2]
    query = (
        select(Subject, Section)
        .join(Hold, Hold.subject_id == Subject.id)
        .join(Period, Period.id == Hold.period_id)
        .join(Section, Section.id == Hold.section_id)
        .where(Period.code == quarter.span.code)
        .order_by(Subject.id)
    )
    for case, section in db.session.execute(query).all():
        people = [one["staff"] for one in case.grounds["findings"] if one["staff"]]
        said = {
            "section": section.name,
            "period": quarter.span.code,
            "person": people[0] if people else "",
        }
        steps = FATES.get((quarter.ago, section.code), ("clear",))
        for place, name in enumerate(steps, 1):
            entry: dict[str, Any] = {"reasons": REASONS[name].format(**said), "decider": DECIDER}
            if name == "propose_void":
                entry = {"reasons": entry["reasons"], "staff": said["person"]}
            actor = second if name == "void" else office
            take_step(actor, case.id, name, entry, now=now + place * LATER)


def play(_cast: Cast) -> int:
    """Add nothing: the closings open them."""
    return 0


SCENE = Scene(KIND, play=play, after_closing=judge)

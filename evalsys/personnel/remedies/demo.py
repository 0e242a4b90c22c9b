"""Remedies of the demo city, against an admission to the pool."""

from typing import Any

from sqlalchemy import select

from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.scenes.cast import Concerned
from evalsys.cases.scenes.registry import Entries, Scene
from evalsys.cases.scenes.words import CaseWords
from evalsys.core.extensions import db
from evalsys.personnel.duties import Duty
from evalsys.personnel.remedies.service import REMEDY_KIND

AGAINST = "admit"  # the step of a return
SAYS = "{first}、{second}两次差错中，第二次系系统故障所致，不应由我{name}负责，请求复核。"
ENTRIES: Entries = {
    ("decide_appeal", "reasons"): "经审查，对{name}的原决定认定事实清楚、程序合规。",
    "grounds": "{name}认为{second}“{matter_2}”不应由本人负责，请求重新核查。",
}  # fmt: skip


def grounds(origin: Subject | None, _person: Concerned, words: CaseWords | None) -> dict[str, Any]:
    """Return the contested step of the preceding case, and the grounds stated."""
    assert origin is not None  # A remedy follows on a case.
    assert words is not None
    step = select(CaseStep.id).where(CaseStep.subject_id == origin.id, CaseStep.name == AGAINST)
    against = {"against": AGAINST, "says": words.write(SAYS), "is_lawful": False}
    return {"step_id": db.session.scalars(step).one(), **against}


SCENE = Scene(
    REMEDY_KIND.name,
    ENTRIES,
    opener=Duty.PERSON,
    after=("return", "admitted"),
    grounds=grounds,
)

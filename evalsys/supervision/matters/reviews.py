"""Matters that arise by themselves out of bad reviews that are not due to the person.

The supervision office gets the section, the cause and what has to change: not the person rated, the
rating, its reasons or what was found, which may tell the rater. Bad reviews stay closed to it.
"""

from datetime import datetime

from evalsys.cases.engine.models import Subject
from evalsys.core.audit import Unit
from evalsys.personnel.feedback.rules.categories import Attribution
from evalsys.supervision.matters.models import LONGEST_TITLE
from evalsys.supervision.matters.queries import find_matters
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.matters.service import MatterEntry, open_matters

# Stored as entered, like the demands of the escalation: the text of a file, not of a page.
CAUSES = {
    Attribution.PERSON: "非个人原因",
    Attribution.PROCESS: "流程原因",
    Attribution.POLICY: "政策原因",
    Attribution.ENVIRONMENT: "环境原因",
}


def open_from_review(
    unit: Unit, case: Subject, what: Attribution, change: str, now: datetime
) -> None:
    """Open a matter out of a review, unless it has one."""
    number = (MatterSource.REVIEW, case.number)
    if find_matters([number]):
        return
    title = change or f"{case.section.name}：差评反映的问题（{CAUSES[what]}）"
    if len(title) > LONGEST_TITLE:
        title = title[: LONGEST_TITLE - 1] + "…"
    says = f"差评{case.number}经两人核实，不计入个人得分（{CAUSES[what]}）。"
    says += f"需要改变：{change}" if change else f"请{case.section.name}查明原因并改进。"
    entry = MatterEntry(MatterSource.REVIEW, case.section.organ, title, says, case.number)
    open_matters(unit, [entry], now=now, opened_by=None, origin=case)

"""The decision on an objection to a conclusion of supervision. Pure."""

from datetime import date

from evalsys.cases.letters.rules.blocks import Heading, Letter
from evalsys.cases.letters.rules.papers import Paper, Papers
from evalsys.cases.letters.rules.phrases import sent, texts
from evalsys.cases.letters.rules.source import BLANK, Source, day_words
from evalsys.core.errors import NP_
from evalsys.supervision.matters import limits
from evalsys.supervision.matters.letters.parts import (
    REGULATION,
    matter_texts,
    owner_of,
    told_of,
)


def decision(source: Source) -> Letter:
    """Decide: what was objected to and why, the reasons, the decision, who took no part."""
    told = told_of(source)
    number = source.before.number if source.before else BLANK
    return sent(
        source,
        "异议处理决定书",
        owner_of(told),
        (
            *texts(
                f"你单位对督办 {number}“{told.title or BLANK}”的督查结论有异议，于"
                f"{day_words(source.opened_on)}申请复核。根据{REGULATION}第十七条，经复核，决定如下。",
            ),
            Heading("一、异议事项"),
            *matter_texts(told, number),
            *texts(
                f"原督查结论（{_concluded_on(source)}）：{source.more.get('conclusion') or BLANK}",
                f"异议理由：{source.grounds.get('says') or BLANK}",
            ),
            Heading("二、复核情况和理由"),
            *texts(source.entered("reasons")),
            Heading("三、决定"),
            *texts(*_decided(source)),
            Heading("四、回避"),
            *texts(
                f"本决定经{source.entered('decider')}批准。参与作出原督查结论的工作人员已经回避，未参加本次复核；"
                f"复核期限为自收到申请之日起{source.term(limits.OBJECT_DECIDE)}日。",
            ),
        ),
        signed_by=told.office,
        receipt=True,
    )


def _concluded_on(source: Source) -> str:
    day = source.more.get("concluded_on")
    return day_words(day if isinstance(day, date) else None)


def _decided(source: Source) -> tuple[str, ...]:
    """Return the decision, and what follows from it."""
    if source.step == "uphold":
        return ("维持原督查结论。",)
    if source.entered("excused", blank=""):
        lateness = "本事项的逾期不再计入：督办台账和实绩档案按照按期办理记载。"
    else:
        lateness = "本事项办理期限的记载不变。"
    if source.step == "change":
        return (f"变更原督查结论。变更后的结论为：{source.entered('conclusion')}", lateness)
    check = source.term(limits.CHECK)
    return (
        "撤销原督查结论。",
        f"本事项退回核查环节，由督查机构自本决定作出之日起{check}个工作日内重新向诉求人核查，重新作出结论。",
        lateness,
    )


_DECISION = (Paper(NP_("letter", "Decision on an objection"), decision),)
PAPERS: Papers = {"uphold": _DECISION, "change": _DECISION, "revoke": _DECISION}

"""Remedies against a decision, as letters state them: terms, and no detriment. Pure.

Articles 95 and 96 of the Civil Servants Law are quoted verbatim. Article 38 of the regulation on
personnel of public institutions refers to the rules for the terms, so both are cited. The internal
review is our own, so that everybody has a remedy.
"""

from evalsys.cases.deadlines.rules import due_on, unit_of
from evalsys.cases.letters.rules.phrases import office
from evalsys.cases.letters.rules.source import Source, day_words
from evalsys.organisation.policies.limits import Limit
from evalsys.personnel.remedies import limits
from evalsys.personnel.remedies.rules import (
    CIVIL_SERVANTS,
    INSTITUTION,
    Against,
    appeal_days,
    remedy_against,
)

INSTITUTION_RULES = (
    "（《事业单位人事管理条例》第三十八条、《事业单位工作人员申诉规定》（人社部发〔2014〕45号））"
)
ARBITRATION = (
    "可以依法申请劳动争议调解、仲裁，仲裁时效期间为一年，从知道或者应当知道权利被侵害之日起计算"
    "（《中华人民共和国劳动争议调解仲裁法》第二十七条）"
)


def against(source: Source, act: str) -> tuple[str, ...]:
    """Return the remedies against the decision of this step; () if it burdens nobody."""
    match remedy_against(source.kind, source.step, source.entry):
        case Against.LAW:
            return _lawful(source, act)
        case Against.INTERNAL:
            return internal(source, act)
        case None:
            return ()


def _lawful(source: Source, act: str) -> tuple[str, ...]:
    """Return the legal remedy against an act, by the person's employment."""
    if source.employment in CIVIL_SERVANTS:
        return _civil_servant(source, act)
    if source.employment == INSTITUTION:
        return _institution(source, act)
    return (
        (
            f"如对{act}不服，可以先自收到{act}之日起{_within(source, limits.RECONSIDER)}向"
            f"{source.organ}申请内部复核，{source.organ}自接到申请之日起"
            f"{source.term(limits.RECONSIDER_DECIDE)}日内书面答复；也{ARBITRATION}。"
        ),
        f"不因申请内部复核、调解、仲裁而加重处理。内部复核期间不停止{act}的执行。",
    )


def internal(source: Source, act: str) -> tuple[str, ...]:
    """Return the internal review where there is no legal remedy."""
    return (
        (
            f"如对{act}有异议，可以自收到之日起{_within(source, limits.RECONSIDER)}，向"
            f"{office(source)}书面申请内部复核，也可以在系统“我的救济”页面提交。"
            f"自接到申请之日起{source.term(limits.RECONSIDER_DECIDE)}日内作出书面答复。"
        ),
        (
            f"内部复核由本单位设定，不影响依法享有的其他权利；复核期间不停止{act}的执行，不因申请复核"
            "而加重处理。"
        ),
    )


def appeal(source: Source, act: str) -> tuple[str, ...]:
    """Return the remedies against the decision on a reconsideration."""
    is_lawful = bool(source.grounds.get("is_lawful"))
    within = _within(source, limits.APPEAL, _appeal_days(source, is_lawful=is_lawful))
    last = "申诉期间不停止原处理的执行，不因提出申诉而加重处理。"
    if not is_lawful:
        return (
            (
                f"如对{act}仍有异议，可以自接到{act}之日起{within}，书面或者在系统本案卷页面提出申诉，"
                f"自受理之日起{source.term(limits.APPEAL_DECIDE)}日内作出答复。"
            ),
            last,
        )
    if source.employment in CIVIL_SERVANTS:
        return (
            f"如对{act}不服，可以自接到{act}之日起{within}，按照规定向同级公务员主管部门或者"
            f"{source.organ}的上一级机关提出申诉（{_law(source)}第九十五条）。"
            + _authority(source),
            f"{last[:-1]}（同法第九十六条）。",
        )
    if source.employment == INSTITUTION:
        return (
            (
                f"如对{act}不服，可以自接到{act}之日起{within}，向{source.organ}的主管部门或者同级事业单位"
                f"人事综合管理部门提出申诉{INSTITUTION_RULES}。"
            ),
            last,
        )
    return (f"如对{act}不服，{ARBITRATION}。", last.replace("申诉", "仲裁申请"))


def reappeal(source: Source) -> tuple[str, ...]:
    """Return the legal remedies against the decision on an appeal; () if internal."""
    if not source.grounds.get("is_lawful"):
        return ()
    if source.employment in CIVIL_SERVANTS:
        return (
            (
                "本申诉处理决定由省级以下机关作出的，对其不服，可以按照规定向作出处理决定的上一级机关"
                f"提出再申诉（{_law(source)}第九十五条）。"
            ),
        )
    if source.employment == INSTITUTION:
        return (f"对本申诉处理决定不服的，可以按照规定提出再申诉{INSTITUTION_RULES}。",)
    return (f"如对本决定不服，{ARBITRATION}。",)


def _civil_servant(source: Source, act: str) -> tuple[str, ...]:
    return (
        (
            f"如对{act}不服，可以自收到{act}之日起{_within(source, limits.RECONSIDER)}，向"
            f"{source.organ}申请复核；{source.organ}自接到复核申请书后的{source.term(limits.RECONSIDER_DECIDE)}日内作出"
            f"复核决定，并书面告知（{_law(source)}第九十五条、第九十六条）。"
        ),
        f"对复核结果不服的，可以自接到复核决定之日起{source.term(limits.APPEAL)}日内，按照规定向同级"
        f"公务员主管部门或者{source.organ}的上一级机关提出申诉；也可以不经复核，自收到{act}之日起"
        f"{_within(source, limits.APPEAL_DIRECT)}，直接提出申诉。" + _authority(source),
        "复核、申诉期间不停止人事处理的执行，不因申请复核、提出申诉而加重处理（同法第九十六条）。",
    )


def _institution(source: Source, act: str) -> tuple[str, ...]:
    return (
        (
            f"如对{act}不服，可以自收到{act}之日起{_within(source, limits.RECONSIDER)}，向"
            f"{source.organ}申请复核；{source.organ}自接到申请之日起{source.term(limits.RECONSIDER_DECIDE)}日内作出复核"
            f"决定，并书面告知{INSTITUTION_RULES}。"
        ),
        (
            "对复核决定不服的，可以自接到复核决定之日起"
            f"{_appeal_days(source, is_lawful=True)}日内，向{source.organ}的主管部门或者同级事业"
            "单位人事综合管理部门提出申诉。"
        ),
        f"复核、申诉期间不停止{act}的执行，不因申请复核、提出申诉而加重处理。",
    )


def _law(source: Source) -> str:
    law = "《中华人民共和国公务员法》"
    return law if source.employment == "civil_servant" else f"参照{law}"


def _authority(source: Source) -> str:
    return (
        f"受理机关自受理之日起{source.term(limits.APPEAL_DECIDE)}日内作出处理决定；案情复杂的，可以"
        f"适当延长，但延长时间不超过{source.term(limits.APPEAL_EXTEND)}日。"
    )


def _appeal_days(source: Source, *, is_lawful: bool) -> int:
    return appeal_days(source.term(limits.APPEAL), source.employment, is_lawful=is_lawful)


def _within(source: Source, limit: Limit, length: int | None = None) -> str:
    """Return a term with its end if the letter is received on its own date."""
    length = source.term(limit) if length is None else length
    end = due_on(source.on, length, unit_of(limit.name), source.calendar).on
    return f"{length}日内（当日收到的，至{day_words(end)}止）"

"""Letters of a chief's case: interview notice and record, advice, admonition, adjustment. Pure."""

from evalsys.cases import limits as shared
from evalsys.cases.letters.rules.blocks import Block, Heading, Letter, pair, wide
from evalsys.cases.letters.rules.papers import Paper, Papers
from evalsys.cases.letters.rules.phrases import (
    addressed,
    decided,
    file_note,
    number_of,
    office,
    period_words,
    ruled,
    texts,
    together,
)
from evalsys.cases.letters.rules.source import BLANK, SHORT, Source, day_words
from evalsys.core.errors import NP_
from evalsys.personnel.chiefs import limits
from evalsys.personnel.chiefs.rules.ladder import MEASURES
from evalsys.personnel.remedies.letters.rights import against, internal

SIGNATURES = (
    "约谈人：＿＿＿＿＿　　被约谈人：＿＿＿＿＿\n记录人：＿＿＿＿＿　　＿＿＿＿年＿＿月＿＿日"
)


def interview_notice(source: Source) -> Letter:
    """Summon a chief to an interview: when, where, what about, what to bring."""
    hour = source.entered("hour", blank=SHORT)
    return addressed(
        source,
        "约谈通知书",
        texts(
            f"根据本单位考核评价实施办法，经核实{_period(source)}你负责的{source.section}组织力、执行力"
            "评价情况，决定对你进行约谈。现将有关事项通知如下：",
            f"一、时间：{source.entered_day('held_on')}{hour}",
            f"二、地点：{source.entered('place')}",
            f"三、约谈人：{source.entered('interviewer')}",
            f"四、事由：{source.entered('matter')}",
            "五、请你围绕约谈事由准备书面情况说明，可以携带有关材料。约谈时将说明事由，听取你的说明，"
            "并提出整改要求；全过程如实记录，由双方签字确认。",
            "六、因故不能按时参加的，请在约谈前书面说明理由。评价得分只是了解情况的线索，不是对你的结论。",
        ),
        signed_by=office(source),
    )


def interview_form(source: Source) -> Letter:
    """Return the record of an interview to be filled in by hand."""
    return _record(source, is_held=False)


def interview_record(source: Source) -> Letter:
    """Return the record of an interview held."""
    return _record(source, is_held=True)


def _record(source: Source, *, is_held: bool) -> Letter:
    held = ("interview",) if is_held else ()
    known = (*held, "notice")
    interviewer, reason, place = (
        source.entered(name, *known, blank="") for name in ("interviewer", "reason", "place")
    )

    def entered(name: str) -> str:
        return source.entered(name, "interview", blank="") if is_held else ""

    return ruled(
        source,
        "约谈记录",
        pair("约谈人", interviewer, "记录人", entered("recorder")),
        pair(
            "被约谈人",
            f"{source.person} {source.post}".strip(),
            source.in_terms("科室"),
            source.section,
        ),
        pair("时间", _when(source, known), "地点", place),
        wide("事由", reason or source.entered("matter", "notice", blank=""), 25),
        wide("内容", entered("requirements"), 36),
        wide("本人说明", entered("explanation"), 32),
        wide("整改措施", entered("commitment"), 27),
        wide("时限", _limits(source, is_held=is_held)),
        wide("签字", SIGNATURES, 24),
        remedy=internal(source, "本次约谈") if is_held else (),
    )


def _when(source: Source, known: tuple[str, ...]) -> str:
    hour = source.entered("hour", *known, blank="")
    return f"{source.entered_day('held_on', *known)} {hour}".strip()


def _limits(source: Source, *, is_held: bool) -> str:
    """Return when the plan is due, and how long it is followed up."""
    due = source.due(limits.PLAN, source.days.get("interview")) if is_held else day_words(None)
    return (
        f"{due}前提交整改方案（约谈后{source.term(limits.PLAN)}个工作日内）；"
        f"方案确认后跟踪{source.term(limits.FOLLOW_UP)}日。"
    )


def admonition_advice(source: Source) -> Letter:
    """Advise the leaders to admonish, who decide."""
    return _advice(
        source,
        "诫勉建议书",
        Heading("一、基本情况"),
        *texts(f"{source.comrade}，{source.post or BLANK}，负责{source.section}工作。"),
        Heading("二、经过"),
        *_history(source),
        Heading("三、再次核实情况"),
        *texts(source.entered("finding", "repeat")),
        Heading("四、建议和理由"),
        *texts(
            source.entered("reasons"),
            f"据此，建议对{source.comrade}予以诫勉，影响期{source.term(limits.ADMONITION)}个月。"
            "本建议不是决定；是否采纳，请自本建议提出之日起"
            f"{source.term(shared.DECIDE)}个工作日内（{source.due(shared.DECIDE)}前）研究，"
            "并说明理由。诫勉决定应当向本人送达，告知救济途径。",
        ),
    )


def _advice(source: Source, title: str, *paragraphs: Block) -> Letter:
    """Return an advice of the personnel office to the leaders."""
    return Letter(
        title=title,
        number=number_of(source),
        addressee=f"{source.organ}党组",
        paragraphs=paragraphs,
        signed_by=office(source),
        dated_on=source.on,
        annexes=_annexes(source),
        note=file_note(source),
    )


def admonition(source: Source) -> Letter:
    """Write the admonition: reasons, effect with its end, requirements, remedy."""
    months = source.term(limits.ADMONITION)
    return addressed(
        source,
        "诫勉书",
        (
            *decided(
                source,
                f"经{source.entered('decider')}批准，决定对你予以诫勉，影响期{months}个月，自"
                f"{day_words(source.on)}起至{source.due(limits.ADMONITION)}止。影响期内的提拔、"
                "晋升和评优，按照有关规定执行。",
            ),
            Heading("三、要求"),
            *texts(
                "请你深刻分析原因，落实整改方案，按期报告整改情况。影响期满前，组织人事部门将了解你的"
                "整改情况，并书面告知结果。",
            ),
        ),
        remedy=internal(source, "本诫勉"),
    )


def adjustment_advice(source: Source) -> Letter:
    """Advise the Party group to consider an adjustment; it decides collectively."""
    return _advice(
        source,
        "岗位调整建议书",
        Heading("一、经过"),
        *_history(source),
        *texts(
            f"{source.day_of('admonish')}予以诫勉。影响期内紧接的评价周期再次偏低，经核实：",
            source.entered("finding", "repeat_again"),
        ),
        Heading("二、建议和理由"),
        *texts(
            source.entered("reasons"),
            "据此，建议对其岗位调整问题进行集体研究。本建议不是决定；请自本建议提出之日起"
            f"{source.term(shared.DECIDE)}个工作日内（{source.due(shared.DECIDE)}前）研究决定。",
        ),
    )


def adjustment_decision(source: Source) -> Letter:
    """Write the Party group's decision, with votes, reasons and legal remedy."""
    measure = source.chosen("measure", MEASURES)
    return addressed(
        source,
        "岗位调整决定书" if measure != source.words(MEASURES["none"]) else "不予岗位调整决定书",
        decided(source, f"{together(source)}：{measure}。"),
        remedy=against(source, "本决定"),
    )


def _period(source: Source) -> str:
    """Return the assessment period that opened the case: 2026年第三季度."""
    return period_words(str(source.grounds.get("period") or ""), source.words)


def _history(source: Source) -> tuple[Block, ...]:
    """Return the steps so far that count as rungs, with their days."""
    rungs = {
        "verify": "核实评价情况",
        "interview": "进行约谈，说明事由，听取本人说明，提出整改要求",
        "file_plan": "本人提交整改方案",
        "follow": "确认整改方案，开始跟踪",
        "repeat": "跟踪期内紧接的评价周期再次偏低",
    }
    taken = sorted((move for move in rungs if move in source.days), key=lambda m: source.days[m])
    words = "；".join(f"{source.day_of(move)}{rungs[move]}" for move in taken)
    return texts(f"{words}。" if words else BLANK)


def _annexes(source: Source) -> tuple[str, ...]:
    records = ("约谈记录", "整改方案") if "interview" in source.days else ()
    return (*records, *(f"{piece.kind}：{piece.title}" for piece in source.evidence))


PAPERS: Papers = {
    "notice": (
        Paper(NP_("letter", "Interview notice"), interview_notice),
        Paper(NP_("letter", "Interview record, to fill in"), interview_form, is_form=True),
    ),
    "interview": (Paper(NP_("letter", "Interview record"), interview_record),),
    "advise_admonition": (Paper(NP_("letter", "Advice of an admonition"), admonition_advice),),
    "admonish": (Paper(NP_("letter", "Admonition"), admonition),),
    "advise_adjustment": (Paper(NP_("letter", "Advice of an adjustment"), adjustment_advice),),
    "decide": (Paper(NP_("letter", "Decision on an adjustment"), adjustment_decision),),
}

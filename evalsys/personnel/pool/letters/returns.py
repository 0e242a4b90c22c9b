"""Letters of a return: proposal, right to be heard, talk record, decision. Pure."""

from evalsys.cases.letters.rules.blocks import Block, FormRow, Heading, Letter, pair, wide
from evalsys.cases.letters.rules.papers import Paper, Papers
from evalsys.cases.letters.rules.phrases import addressed, office, ruled, texts, together
from evalsys.cases.letters.rules.source import BLANK, Source, day_words
from evalsys.core.errors import NP_
from evalsys.personnel.pool import limits
from evalsys.personnel.pool.rules.returns import SITUATIONS
from evalsys.personnel.remedies.letters.rights import internal

SIGNED = "签字：＿＿＿＿＿＿　　＿＿＿＿年＿＿月＿＿日"
SIGNATURES = (
    "谈话人：＿＿＿＿＿　　谈话对象：＿＿＿＿＿\n记录人：＿＿＿＿＿　　＿＿＿＿年＿＿月＿＿日"
)
# As official documents word it.
OFFICIAL = SITUATIONS | {
    "duty": NP_("letter", "Duties not performed or performed wrongly"),
    "attitude": NP_("letter", "Service attitude or work style is bad and stays so"),
    "discipline": NP_("letter", "Attendance or order of work"),
}

# The procedure before the decision, in the order of the table.
PROCEDURE = {
    "propose": "科室负责人提出建议",
    "notify": "书面告知本人陈述申辩的权利",
    "state": "本人提交陈述申辩",
    "waive": "本人放弃陈述申辩",
    "note_silence": "期限届满，本人未提交陈述申辩",
    "verify": "组织人事部门核实认定",
    "talk": "与本人谈话，说明理由，听取意见",
}


def person_rows(source: Source) -> tuple[FormRow, ...]:
    """Return the form rows of the person concerned."""
    return (
        pair("姓名", source.person, "工号", source.staff_number),
        pair(source.in_terms("科室"), source.section, "职务", source.post or BLANK),
    )


def proposal(source: Source) -> Letter:
    """Write the proposal of a return: facts and evidence, never a rank."""
    return ruled(
        source,
        "退人建议表",
        *person_rows(source),
        wide("建议情形", source.chosen("situation", OFFICIAL)),
        wide("事实和\n理由", source.entered("facts", blank=""), 40),
        wide("证据目录", _evidence(source), 30),
        wide("帮助教育\n情况", source.entered("coaching", blank=""), 27),
        wide(
            "声明",
            "以上事实属实，有两类以上相互独立的证据；排名位次不作为依据。建议人不参加本案的研究"
            "和表决。",
            18,
        ),
        wide("建议人", f"{source.opener}\n{SIGNED}".lstrip(), 18),
        wide("组织人事\n部门受理", SIGNED, 20),
    )


def hearing_notice(source: Source) -> Letter:
    """Notify the member of the proposal, its grounds and the time to answer."""
    return addressed(
        source,
        "陈述申辩告知书",
        (
            *texts(
                f"{source.section}负责人于{source.day_of('propose')}对你提出退人建议。这只是建议，没有经过"
                "核实，也没有作出任何决定。现将有关事项告知如下。"
            ),
            Heading("一、建议的事实和理由"),
            *texts(source.entered("facts", "propose")),
            Heading("二、证据目录"),
            *texts(_evidence(source) or BLANK),
            Heading("三、你的权利"),
            *texts(
                f"（一）自收到本告知书之日起{source.term(limits.STATEMENT)}个工作日内（当日收到的，至"
                f"{source.due(limits.STATEMENT)}止），你可以书面或者在系统中陈述、申辩，并提交证据；"
                "也可以书面放弃。逾期未提交的，按放弃处理，不影响后续核实。",
                "（二）你可以查阅证据目录和内容，可以申请与本案有利害关系的人员回避。",
                "（三）处于孕期、产期、哺乳期、医疗期等受保护情形，或者曾举报、申诉的，请一并说明；属实的，"
                "不得纳入。",
                f"（四）组织人事部门在{source.term(limits.VERIFY)}个工作日内独立核实并与你谈话；是否纳入由党组"
                "集体研究决定，建议人不参加表决。不因你陈述申辩而作不利处理。",
            ),
        ),
        signed_by=office(source),
    )


def talk_form(source: Source) -> Letter:
    """Return the record of the talk to be filled in by hand."""
    return _talk(source, is_held=False)


def talk_record(source: Source) -> Letter:
    """Return the record of the talk held."""
    return _talk(source, is_held=True)


def _talk(source: Source, *, is_held: bool) -> Letter:
    def entered(name: str) -> str:
        return source.entered(name, "talk", blank="") if is_held else ""

    day = source.entered_day("held_on", "talk") if is_held else day_words(None)
    return ruled(
        source,
        "谈话记录",
        pair("谈话人", entered("talker"), "记录人", entered("recorder")),
        pair(
            "谈话对象",
            f"{source.person} {source.post}".strip(),
            source.in_terms("科室"),
            source.section,
        ),
        pair("时间", day, "地点", entered("place")),
        wide("事由", f"{source.section_word}负责人提出的退人建议（案卷 {source.number}）"),
        wide("核实情况", source.entered("finding", "verify", blank=""), 34),
        wide("说明的\n理由", entered("reason"), 34),
        wide("本人意见", entered("heard"), 38),
        wide("签字", SIGNATURES, 24),
    )


def admission(source: Source) -> Letter:
    """Write the admission to the pool: procedure, reasons, duration, what follows, remedy."""
    months, handed_over = source.term(limits.STAY), source.due_day(limits.HANDOVER)
    return addressed(
        source,
        "纳入不胜任现职人员管理决定书",
        (
            Heading("一、事实和理由"),
            *texts(source.entered("reasons")),
            Heading("二、经过"),
            *_procedure(source),
            Heading("三、决定"),
            *texts(
                f"{together(source)}"
                f"自{day_words(source.on)}起将你纳入不胜任现职人员管理。管理期{months}个月，自交接完成、"
                "培训开始之日起计算；交接期满才完成的，至"
                f"{source.due(limits.STAY, handed_over)}止。",
            ),
            Heading("四、管理期安排"),
            *texts(
                f"（一）自本决定之日起{source.term(limits.HANDOVER)}日内（{day_words(handed_over)}前）办理"
                "工作交接。",
                "（二）确定导师，“一人一策”制定培训方案，安排学习提升或者企业体悟实训。",
                "（三）期满进行综合评估。达标的，根据工作需要重新安排工作；未达标的，可以延长一次，"
                f"延长{source.term(limits.EXTENSION)}个月。",
                "（四）医疗期、孕期、产期、哺乳期等情形，管理期停止计算。管理期内的任职、考核等事项，"
                "按照有关规定执行。",
            ),
        ),
        remedy=internal(source, "本决定"),
    )


def rejection(source: Source) -> Letter:
    """Notify the member that the proposal was rejected, without consequences."""
    months = source.term(limits.SAME_FACTS)
    return addressed(
        source,
        "不予采纳退人建议决定书",
        texts(
            f"{source.section}负责人于{source.day_of('propose')}对你提出的退人建议，"
            f"{together(source)}不予采纳。",
            f"理由：{source.entered('reasons')}",
            f"本案不影响你的评价得分和考核。{months}个月内，不得以同一事实再次提出。",
        ),
    )


def direct_move(source: Source) -> Letter:
    """Notify the member of a move to another post without the pool."""
    return addressed(
        source,
        "岗位调整通知书",
        (
            Heading("一、理由"),
            *texts(source.entered("reasons")),
            Heading("二、决定"),
            *texts(
                f"{together(source)}不将你纳入不胜任现职人员管理，直接调整工作岗位。",
                f"安排你到{source.receiver or BLANK}工作，岗位：{source.entered('post')}，"
                f"请于{source.entered_day('starts_on')}前报到。",
                f"请自本通知之日起{source.term(limits.HANDOVER)}日内（{source.due(limits.HANDOVER)}前）办理交接。",
            ),
        ),
        remedy=internal(source, "本决定"),
    )


def _procedure(source: Source) -> tuple[Block, ...]:
    """Return every step that led to the decision, with its day."""
    taken = ((move, what) for move, what in PROCEDURE.items() if move in source.days)
    parts = (f"{source.day_of(move)}{source.in_terms(what)}" for move, what in taken)
    words = "；".join(parts)
    return texts(f"{words}。" if words else BLANK)


def _evidence(source: Source) -> str:
    return "\n".join(
        f"{number}. {piece.kind}：{piece.title}" for number, piece in enumerate(source.evidence, 1)
    )


PAPERS: Papers = {
    "propose": (Paper(NP_("letter", "Proposal of a return"), proposal),),
    "notify": (Paper(NP_("letter", "Notice of the right to be heard"), hearing_notice),),
    "verify": (Paper(NP_("letter", "Record of the talk, to fill in"), talk_form, is_form=True),),
    "talk": (Paper(NP_("letter", "Record of the talk"), talk_record),),
    "admit": (Paper(NP_("letter", "Decision of admission"), admission),),
    "move_directly": (Paper(NP_("letter", "Notice of the new post"), direct_move),),
    "reject": (Paper(NP_("letter", "Decision against a return"), rejection),),
}

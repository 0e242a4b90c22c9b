"""Letters of a pool stay: plan, assessment, reassignment, extension, measure. Pure."""

from evalsys.cases.letters.rules.blocks import Block, Letter, pair, wide
from evalsys.cases.letters.rules.papers import Paper, Papers
from evalsys.cases.letters.rules.phrases import addressed, decided, ruled, texts, together
from evalsys.cases.letters.rules.source import BLANK, SHORT, Source, day_words
from evalsys.core.errors import NP_
from evalsys.personnel.pool import limits
from evalsys.personnel.pool.letters.returns import SIGNED, person_rows
from evalsys.personnel.pool.rules.stays import CRITERIA, MEASURES, PASS, RESULTS
from evalsys.personnel.remedies.letters.rights import against, internal

# As official documents word it.
OFFICIAL = MEASURES | {"dismissal_advice": NP_("letter", "Advice of dismissal")}


def plan(source: Source) -> Letter:
    """Write the individual plan: goals, training, mentor."""
    return ruled(
        source,
        "个人培训方案",
        *person_rows(source),
        pair("导师", source.more.get("mentor", ""), "管理期至", source.due(limits.STAY)),
        wide("目标", source.entered("goals", blank=""), 27),
        wide("学习提升", source.entered("study", blank=""), 29),
        wide("企业体悟\n实训", source.entered("enterprise", blank=""), 29),
        wide("交接情况", source.entered("handed_over", blank=""), 25),
        wide("本人意见", SIGNED, 18),
        wide("导师意见", SIGNED, 18),
        wide("组织人事\n部门意见", SIGNED, 18),
    )


def assessment(source: Source) -> Letter:
    """Write the assessment with its criteria and conclusion."""
    return ruled(
        source,
        "综合评估表",
        *person_rows(source),
        pair("导师", source.more.get("mentor", ""), "评估日期", day_words(source.on)),
        wide("培训完成\n情况", "\n".join(source.more.get("training", ())), 26),
        wide("评估项目\n和得分", _points(source), 20),
        wide("导师评价", source.entered("mentor_opinion", blank=""), 28),
        wide("评估结论", source.words(RESULTS.get(source.step, ""))),
        wide("说明", source.entered("conclusion", blank=""), 30),
        wide("本人意见", SIGNED, 20),
        wide("评估人", f"{source.entered('assessors', blank='')}\n{SIGNED}".lstrip(), 20),
    )


def _points(source: Source) -> str:
    """Return the points of each criterion, and the minimum."""
    figures = (
        f"{source.words(words)}{source.entered(name, blank=SHORT)}分"
        for name, words in CRITERIA.items()
    )
    return f"{'　'.join(figures)}\n（每项{PASS}分达标）"


def reassignment(source: Source) -> Letter:
    """Assign a new post, with the day of the recheck."""
    return addressed(
        source,
        "重新安排工作通知书",
        texts(
            f"你在管理期内的综合评估结论为达标。根据工作需要，现安排你到"
            f"{source.receiver or BLANK}工作，岗位：{source.entered('post')}。",
            f"一、请于{source.entered_day('starts_on')}前报到。",
            f"二、到岗后{source.term(limits.RECHECK)}个月"
            f"（{source.due(limits.RECHECK)}前后）进行适岗"
            "考核，了解你的适应情况和需要的帮助。",
            "三、纳入管理期间的情况不公开，不影响以后按照规定使用。",
        ),
        remedy=internal(source, "本安排"),
    )


def extension(source: Source) -> Letter:
    """Extend the stay, once."""
    months = source.term(limits.EXTENSION)
    return addressed(
        source,
        "延长管理期决定书",
        decided(
            source,
            f"经{source.entered('decider')}决定，你的管理期延长{months}个月，自{day_words(source.on)}起至"
            f"{source.due(limits.EXTENSION)}止。管理期只延长一次。",
            "延长期内，继续落实培训方案，由导师帮助改进；期满再次进行综合评估。",
        ),
        remedy=internal(source, "本决定"),
    )


def measure(source: Source) -> Letter:
    """Write the measure after a second failed assessment, with the legal remedy."""
    return addressed(
        source,
        "组织处理决定书",
        (
            *decided(source, f"{together(source)}：{source.chosen('measure', OFFICIAL)}。"),
            *_refusal(source),
        ),
        remedy=against(source, "本决定"),
    )


def _refusal(source: Source) -> tuple[Block, ...]:
    """Return that other work was refused, a condition of dismissal (article 88)."""
    if source.entered("refuses", blank="") != "是":
        return ()
    return texts("延长期满仍未达标，且本人不接受其他安排。")


PAPERS: Papers = {
    "plan": (Paper(NP_("letter", "Training plan"), plan),),
    "pass": (Paper(NP_("letter", "Assessment"), assessment),),
    "fail": (Paper(NP_("letter", "Assessment"), assessment),),
    "fail_again": (Paper(NP_("letter", "Assessment"), assessment),),
    "extend": (Paper(NP_("letter", "Decision on the extension"), extension),),
    "reassign": (Paper(NP_("letter", "Notice of reassignment"), reassignment),),
    "measure": (Paper(NP_("letter", "Decision on a measure"), measure),),
}

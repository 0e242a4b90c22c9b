"""The words that stand in exported workbooks, in both languages. Pure.

A workbook is a contract with whoever reads it by machine or keeps it for years, so its words are
fixed here and are not translated with the pages.
"""

from evalsys.foundation.spreadsheets.model import Words
from evalsys.foundation.spreadsheets.words import join, same
from evalsys.organisation.org.models import SectionKind
from evalsys.organisation.periods.models import PeriodState
from evalsys.ratings.ballots.models import ExclusionReason, RaterGroup
from evalsys.results.closing.models import ProposalKind
from evalsys.scores.disclosure import Extent
from evalsys.scores.rules import SizeBand

TOO_FEW = Words("样本不足", "too few")
HIDDEN = Words("不列示", "not shown")
EXTENTS = {
    Extent.FIGURES: Words(
        "等次、差评和剔除只在先封账的较短周期列示，以免相减得出少数人的评价",
        "levels, bad and set aside ballots are shown for the periods closed before this one only",
    ),
    Extent.WHOLE: Words(
        "更正后所依据的评价与前一版有出入：得分取整，不列份数，以免相减得出",
        "ballots differ from an earlier version: scores in whole points, no counts",
    ),
    Extent.NONE: Words(
        "与已列示的周期只差不足10份评价，不列示，以免相减得出；不是低分",
        "differs by fewer than ten ballots from what was shown before: not shown; not a low score",
    ),
}
NOT_RANKED = Words("不排名", "not ranked")
UNKNOWN = Words("不了解", "don't know")
DIMENSIONS = {
    "attitude": Words("服务态度", "Service attitude"),
    "work_style": Words("工作作风", "Work style"),
    "efficiency": Words("办事效率", "Handling efficiency"),
    "competence": Words("业务能力", "Professional competence"),
}
LEVELS = {
    5: Words("非常满意", "Very satisfied"),
    4: Words("满意", "Satisfied"),
    3: Words("基本满意", "Basically satisfied"),
    2: Words("不满意", "Dissatisfied"),
    1: Words("非常不满意", "Very dissatisfied"),
}
KINDS = {
    SectionKind.WINDOW: Words("窗口", "Window"),
    SectionKind.APPROVAL: Words("审批", "Approval"),
    SectionKind.ENFORCEMENT: Words("执法", "Enforcement"),
    SectionKind.GENERAL: Words("综合", "General"),
}
GROUPS = {kind.value: words for kind, words in KINDS.items()} | {"all": Words("全部", "All kinds")}
BANDS = {
    SizeBand.UP_TO_5: Words("1–5人", "1–5 members"),
    SizeBand.UP_TO_15: Words("6–15人", "6–15 members"),
    SizeBand.UP_TO_30: Words("16–30人", "16–30 members"),
    SizeBand.OVER_30: Words("30人以上", "over 30 members"),
}
PROPOSALS = {
    ProposalKind.INTERVIEW: Words("建议约谈", "interview proposed"),
    ProposalKind.COMMENDATION: Words("建议表彰", "commendation proposed"),
}
STATES = {
    PeriodState.CLOSED: Words("已封账", "closed"),
    PeriodState.PUBLISHED: Words("已公布", "published"),
}
RATER_GROUPS = {
    RaterGroup.RECIPIENT: Words("服务对象", "service recipient"),
    RaterGroup.GRASSROOTS: Words("基层单位", "grass-roots unit"),
    RaterGroup.COLLABORATOR: Words("协作{科室}", "collaborating section"),
    RaterGroup.LEADER: Words("分管领导", "leader in charge"),
}
EXCLUSIONS = {
    ExclusionReason.MISTAKEN: Words("误评", "rated by mistake"),
    ExclusionReason.MALICIOUS: Words("恶意差评", "malicious"),
    ExclusionReason.NOT_PERSON: Words("非个人原因", "not about the person"),
    ExclusionReason.DEFAULT: Words("默认评价", "default rating"),
    ExclusionReason.VOID: Words("作废", "annulled"),
    ExclusionReason.FROZEN: Words("已退回，保留此前得分", "after a return: the score before stays"),
}
REASONS = {
    "late": Words("超过规定或承诺的时间", "took longer than the legal or promised time"),
    "papers": Words("要求提供清单以外的材料", "asked for papers that are not on the list"),
    "unclear": Words("没有一次讲清，多跑了路", "not explained at once; had to come again"),
    "manner": Words("态度不好或推诿", "unfriendly, or sent elsewhere"),
    "mistake": Words("业务不熟，办错了", "did not know the matter, or made a mistake"),
    "premises": Words("等候时间长、流程或环境问题", "long wait, procedure or premises"),
    "other": Words("其他", "something else"),
}
ORDERS = {
    "rank": Words("名次", "rank"),
    "section": Words("{科室}编码", "section code"),
    "total": Words("总和得分", "sum"),
    "rate": Words("得分率", "score rate"),
    "theta": Words("调整后得分", "adjusted score"),
    "ballots": Words("评价数", "ballots"),
    "coverage": Words("覆盖率", "coverage"),
}


def counted(n: int | None, min_n: int) -> Words | int:
    """Return a count as it may stand in a cell: the number, or <10 below the minimum."""
    if n is None:
        return HIDDEN
    return same(f"<{min_n}") if n < min_n else n


def exclusion_words(stored: str | None) -> Words:
    """Name the reasons of excluded ballots, stored as `default:3,mistaken:1`; their counts stay."""
    codes = [part.partition(":")[0] for part in (stored or "").split(",") if part]
    return join([EXCLUSIONS[ExclusionReason(code)] for code in codes], "、", ", ")

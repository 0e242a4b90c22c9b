"""The rule set of a period as data. Pure.

Every number carries its legal basis or the reason why it was chosen; a changed policy is a new
version, previewed on a past period before it is adopted.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from evalsys.core.errors import N_, DomainError

DIMENSIONS = ("attitude", "work_style", "efficiency", "competence")
RATER_GROUPS = ("recipient", "grassroots", "collaborator", "leader")


class BadPolicy(DomainError):
    """A rule has a value that cannot be."""

    message = N_("%(rule)s: %(value)s is not possible. It must be between %(low)s and %(high)s.")


class NoWeight(DomainError):
    """All weights are zero, so that nothing could be computed."""

    message = N_("%(rule)s: at least one weight must be above 0.")


SWITCHES = ("chief_counts", "window_for_colleagues")
# name: (lowest, highest) possible value.
RANGES: dict[str, tuple[int, int]] = {
    "min_n_display": (5, 100),
    "min_n_group": (1, 50),
    "min_n_consequence": (10, 1000),
    "min_coverage": (0, 100),
    "min_group": (3, 50),
    "ticket_ceiling": (1, 1000),
    "window_wd": (1, 30),
    "count_min_batch": (5, 1000),
    "count_longest_wait_d": (1, 30),
    "comment_batch": (5, 100),
    "pressure_line": (1, 100),
    "interview_line": (20, 100),
    "commend_line": (20, 100),
    "evidence_line": (20, 100),
    "probability": (50, 100),
    "reliability": (0, 100),
    # What follows from a score: terms in working days (_wd), days (_d) or months, and limits.
    "contact_wd": (1, 10),
    "rectify_wd": (1, 30),
    "rectify_complex_wd": (5, 60),
    "objection_wd": (3, 30),
    "objection_decide_wd": (1, 30),
    "contact_kept_d": (30, 365),
    "correct_wd": (1, 30),
    "verify_low_wd": (5, 60),
    "interview_notice_wd": (1, 10),
    "plan_wd": (5, 30),
    "follow_up_d": (30, 180),
    "admonition_months": (3, 12),
    "commend_notice_wd": (5, 30),
    "commend_quota": (1, 100),
    "commend_lapse_d": (30, 365),
    "statement_wd": (5, 30),
    "verify_wd": (5, 60),
    "decide_wd": (5, 60),
    "return_cap": (1, 50),
    "same_facts_months": (6, 36),
    "newcomer_months": (3, 12),
    "handover_d": (1, 30),
    "pool_months": (1, 6),
    "extension_months": (1, 3),
    "assess_wd": (5, 30),
    "reassign_wd": (5, 60),
    "recheck_months": (3, 6),
    "reconsider_d": (30, 60),
    "reconsider_decide_d": (10, 30),
    "appeal_d": (15, 60),
    "appeal_direct_d": (30, 60),
    "appeal_decide_d": (30, 60),
    "appeal_extend_d": (0, 30),
}

# The value of a rule in policies that were adopted before it, where it is not the default.
BEFORE = {"min_n_group": 1}

DEFAULT_BASIS: dict[str, str] = {
    "dimension_weights": "四项等权；可按本单位实施办法调整",
    "group_weights": "服务对象60、基层单位20、协作部门10、分管领导10",
    "window_for_colleagues": "评价单由大厅窗口办发放；任何人不得为本人发放",
    "ticket_ceiling": "防止一手造单；确需超出的，由组织人事部门说明理由放宽",
    "min_n_display": "少于10份不显示，防止认出评价人",
    "min_n_group": "少于3份的评价人类别不计权重，防止一两份评价左右得分；分管领导1份即计",
    "min_n_consequence": "少于30份不作为任何措施的依据",
    "min_coverage": "得分成员不足六成的不比较、不排名",
    "window_wd": "现场服务后5个工作日内可以补评（鲁政办发〔2020〕10号）",
    "interview_line": "低于70分的概率不小于九成，才建议约谈",
    "commend_line": "不低于90分的概率不小于九成，才建议表彰",
    "evidence_line": "低于60分的概率不小于九成，才提示可作为材料之一",
    "pressure_line": "被要求好评达到此数的，由监督部门核查",
    "contact_wd": "评价次日提取号码，1个工作日内联系核实（安阳市政务服务条例第五十二条）",
    "rectify_wd": "情况清楚、诉求合理的立行立改",
    "rectify_complex_wd": "情况复杂的说明理由、建立台账、限期整改",
    "objection_wd": "被评价人可以申诉，由其他部门复核（国办发〔2019〕51号）",
    "contact_kept_d": "个人信息保存期限应当为最短时间（个人信息保护法第十九条）",
    "correct_wd": "封账后认定不计入的评价，以更正生效；超过此期限的提示逾期",
    "interview_notice_wd": "约谈前书面通知本人",
    "plan_wd": "约谈后提交整改方案",
    "admonition_months": "诫勉影响期六个月",
    "commend_notice_wd": "表彰前公示不少于5个工作日",
    "statement_wd": "听取本人陈述申辩",
    "return_cap": "每名负责人十二个月内提出退人的上限，防止借机清人；至少1件",
    "same_facts_months": "不属实或不同意的，同一事实不得再次提出",
    "newcomer_months": "到岗未满期限的不得提出",
    "handover_d": "离岗前办理交接",
    "pool_months": "管理期一般3个月（青岛市不胜任现职公务员管理试行办法，2020年）",
    "extension_months": "未达标的一般再延长3个月，限一次",
    "recheck_months": "重新安排后3至6个月适岗考核",
    "reconsider_d": "知道该人事处理之日起三十日内（公务员法第九十五条）",
    "reconsider_decide_d": "三十日内作出复核决定（公务员法第九十六条）",
    "appeal_d": "接到复核决定之日起十五日内（公务员法第九十五条）",
    "appeal_direct_d": "也可以不经复核，三十日内直接申诉（公务员法第九十五条）",
    "appeal_decide_d": "六十日内作出处理决定（公务员法第九十六条）",
    "appeal_extend_d": "案情复杂的可以适当延长，不超过三十日（公务员法第九十六条）",
}


@dataclass(frozen=True)
class PolicyRules:
    """One version of the rules. Weights are whole numbers; lines are points 0-100.

    `probability`, `reliability`, `commend_quota` and `return_cap` are whole percents. A name that
    ends in _wd counts working days, in _d calendar days, in _months months. `basis` maps the name
    of a rule to its legal basis.
    """

    dimension_weights: Mapping[str, int] = field(
        default_factory=lambda: dict.fromkeys(DIMENSIONS, 25)
    )
    group_weights: Mapping[str, int] = field(
        default_factory=lambda: dict(zip(RATER_GROUPS, (60, 20, 10, 10), strict=True))
    )
    chief_counts: bool = True
    window_for_colleagues: bool = False
    min_n_display: int = 10
    min_n_group: int = 3
    min_n_consequence: int = 30
    min_coverage: int = 60
    min_group: int = 5
    ticket_ceiling: int = 60
    window_wd: int = 5
    count_min_batch: int = 20
    count_longest_wait_d: int = 7
    comment_batch: int = 5
    pressure_line: int = 5
    interview_line: int = 70
    commend_line: int = 90
    evidence_line: int = 60
    probability: int = 90
    reliability: int = 70
    contact_wd: int = 2
    rectify_wd: int = 5
    rectify_complex_wd: int = 15
    objection_wd: int = 3
    objection_decide_wd: int = 5
    contact_kept_d: int = 90
    correct_wd: int = 5
    verify_low_wd: int = 10
    interview_notice_wd: int = 2
    plan_wd: int = 10
    follow_up_d: int = 90
    admonition_months: int = 6
    commend_notice_wd: int = 5
    commend_quota: int = 20
    commend_lapse_d: int = 90
    statement_wd: int = 5
    verify_wd: int = 10
    decide_wd: int = 15
    return_cap: int = 10
    same_facts_months: int = 12
    newcomer_months: int = 6
    handover_d: int = 10
    pool_months: int = 3
    extension_months: int = 3
    assess_wd: int = 10
    reassign_wd: int = 20
    recheck_months: int = 3
    reconsider_d: int = 30
    reconsider_decide_d: int = 30
    appeal_d: int = 15
    appeal_direct_d: int = 30
    appeal_decide_d: int = 60
    appeal_extend_d: int = 30
    basis: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_BASIS))

    def __post_init__(self) -> None:
        """Refuse what cannot be. Raises BadPolicy or NoWeight."""
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadPolicy(rule=name, value=value, low=low, high=high)
        for name in ("dimension_weights", "group_weights"):
            weights: Mapping[str, int] = getattr(self, name)
            for key, value in weights.items():
                if not 0 <= value <= 100:  # noqa: PLR2004  # Percent.
                    raise BadPolicy(rule=f"{name}.{key}", value=value, low=0, high=100)
            if not any(weights.values()):
                raise NoWeight(rule=name)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; a rule that an older version did not know has its default.

        Where the default would change a score that was computed before the rule, it has the value
        that leaves it: a correction of an old period moves nothing but its reason.
        """
        known = {f.name for f in fields(cls)}
        data = BEFORE | dict(data)
        return cls(**{name: value for name, value in data.items() if name in known})

    def to_json(self) -> dict[str, Any]:
        """Return the rules as JSON values."""
        return asdict(self)

    def changed(self, **values: Any) -> "PolicyRules":
        """Return a copy with some rules changed."""
        return replace(self, **values)

    def differences(self, other: "PolicyRules") -> dict[str, tuple[Any, Any]]:
        """Return the rules in which `other` differs: name -> (here, there)."""
        mine, theirs = self.to_json(), other.to_json()
        return {name: (mine[name], theirs[name]) for name in mine if mine[name] != theirs[name]}

"""The rule set of a period: weights, minimum numbers, lines and features' limits. Pure.

Every number has its legal basis or the reason for it; a changed policy is a new version, previewed
on a past period before it is adopted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self, overload

from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.limits import (
    BALLOTS,
    PERCENT,
    POINTS,
    AnyRule,
    Limit,
    LimitSection,
    Switch,
    Weights,
)

DIMENSIONS = ("attitude", "work_style", "efficiency", "competence")
RATER_GROUPS = ("recipient", "grassroots", "collaborator", "leader")

DIMENSION_WEIGHTS = Weights(
    "dimension_weights",
    N_("Weights of the dimensions"),
    MappingProxyType(dict.fromkeys(DIMENSIONS, 25)),
    basis="四项等权；可按本单位实施办法调整",
)
GROUP_WEIGHTS = Weights(
    "group_weights",
    N_("Weights of the rater groups"),
    MappingProxyType(dict(zip(RATER_GROUPS, (60, 20, 10, 10), strict=True))),
    basis="服务对象60、基层单位20、协作部门10、分管领导10",
)
CHIEF_COUNTS = Switch("chief_counts", N_("The chief counts as a member"), default=True)
MIN_N_DISPLAY = Limit(
    "min_n_display",
    N_("Ballots before a score is shown"),
    10,
    (5, 100),
    BALLOTS,
    basis="少于10份不显示，防止认出评价人",
)
MIN_N_GROUP = Limit(
    "min_n_group",
    N_("Ballots for a rater group to weigh in (leader: 1)"),
    3,
    (1, 50),
    BALLOTS,
    basis="少于3份的评价人类别不计权重，防止一两份评价左右得分；分管领导1份即计",
)
MIN_N_CONSEQUENCE = Limit(
    "min_n_consequence",
    N_("Ballots before anything is proposed"),
    30,
    (10, 1000),
    BALLOTS,
    basis="少于30份不作为任何措施的依据",
)
MIN_COVERAGE = Limit(
    "min_coverage",
    N_("Coverage before a section is compared"),
    60,
    (0, 100),
    PERCENT,
    basis="得分成员不足六成的不比较、不排名",
)
MIN_GROUP = Limit(
    "min_group", N_("Sections that make a comparison group"), 5, (3, 50), N_("sections")
)
ISSUE_FUNNEL = Switch(
    "issue_funnel",
    N_("A section that gives surely fewer tickets for its services is not compared (F13)"),
    default=True,
    basis="评价单明显少于办件的，得分代表不了全部服务对象，不比较、不排名",
)
INTERVIEW_LINE = Limit(
    "interview_line",
    N_("An interview is proposed below"),
    70,
    (20, 100),
    POINTS,
    basis="低于70分的概率不小于九成，才建议约谈",
)
COMMEND_LINE = Limit(
    "commend_line",
    N_("A commendation is proposed from"),
    90,
    (20, 100),
    POINTS,
    basis="不低于90分的概率不小于九成，才建议表彰",
)
EVIDENCE_LINE = Limit(
    "evidence_line",
    N_("A member's ratings are evidence below"),
    60,
    (20, 100),
    POINTS,
    basis="低于60分的概率不小于九成，才提示可作为材料之一",
)
OWN_SPREAD = Switch(
    "own_spread",
    N_("An interview and evidence also need the spread of the own ballots to say so (F10b)"),
    default=True,
    basis="按自身所获评价的离散程度复核，防止误约谈",
)
ABOVE_GROUP = Switch(
    "above_group",
    N_("Commended is who is surely above the group (F11), not above a line"),
    default=True,
    basis="得分普遍接近满分，按标准线几乎人人可表彰，改按明显高于同类",
)
CASE_MIX = Switch(
    "case_mix",
    N_("Beside the score rate stands what it would be with the usual mix of cases (F12)"),
    default=True,
    basis="办件难易不同，按通常构成另列参考，不替代得分",
)
HOLDS = Switch(
    "holds",
    N_("Proposals wait until somebody has looked into what seems strange (F14)"),
    default=True,
    basis="评价或发单出现异常迹象的，核实前不提任何建议",
)
PROBABILITY = Limit("probability", N_("Needed probability"), 90, (50, 100), PERCENT)
RELIABILITY = Limit("reliability", N_("Needed reliability"), 70, (0, 100), PERCENT)

SECTIONS = (
    LimitSection(NP_("policy", "Weights"), (DIMENSION_WEIGHTS, GROUP_WEIGHTS, CHIEF_COUNTS)),
    LimitSection(
        NP_("policy", "Minimum numbers"),
        (MIN_N_DISPLAY, MIN_N_GROUP, MIN_N_CONSEQUENCE, MIN_COVERAGE, MIN_GROUP, ISSUE_FUNNEL),
    ),
    LimitSection(
        NP_("policy", "Lines of the proposals"),
        (
            *(INTERVIEW_LINE, OWN_SPREAD, COMMEND_LINE, ABOVE_GROUP, EVIDENCE_LINE),
            *(PROBABILITY, RELIABILITY, CASE_MIX, HOLDS),
        ),
    ),
)
OWN: Mapping[str, AnyRule] = {rule.name: rule for part in SECTIONS for rule in part.rules}

# Values, other than the default, of rules that are newer than a stored policy.
BEFORE = {
    "min_n_group": 1,
    "own_spread": False,
    "above_group": False,
    "issue_funnel": False,
    "case_mix": False,
    "holds": False,
}


@dataclass(frozen=True)
class PolicyRules:
    """One version of the rules. Weights are integers; lines are points, 0-100.

    `probability` and `reliability` are whole percents. `limits` maps names of features' limits to
    values; read one by `rules[LIMIT]`. `basis` maps the name of a rule to its legal basis.
    """

    dimension_weights: Mapping[str, int] = field(
        default_factory=lambda: dict(DIMENSION_WEIGHTS.default)
    )
    group_weights: Mapping[str, int] = field(default_factory=lambda: dict(GROUP_WEIGHTS.default))
    chief_counts: bool = CHIEF_COUNTS.default
    min_n_display: int = MIN_N_DISPLAY.default
    min_n_group: int = MIN_N_GROUP.default
    min_n_consequence: int = MIN_N_CONSEQUENCE.default
    min_coverage: int = MIN_COVERAGE.default
    min_group: int = MIN_GROUP.default
    issue_funnel: bool = ISSUE_FUNNEL.default
    interview_line: int = INTERVIEW_LINE.default
    commend_line: int = COMMEND_LINE.default
    evidence_line: int = EVIDENCE_LINE.default
    own_spread: bool = OWN_SPREAD.default
    above_group: bool = ABOVE_GROUP.default
    case_mix: bool = CASE_MIX.default
    probability: int = PROBABILITY.default
    reliability: int = RELIABILITY.default
    holds: bool = HOLDS.default
    limits: Mapping[str, int] = field(default_factory=dict)
    basis: Mapping[str, str] = field(
        default_factory=lambda: {rule.name: rule.basis for rule in OWN.values() if rule.basis}
    )

    def __post_init__(self) -> None:
        """Validate the values. Raises DomainError."""
        _check(self, OWN.values())

    @overload
    def __getitem__(self, rule: Limit) -> int: ...

    @overload
    def __getitem__(self, rule: Switch) -> bool: ...

    @overload
    def __getitem__(self, rule: Weights) -> Mapping[str, int]: ...

    def __getitem__(self, rule: AnyRule) -> Any:
        """Return the value of a rule, its default if the version does not have it."""
        if rule.name in OWN:
            return getattr(self, rule.name)
        return self.limits.get(rule.name, rule.default)

    def basis_of(self, rule: AnyRule) -> str:
        """Return the legal basis of a rule, empty if there is none."""
        is_known = rule.name in OWN or rule.name in self.limits
        return self.basis.get(rule.name, "") if is_known else rule.basis

    @property
    def lines(self) -> tuple[int, ...]:
        """The lines of sections that pictures show: a commendation may need none."""
        return (self.interview_line, *(() if self.above_group else (self.commend_line,)))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Parse the result of `to_json`; a missing rule gets its default, or its value in BEFORE.

        BEFORE reproduces scores computed before the rule existed, so that a correction of an old
        period changes nothing else.
        """
        data = BEFORE | dict(data)
        own = {name: data.pop(name) for name in (*OWN, "basis") if name in data}
        return cls(**own, limits=data)

    def to_json(self) -> dict[str, Any]:
        """Return the rules as JSON values by name."""
        own = asdict(self)
        limits: dict[str, int] = own.pop("limits")
        return own | limits

    def completed(self, rules: Iterable[AnyRule]) -> "PolicyRules":
        """Return a copy with explicit value and basis for each of the given rules.

        Raises DomainError for a value outside its range.
        """
        known = list(rules)
        _check(self, known)
        limits = {rule.name: self[rule] for rule in known if rule.name not in OWN}
        bases = {rule.name: self.basis_of(rule) for rule in known}
        basis = {name: words for name, words in bases.items() if words}
        return self.changed(limits=limits, basis=basis)

    def changed(self, **values: Any) -> "PolicyRules":
        """Return a copy with some rules changed."""
        return replace(self, **values)


def _check(values: PolicyRules, rules: Iterable[AnyRule]) -> None:
    for rule in rules:
        held: Any = values[rule]
        rule.check(held)

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


# name: (lowest, highest) possible value.
RANGES: dict[str, tuple[int, int]] = {
    "min_n_display": (5, 100),
    "min_n_consequence": (10, 1000),
    "min_coverage": (0, 100),
    "min_group": (3, 50),
    "window_wd": (1, 30),
    "count_min_batch": (5, 1000),
    "count_longest_wait_d": (1, 30),
    "comment_batch": (5, 100),
    "interview_line": (20, 100),
    "commend_line": (20, 100),
    "evidence_line": (20, 100),
    "probability": (50, 100),
    "reliability": (0, 100),
}

DEFAULT_BASIS: dict[str, str] = {
    "dimension_weights": "四项等权；可按本单位实施办法调整",
    "group_weights": "服务对象60、基层单位20、协作处室10、分管领导10",
    "min_n_display": "少于10份不显示，防止认出评价人",
    "min_n_consequence": "少于30份不作为任何措施的依据",
    "min_coverage": "得分成员不足六成的处室不比较、不排名",
    "window_wd": "现场服务后5个工作日内可以补评（鲁政办发〔2020〕10号）",
    "interview_line": "低于70分的概率不小于九成，才建议约谈",
    "commend_line": "不低于90分的概率不小于九成，才建议表彰",
    "evidence_line": "低于60分的概率不小于九成，才提示可作为材料之一",
}


@dataclass(frozen=True)
class PolicyRules:
    """One version of the rules. Weights are whole numbers; lines are points 0-100.

    `probability` and `reliability` are whole percents. `window_wd` counts working days after the
    service. `basis` maps the name of a rule to its legal basis.
    """

    dimension_weights: Mapping[str, int] = field(
        default_factory=lambda: dict.fromkeys(DIMENSIONS, 25)
    )
    group_weights: Mapping[str, int] = field(
        default_factory=lambda: dict(zip(RATER_GROUPS, (60, 20, 10, 10), strict=True))
    )
    chief_counts: bool = True
    min_n_display: int = 10
    min_n_consequence: int = 30
    min_coverage: int = 60
    min_group: int = 5
    window_wd: int = 5
    count_min_batch: int = 20
    count_longest_wait_d: int = 7
    comment_batch: int = 5
    interview_line: int = 70
    commend_line: int = 90
    evidence_line: int = 60
    probability: int = 90
    reliability: int = 70
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
        """Read what `to_json` wrote; a rule that an older version did not know has its default."""
        known = {f.name for f in fields(cls)}
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

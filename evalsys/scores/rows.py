"""The rows of a result before they are stored: dataclasses, since a closing makes thousands.

They have the columns of the tables in `models` without keys.
"""

from dataclasses import dataclass
from decimal import Decimal

from evalsys.organisation.org.models import SectionKind
from evalsys.scores.models import MemberScore, SectionScore
from evalsys.scores.rules.disclosure import Extent
from evalsys.scores.rules.rates import NotCompared


@dataclass(slots=True, kw_only=True)
class FreshLevels:
    """The number of ballots per level of each dimension."""

    attitude_1: int = 0
    attitude_2: int = 0
    attitude_3: int = 0
    attitude_4: int = 0
    attitude_5: int = 0
    work_style_1: int = 0
    work_style_2: int = 0
    work_style_3: int = 0
    work_style_4: int = 0
    work_style_5: int = 0
    efficiency_1: int = 0
    efficiency_2: int = 0
    efficiency_3: int = 0
    efficiency_4: int = 0
    efficiency_5: int = 0
    competence_1: int = 0
    competence_2: int = 0
    competence_3: int = 0
    competence_4: int = 0
    competence_5: int = 0


@dataclass(slots=True, kw_only=True)
class FreshEstimate(FreshLevels):
    """F7, the own spread (F6b), the rates (F13), and how much of the row may be printed."""

    theta: Decimal | None = None
    se: Decimal | None = None
    lo: Decimal | None = None
    hi: Decimal | None = None
    reliability: float | None = None
    variance: float | None = None
    own_se: Decimal | None = None
    group_mean: Decimal | None = None
    extent: Extent = Extent.FULL
    asked: int | None = None
    matched: int | None = None
    services: int | None = None
    issue_mean: Decimal | None = None
    issue_phi: Decimal | None = None
    response_mean: Decimal | None = None
    response_phi: Decimal | None = None


@dataclass(slots=True, kw_only=True)
class FreshSection(FreshEstimate):
    """F4-F10 of a section, as in `SectionScore`."""

    section_id: int
    chief_id: int | None
    kind: SectionKind
    total: Decimal
    maximum: Decimal
    rate: Decimal | None
    coverage: Decimal
    members: int
    expected: int
    scored: int
    ballots: int
    excluded: int
    is_comparable: bool
    size_band: int
    group_label: str = ""
    bad: int = 0
    satisfied: int = 0
    top: int | None = None
    band_rank: int | None = None
    group_size: int | None = None
    group_tau2: float | None = None
    group_s2: float | None = None
    group_alpha: Decimal | None = None
    group_top: Decimal | None = None
    rank: int | None = None
    rank_best: int | None = None
    rank_worst: int | None = None
    p_below_interview: float | None = None
    p_above_commend: float | None = None
    unscored_matched: int | None = None
    unscored_services: int | None = None
    not_compared: NotCompared | None = None


@dataclass(slots=True, kw_only=True)
class FreshMember(FreshEstimate):
    """F2, F2d and F7 of a seat, as in `MemberScore`."""

    section_id: int
    staff_id: int
    is_chief: bool
    is_expected: bool
    days: int
    period_days: int
    share: Decimal
    ballots: int
    excluded: int
    exclusion_reasons: str | None
    bad: int
    satisfied: int
    score: Decimal | None
    weighed: str | None
    group_sums: str | None = None
    contribution: Decimal | None = None
    contribution_max: Decimal | None = None
    attitude: Decimal | None = None
    work_style: Decimal | None = None
    efficiency: Decimal | None = None
    competence: Decimal | None = None
    has_evidence: bool = False
    is_frozen: bool = False


AnySection = SectionScore | FreshSection
AnyMember = MemberScore | FreshMember
AnyScore = AnySection | AnyMember

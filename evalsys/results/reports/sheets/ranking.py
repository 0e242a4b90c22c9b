"""科长排名: the ranking of chiefs as a sheet, with the columns that HR knows, ours behind them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.foundation.spreadsheets.model import (
    ACCENT,
    ACCENT_TINT,
    HEAT,
    Column,
    Kind,
    Ranked,
    Sheet,
    Value,
    Words,
    WordTint,
)
from evalsys.foundation.spreadsheets.words import NONE, join, same
from evalsys.organisation.org.sheets import place_columns
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.closing.models import ProposalKind
from evalsys.results.reports.queries import changes_since, figure_of, list_results, proposals_of
from evalsys.results.reports.rules import Shown
from evalsys.results.reports.sheets.adjusted import adjusted_columns, input_columns, span_of
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.results.reports.sheets.words import (
    BANDS,
    EXTENTS,
    GROUPS,
    HIDDEN,
    KINDS,
    NOT_RANKED,
    PROPOSALS,
    TOO_FEW,
    counted,
)
from evalsys.scores.disclosure import EXACT, Extent, as_printed, may_tell
from evalsys.scores.models import SectionScore
from evalsys.scores.publication import printed
from evalsys.scores.rules import SizeBand, share_of_ballots
from evalsys.scores.shrinkage import rank

PERCENT = Decimal(100)
PRINTED = 17  # columns: those of the paper form, and in which group the rank holds
TITLE = Words("{科长}排名", "Ranking")
PROPOSED = (
    WordTint(PROPOSALS[ProposalKind.INTERVIEW], "163A5E", "FFFFFF"),
    WordTint(PROPOSALS[ProposalKind.COMMENDATION], ACCENT_TINT, ACCENT),
)


@dataclass(frozen=True)
class RankingRow:
    """A section with what is read beside its frozen figures."""

    score: SectionScore
    rules: PolicyRules
    figure: Shown | None
    band_rank: Ranked | None
    change: Decimal | None
    proposals: Sequence[ProposalKind]


def read_ranking(request: ExportRequest) -> list[RankingRow]:
    """Return the rows of the ranking page, all of them, in its order."""
    result = request.result
    scores = [printed(score) for score in db.session.scalars(request.select_sections())]
    changes = changes_since(list_results(), result, scores)
    proposals = proposals_of(result, [score.section_id for score in scores])
    bands = _band_ranks(request)
    return [
        RankingRow(
            score=score,
            rules=request.rules,
            figure=figure_of(score),
            band_rank=bands.get(score.section_id) if score.extent in EXACT else None,
            change=changes.get(score.section_id),
            proposals=[each.kind for each in proposals.get(score.section_id, [])],
        )
        for score in scores
    ]


def _band_ranks(request: ExportRequest) -> dict[int, Ranked]:
    """Return section id -> place of S within the size band (F5), with the interval of F8.

    All comparable sections of the result take part, whoever asks. V of S is V of R times
    (S_max / 100) squared.
    """
    rows = db.session.execute(
        select(
            SectionScore.section_id,
            SectionScore.size_band,
            SectionScore.total,
            SectionScore.maximum,
            SectionScore.variance,
            SectionScore.extent,
        ).where(
            SectionScore.result_id == request.result.id,
            SectionScore.is_comparable,
            SectionScore.extent != Extent.NONE,
            SectionScore.variance.is_not(None),
        )
    )
    bands: dict[int, list[tuple[int, Decimal, float]]] = defaultdict(list)
    for section_id, band, total, maximum, variance, extent in rows:
        if variance is None:
            continue  # The query leaves them out; the types do not know.
        told = as_printed(total, extent)
        bands[band].append((section_id, told, variance * float(maximum / PERCENT) ** 2))
    return {
        section_id: Ranked(place.position, place.lo, place.hi)
        for band in bands.values()
        for (section_id, *_), place in zip(
            band,
            rank([row[1] for row in band], [(float(row[1]), row[2]) for row in band]),
            strict=True,
        )
    }


def ranking_sheet(request: ExportRequest) -> Sheet[RankingRow]:
    """Return the sheet 科长排名."""
    rows = read_ranking(request)
    return Sheet(TITLE, COLUMNS, rows, len(rows), frozen=3, printed=PRINTED)


def rank_of(row: RankingRow) -> Value:
    """Return the rank with its interval; a rank alone is never printed."""
    score = row.score
    if score.rank is None or score.rank_best is None or score.rank_worst is None:
        return NOT_RANKED
    return Ranked(score.rank, score.rank_best, score.rank_worst)


def _rank_span(row: RankingRow) -> Value:
    place = rank_of(row)
    return same(f"{place.best}–{place.worst}") if isinstance(place, Ranked) else NONE


def _sum(row: RankingRow) -> Value:
    return row.score.total if row.score.scored and row.score.total is not None else _missing(row)


def _missing(row: RankingRow) -> Value:
    return TOO_FEW if row.score.extent is not Extent.NONE else HIDDEN


def _rate(row: RankingRow) -> Value:
    return row.score.rate if row.score.is_comparable else _missing(row)


def _rate_share(row: RankingRow) -> Value:
    rate = row.score.rate if row.score.is_comparable and row.score.extent in EXACT else None
    return _missing(row) if rate is None else rate / PERCENT


def _bad(row: RankingRow) -> Value:
    """Return the share of bad ballots; a small count stays hidden, and so does its rest."""
    score, least = row.score, row.rules.min_n_display
    if score.extent is not Extent.FULL:
        return HIDDEN
    if score.bad < least:
        return counted(score.bad, least)
    if not may_tell(score.bad, score.ballots, least):
        return HIDDEN
    share = share_of_ballots(score.bad, score.ballots)
    return NONE if share is None else share.share


def _proposals(row: RankingRow) -> Value:
    return (
        join([PROPOSALS[kind] for kind in row.proposals]) if row.proposals else Words("无", "none")
    )


def _remark(row: RankingRow) -> Value:
    """Say why a figure is missing."""
    score, rules = row.score, row.rules
    if score.extent in EXTENTS:
        return EXTENTS[score.extent]
    if not score.is_comparable:
        if score.coverage < rules.min_coverage:
            return Words(
                f"覆盖率不到{rules.min_coverage}%，不比较；不是低分",
                f"coverage below {rules.min_coverage} %, not compared; not a low score",
            )
        return Words(
            f"有效评价不到{rules.min_n_consequence}份，不比较；不是低分",
            f"under {rules.min_n_consequence} ballots, not compared; not a low score",
        )
    if row.figure is not None and not row.figure.is_adjusted:
        return Words(
            f"可比{{科室}}不到{rules.min_group}个，未调整、不排名；人均得分的95%区间（F6）"
            f"{span_of(row.figure).zh}",
            f"fewer than {rules.min_group} comparable sections: not adjusted, not ranked; 95 % "
            f"interval of the mean member score (F6) {span_of(row.figure).en}",
        )
    return None


COLUMNS: tuple[Column[RankingRow], ...] = (
    Column(
        Words("名次", "Rank"),
        rank_of,
        Kind.RANK,
        Words(
            "F8：比较组内按调整后得分排的名次，括号内是95%名次区间；区间内的先后不能作为奖惩依据",
            "F8: place by adjusted score in the comparison group, with its 95 % interval in "
            "brackets; before and after within it are no ground for reward or sanction",
        ),
    ),
    Column(
        Words("{科室}", "Section"),
        lambda row: row.score.section.name,
        meaning=Words("名称", "name"),
    ),
    Column(
        Words("{科长}", "Chief"),
        lambda row: row.score.chief.name if row.score.chief else NONE,
        meaning=Words("本期任职天数最多的负责人", "who led the section on most days of the period"),
    ),
    Column(
        Words("应评人数", "Members to be rated"),
        lambda row: row.score.expected,
        Kind.WHOLE,
        Words(
            "本期在{科室}任职且面向服务对象的人数", "members in the section who serve recipients"
        ),
    ),
    Column(
        Words("有效人数", "Members with a score"),
        lambda row: row.score.scored,
        Kind.WHOLE,
        Words("有效评价达到最低份数、有得分的人数", "members with enough ballots for a score"),
    ),
    Column(
        Words("有效评价数", "Valid ballots"),
        lambda row: counted(row.score.ballots, row.rules.min_n_display),
        Kind.WHOLE,
        Words(
            "有得分成员的有效评价份数；不足最低份数写作“<10”",
            "ballots of the members with a score; a count below the minimum prints as <10",
        ),
    ),
    Column(
        Words("总和得分", "Sum"),
        _sum,
        Kind.SCORE,
        Words(
            "F4：成员得分乘在{科室}比例后相加（S），即组织力执行力得分",
            "F4: scores of the members times their share of the period, added up (S)",
        ),
    ),
    Column(
        Words("人均得分（未调整）", "Mean member score (unadjusted)"),
        _rate,
        Kind.SCORE,
        Words(
            "F5：总和得分÷满分×100（R），未按评价多少调整；颜色越深越需要帮助",
            "F5: sum divided by maximum, times 100 (R), not adjusted; dark where help is needed",
        ),
        tints=HEAT,
    ),
    Column(
        Words("同规模组名次", "Rank in size band"),
        lambda row: row.band_rank or NOT_RANKED,
        Kind.RANK,
        Words(
            "F5：同规模组内按总和得分排的名次，括号内是按F8算的95%名次区间",
            "F5: place by the sum within the size band; in brackets its 95 % interval (F8)",
        ),
    ),
    Column(
        Words("差评率", "Share of bad ballots"),
        _bad,
        Kind.PERCENT,
        Words(
            "F9：有任何一项为不满意或非常不满意的评价的比例；不足最低份数只写“<10”",
            "F9: ballots with any level dissatisfied or below; a small count prints as <10 only",
        ),
    ),
    *adjusted_columns(RankingRow),
    Column(
        Words("环比", "Change"),
        lambda row: NONE if row.change is None else row.change,
        Kind.CHANGE,
        Words("调整后得分比上一期增减的分数", "adjusted score minus that of the period before"),
    ),
    Column(
        Words("建议措施", "Proposal"),
        _proposals,
        meaning=Words(
            "封账时系统提出的建议，由具名负责人决定，不自动生效",
            "what the closing proposes; a named person decides",
        ),
        word_tints=PROPOSED,
    ),
    Column(
        Words("备注", "Remark"),
        _remark,
        meaning=Words("没有数字的原因", "why a figure is missing"),
        is_wide=True,
    ),
    Column(
        Words("比较组", "Comparison group"),
        lambda row: GROUPS[row.score.group_label] if row.score.is_comparable else NONE,
        meaning=Words("名次在哪一类{科室}中比较", "the sections among which the rank holds"),
    ),
    Column(
        Words("名次区间", "Rank interval"),
        _rank_span,
        meaning=Words("F8：95%名次区间", "F8: 95 % interval of the rank"),
    ),
    *input_columns(RankingRow),
    Column(
        Words("满分", "Maximum"),
        lambda row: row.score.maximum if row.score.scored else TOO_FEW,
        Kind.SCORE,
        Words(
            "F4：100乘有得分成员的在{科室}比例之和", "F4: 100 times the shares of scored members"
        ),
    ),
    Column(
        Words("得分率", "Score rate"),
        _rate_share,
        Kind.RATE,
        Words("F5：同人均得分，写作百分数", "F5: the mean member score as a percentage"),
    ),
    Column(
        Words("覆盖率", "Coverage"),
        lambda row: row.score.coverage / PERCENT,
        Kind.PERCENT,
        Words(
            "有得分成员占应评成员的比例（按在{科室}比例）", "scored share of all members' shares"
        ),
    ),
    Column(
        Words("规模组", "Size band"),
        lambda row: BANDS[SizeBand(row.score.size_band)],
        meaning=Words("按成员人数分组", "by the number of members"),
    ),
    Column(
        Words("类型", "Kind"),
        lambda row: KINDS[row.score.kind],
        meaning=Words("{科室}类型", "kind"),
    ),
    *place_columns(lambda row: row.score.section),
)

"""The sheet 科长排名: the ranking of chiefs, HR's usual columns first."""

from evalsys.core.errors import N_, NP_, Within
from evalsys.foundation.spreadsheets.model import (
    ACCENT,
    ACCENT_TINT,
    HEAT,
    CellKind,
    Column,
    Ranked,
    Sheet,
    Value,
    WordTint,
)
from evalsys.foundation.spreadsheets.words import NONE, join
from evalsys.organisation.org.sheets import place_columns
from evalsys.organisation.org.words import KINDS
from evalsys.results.closing.models import ProposalKind
from evalsys.results.closing.words import PROPOSALS
from evalsys.results.reports.queries import standing_of
from evalsys.results.reports.sheets.adjusted import (
    adjusted_columns,
    input_columns,
    mixed_columns,
    span_of,
)
from evalsys.results.reports.sheets.rates import rate_columns
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.results.reports.sheets.standings import PERCENT, RankingRow, read_ranking
from evalsys.results.reports.sheets.words import (
    BANDS,
    EXTENTS,
    GROUPS,
    HIDDEN,
    NOT_RANKED,
    TOO_FEW,
    counted,
)
from evalsys.results.reports.words import STANDINGS
from evalsys.scores.rules.disclosure import EXACT, Extent, may_tell
from evalsys.scores.rules.formulas import SizeBand, share_of_ballots
from evalsys.scores.rules.rates import NotCompared

PRINTED = 18  # columns: those of the paper form, the comparison group and the word
TITLE = NP_("sheet", "Ranking")
TOO_FEW_TICKETS = {
    NotCompared.ISSUE: N_(
        "surely fewer tickets for its services than the group, not compared; not a low score"
    ),
    NotCompared.UNSCORED: N_(
        "surely fewer tickets for the services of members without a score than in the group, not "
        "compared; not a low score"
    ),
}
PROPOSED = (
    WordTint(Within(PROPOSALS[ProposalKind.INTERVIEW]), "163A5E", "FFFFFF"),
    WordTint(Within(PROPOSALS[ProposalKind.COMMENDATION]), ACCENT_TINT, ACCENT),
)


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


def _standing(row: RankingRow) -> Value:
    standing = standing_of(row.score)
    return NONE if standing is None else STANDINGS[standing]


def _rank_span(row: RankingRow) -> Value:
    place = rank_of(row)
    return f"{place.best}–{place.worst}" if isinstance(place, Ranked) else NONE


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
    """Return the share of bad ballots; small counts and complements are hidden."""
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
    if row.is_held:
        return N_("strange signs, proposals wait")
    proposals = [Within(PROPOSALS[kind]) for kind in row.proposals]
    return join(proposals) if proposals else N_("none")


def _remark(row: RankingRow) -> Value:
    """Return why a figure is missing."""
    score, rules = row.score, row.rules
    if score.extent in EXTENTS:
        return EXTENTS[score.extent]
    if not score.is_comparable:
        if score.not_compared is not None:
            return TOO_FEW_TICKETS[score.not_compared]
        if score.coverage < rules.min_coverage:
            return N_("coverage below %(least)s %%, not compared; not a low score").filled(
                least=rules.min_coverage
            )
        return N_("under %(least)s ballots, not compared; not a low score").filled(
            least=rules.min_n_consequence
        )
    if row.figure is not None and not row.figure.is_adjusted:
        return N_(
            "fewer than %(least)s comparable sections: not adjusted, not ranked; 95 %% interval "
            "of the mean member score (F6) %(span)s"
        ).filled(least=rules.min_group, span=span_of(row.figure))
    return None


COLUMNS: tuple[Column[RankingRow], ...] = (
    Column(
        N_("Rank"),
        rank_of,
        CellKind.RANK,
        N_(
            "F8: place by adjusted score in the comparison group, with its 95 %% interval in "
            "brackets; before and after within it are no ground for reward or sanction"
        ).filled(),
    ),
    Column(
        N_("Section"),
        lambda row: row.score.section.name,
        meaning=NP_("section", "name"),
    ),
    Column(
        N_("Chief"),
        lambda row: row.score.chief.name if row.score.chief else NONE,
        meaning=N_("who led the section on most days of the period"),
    ),
    Column(
        NP_("sheet", "Members to be rated"),
        lambda row: row.score.expected,
        CellKind.WHOLE,
        N_("members in the section who serve recipients"),
    ),
    Column(
        NP_("sheet", "Members with a score"),
        lambda row: row.score.scored,
        CellKind.WHOLE,
        N_("members with enough ballots for a score"),
    ),
    Column(
        NP_("sheet", "Valid ballots"),
        lambda row: counted(row.score.ballots, row.rules.min_n_display),
        CellKind.WHOLE,
        N_("ballots of the members with a score; a count below the minimum prints as <10"),
    ),
    Column(
        NP_("sheet", "Sum"),
        _sum,
        CellKind.SCORE,
        N_("F4: scores of the members times their share of the period, added up (S)"),
    ),
    Column(
        N_("Mean member score (unadjusted)"),
        _rate,
        CellKind.SCORE,
        N_("F5: sum divided by maximum, times 100 (R), not adjusted; dark where help is needed"),
        tints=HEAT,
    ),
    Column(
        NP_("sheet", "Rank in size band"),
        lambda row: row.band_rank or NOT_RANKED,
        CellKind.RANK,
        N_(
            "F5: place by the sum within the size band; in brackets its 95 %% interval (F8)"
        ).filled(),
    ),
    Column(
        NP_("sheet", "Share of bad ballots"),
        _bad,
        CellKind.PERCENT,
        N_("F9: ballots with any level dissatisfied or below; a small count prints as <10 only"),
    ),
    *adjusted_columns(RankingRow),
    Column(
        N_("Change"),
        lambda row: NONE if row.change is None else row.change,
        CellKind.CHANGE,
        N_("adjusted score minus that of the period before"),
    ),
    Column(
        NP_("sheet", "Proposal"),
        _proposals,
        meaning=N_("what the closing proposes; a named person decides"),
        word_tints=PROPOSED,
    ),
    Column(
        N_("Remark"),
        _remark,
        meaning=N_("why a figure is missing"),
        is_wide=True,
    ),
    Column(
        N_("Comparison group"),
        lambda row: GROUPS[row.score.group_label] if row.score.is_comparable else NONE,
        meaning=N_("the sections among which the rank holds"),
    ),
    Column(
        NP_("sheet", "Among its kind"),
        _standing,
        meaning=N_(
            "F11: whether chance and the usual differences explain the distance from the mean"
        ),
    ),
    Column(
        N_("Rank interval"),
        _rank_span,
        meaning=N_("F8: 95 %% interval of the rank").filled(),
    ),
    *input_columns(RankingRow),
    Column(
        NP_("sheet", "Maximum"),
        lambda row: row.score.maximum if row.score.scored else TOO_FEW,
        CellKind.SCORE,
        N_("F4: 100 times the shares of scored members"),
    ),
    Column(
        N_("Score rate"),
        _rate_share,
        CellKind.RATE,
        N_("F5: the mean member score as a percentage"),
    ),
    Column(
        N_("Coverage"),
        lambda row: row.score.coverage / PERCENT,
        CellKind.PERCENT,
        N_("scored share of all members' shares"),
    ),
    Column(
        N_("Size band"),
        lambda row: BANDS[SizeBand(row.score.size_band)],
        meaning=N_("by the number of members"),
    ),
    Column(
        N_("Kind"),
        lambda row: KINDS[row.score.kind],
        meaning=NP_("sheet", "kind"),
    ),
    *rate_columns(RankingRow),
    *place_columns(lambda row: row.score.section),
    *mixed_columns(RankingRow),
)

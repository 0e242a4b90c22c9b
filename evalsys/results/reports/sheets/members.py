"""The sheet 人员明细: every member of the sections in scope, with the four dimensions."""

from dataclasses import dataclass

from evalsys.core.errors import N_, NP_
from evalsys.core.extensions import db
from evalsys.foundation.spreadsheets.model import HEAT, CellKind, Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import COMMA, NO, NONE, YES, join
from evalsys.organisation.org.models import Organ, Section, Staff
from evalsys.organisation.org.sheets import place_columns
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.organisation.policies.words import DIMENSION_WORDS
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.results.reports.queries import figure_of, select_members
from evalsys.results.reports.rules import ScoreInterval, groups_of
from evalsys.results.reports.sheets.adjusted import (
    adjusted_columns,
    input_columns,
    mixed_columns,
    span_of,
)
from evalsys.results.reports.sheets.rates import rate_columns
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.results.reports.sheets.words import (
    EXTENTS,
    HIDDEN,
    RATER_GROUPS,
    TOO_FEW,
    counted,
    exclusion_words,
)
from evalsys.scores.mixing import mixed_seats
from evalsys.scores.models import CaseMixScore, MemberScore
from evalsys.scores.publication import printed
from evalsys.scores.rules.disclosure import Extent

TITLE = NP_("sheet", "Members")
WEIGHED = NP_("a rater group and its weight", "%(group)s %(weight)s")
PRINTED = 15  # columns: up to 调整后上限


@dataclass(frozen=True)
class MemberRow:
    """A member in a section, with the printable figure."""

    score: MemberScore
    rules: PolicyRules
    figure: ScoreInterval | None
    mixed: CaseMixScore | None


def read_members(request: ExportRequest) -> list[MemberRow]:
    """Return the members of matching sections, section by section, chiefs first."""
    rows = db.session.scalars(
        select_members(request.actor, request.result)
        .join(Section.organ)
        .join(MemberScore.staff)
        .where(MemberScore.section_id.in_(request.section_ids()))
        .order_by(
            Organ.code,
            Section.code,
            MemberScore.is_chief.desc(),
            MemberScore.share.desc(),
            Staff.number,
        )
    )
    mixed = mixed_seats(request.result)
    return [
        MemberRow(
            printed(row),
            request.rules,
            figure_of(row),
            mixed.get((row.section_id, row.staff_id)),
        )
        for row in rows
    ]


def members_sheet(request: ExportRequest) -> Sheet[MemberRow]:
    """Return the sheet 人员明细."""
    rows = read_members(request)
    return Sheet(TITLE, COLUMNS, rows, len(rows), frozen=3, printed=PRINTED)


def _dimension(name: str) -> Column[MemberRow]:
    def value(row: MemberRow) -> Value:
        points = getattr(row.score, name)
        return NONE if row.score.score is None or points is None else points

    meaning = N_(
        "F2: mean points of the dimension (100 down to 20), in whole points (≈) where several "
        "rater groups weigh in; the darker, the more help is needed"
    )
    return Column(DIMENSION_WORDS[name], value, CellKind.POINTS, meaning, tints=HEAT)


def _score(row: MemberRow) -> Value:
    score = row.score
    if score.score is None:
        return HIDDEN if score.extent is Extent.NONE else TOO_FEW
    return score.score


def _groups(row: MemberRow) -> Value:
    """Return the rater groups of the score, with their weights."""
    if row.score.score is None or row.score.weighed is None:
        return NONE
    used = groups_of(row.score.weighed, row.rules.group_weights).used
    pairs = [(RATER_GROUPS[RaterGroup(group)], weight) for group, weight in used.items()]
    return join([WEIGHED.filled(group=words, weight=weight) for words, weight in pairs], COMMA)


def _set_aside(row: MemberRow) -> Value:
    """Return the number of excluded ballots; zero may be printed."""
    if row.score.extent is not Extent.FULL:
        return HIDDEN
    return counted(row.score.excluded, row.rules.min_n_display) if row.score.excluded else 0


def _remark(row: MemberRow) -> Value:
    score = row.score
    if score.is_frozen:
        return N_("returned: the seat stays for two periods")
    if score.extent in EXTENTS:
        return EXTENTS[score.extent]
    return _why_none(row)


def _why_none(row: MemberRow) -> Value:
    score, least = row.score, row.rules.min_n_display
    if score.score is None and not score.is_expected:
        return N_("does not serve recipients, not counted")
    if score.score is None:
        return N_("under %(least)s ballots: not shown, not counted; not a low score").filled(
            least=least
        )
    if score.contribution is None:
        return N_("not in the sum of this section")
    if row.figure is not None and not row.figure.is_adjusted:
        return N_("not adjusted; 95 %% interval of the score (F6) %(span)s").filled(
            span=span_of(row.figure)
        )
    return None


COLUMNS: tuple[Column[MemberRow], ...] = (
    Column(
        N_("Section"),
        lambda row: row.score.section.name,
        meaning=N_("the section on the day of service (F3)"),
    ),
    Column(
        N_("Staff number"),
        lambda row: row.score.staff.number,
        CellKind.CODE,
        N_("the number in the roster"),
    ),
    Column(N_("Name"), lambda row: row.score.staff.name, meaning=NP_("person", "name")),
    *(_dimension(name) for name in DIMENSION_WORDS),
    Column(
        NP_("sheet", "Valid ballots"),
        lambda row: counted(row.score.ballots, row.rules.min_n_display),
        CellKind.WHOLE,
        N_("n: ballots that count; below the minimum it prints as <10"),
    ),
    Column(
        NP_("sheet", "Set aside"),
        _set_aside,
        CellKind.WHOLE,
        N_("ballots that do not count; a small count prints as <10"),
    ),
    Column(
        N_("Reasons for setting aside"),
        lambda row: exclusion_words(row.score.exclusion_reasons) if row.score.excluded else NONE,
        meaning=N_("each was decided by a named person, on grounds"),
    ),
    Column(
        NP_("sheet", "Score (unadjusted)"),
        _score,
        CellKind.SCORE,
        N_("F2: weighted mean of the rater groups (M)"),
        tints=HEAT,
    ),
    Column(
        N_("In the sum"),
        lambda row: NONE if row.score.contribution is None else row.score.contribution,
        CellKind.SCORE,
        N_("F4: score times share; the rows add up to the sum of the section"),
    ),
    *adjusted_columns(MemberRow),
    Column(
        NP_("sheet", "Groups that weigh in"),
        _groups,
        meaning=N_(
            "F2: rater groups with enough ballots and their weights; others leave theirs to them"
        ),
        is_wide=True,
    ),
    Column(
        NP_("sheet", "Days in section"),
        lambda row: row.score.days,
        CellKind.WHOLE,
        N_("days of the period in this section"),
    ),
    Column(
        N_("Share of period"),
        lambda row: row.score.share,
        CellKind.SCORE,
        N_("F3: days in the section by days of the period"),
    ),
    *input_columns(MemberRow),
    Column(
        NP_("sheet", "Chief"),
        lambda row: YES if row.score.is_chief else NO,
        meaning=N_("whether the member led the section"),
    ),
    Column(
        NP_("sheet", "Post"),
        lambda row: row.score.staff.post or NONE,
        meaning=N_("the present post in the roster"),
    ),
    *rate_columns(MemberRow),
    *place_columns(lambda row: row.score.section),
    Column(
        N_("Remark"),
        _remark,
        meaning=N_("why a figure is missing or stays"),
        is_wide=True,
    ),
    *mixed_columns(MemberRow),
)

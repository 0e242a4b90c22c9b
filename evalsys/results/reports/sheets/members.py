"""人员明细: every member of the sections in scope, with the four dimensions, as a sheet."""

from dataclasses import dataclass

from evalsys.core.extensions import db
from evalsys.foundation.spreadsheets.model import HEAT, Column, Kind, Sheet, Value, Words
from evalsys.foundation.spreadsheets.words import NO, NONE, YES
from evalsys.organisation.org.models import Organ, Section, Staff
from evalsys.organisation.org.sheets import place_columns
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.results.reports.queries import figure_of, select_members
from evalsys.results.reports.rules import Shown, groups_of
from evalsys.results.reports.sheets.adjusted import adjusted_columns, input_columns, span_of
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.results.reports.sheets.words import (
    DIMENSIONS,
    EXTENTS,
    HIDDEN,
    RATER_GROUPS,
    TOO_FEW,
    counted,
    exclusion_words,
)
from evalsys.scores.disclosure import Extent
from evalsys.scores.models import MemberScore
from evalsys.scores.publication import printed

TITLE = Words("人员明细", "Members")
PRINTED = 15  # columns: up to 调整后上限


@dataclass(frozen=True)
class MemberRow:
    """A member in a section, with the figure that may be printed."""

    score: MemberScore
    rules: PolicyRules
    figure: Shown | None


def read_members(request: ExportRequest) -> list[MemberRow]:
    """Return the members of the sections that are wanted, section by section, chiefs first."""
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
    return [MemberRow(printed(row), request.rules, figure_of(row)) for row in rows]


def members_sheet(request: ExportRequest) -> Sheet[MemberRow]:
    """Return the sheet 人员明细."""
    rows = read_members(request)
    return Sheet(TITLE, COLUMNS, rows, len(rows), frozen=3, printed=PRINTED)


def _dimension(name: str) -> Column[MemberRow]:
    def value(row: MemberRow) -> Value:
        points = getattr(row.score, name)
        return NONE if row.score.score is None or points is None else points

    meaning = Words(
        "F2：这一项的平均分（非常满意100…非常不满意20）；颜色越深越需要帮助",
        "F2: mean points of the dimension (100 down to 20); the darker, the more help is needed",
    )
    return Column(DIMENSIONS[name], value, Kind.POINTS, meaning, tints=HEAT)


def _score(row: MemberRow) -> Value:
    score = row.score
    if score.score is None:
        return HIDDEN if score.extent is Extent.NONE else TOO_FEW
    return score.score


def _groups(row: MemberRow) -> Value:
    """Return the rater groups that made the score, with their weights."""
    if row.score.score is None or row.score.weighed is None:
        return NONE
    used = groups_of(row.score.weighed, row.rules.group_weights).used
    pairs = [(RATER_GROUPS[RaterGroup(group)], weight) for group, weight in used.items()]
    return Words(
        "、".join(f"{words.zh}{weight}" for words, weight in pairs),
        ", ".join(f"{words.en} {weight}" for words, weight in pairs),
    )


def _set_aside(row: MemberRow) -> Value:
    """Return how many ballots do not count; that there are none may be said."""
    if row.score.extent is not Extent.FULL:
        return HIDDEN
    return counted(row.score.excluded, row.rules.min_n_display) if row.score.excluded else 0


def _remark(row: MemberRow) -> Value:
    score = row.score
    if score.is_frozen:
        return Words("已退回：席位保留至下一期末", "returned: the seat stays for two periods")
    if score.extent in EXTENTS:
        return EXTENTS[score.extent]
    return _why_none(row)


def _why_none(row: MemberRow) -> Value:
    score, least = row.score, row.rules.min_n_display
    if score.score is None and not score.is_expected:
        return Words("不面向服务对象，不计", "does not serve recipients, not counted")
    if score.score is None:
        return Words(
            f"少于{least}份，不显示、不计入；不是低分",
            f"under {least} ballots: not shown, not counted; not a low score",
        )
    if score.contribution is None:
        return Words("不计入本{科室}总和", "not in the sum of this section")
    if row.figure is not None and not row.figure.is_adjusted:
        span = span_of(row.figure)
        return Words(
            f"未调整；得分的95%区间（F6）{span.zh}",
            f"not adjusted; 95 % interval of the score (F6) {span.en}",
        )
    return None


COLUMNS: tuple[Column[MemberRow], ...] = (
    Column(
        Words("{科室}", "Section"),
        lambda row: row.score.section.name,
        meaning=Words("服务当日所属{科室}", "the section on the day of service (F3)"),
    ),
    Column(
        Words("工号", "Staff number"),
        lambda row: row.score.staff.number,
        Kind.CODE,
        Words("花名册中的工号", "the number in the roster"),
    ),
    Column(Words("姓名", "Name"), lambda row: row.score.staff.name, meaning=Words("姓名", "name")),
    *(_dimension(name) for name in DIMENSIONS),
    Column(
        Words("有效评价数", "Valid ballots"),
        lambda row: counted(row.score.ballots, row.rules.min_n_display),
        Kind.WHOLE,
        Words(
            "n：计入得分的评价份数；不足最低份数写作“<10”",
            "n: ballots that count; below the minimum it prints as <10",
        ),
    ),
    Column(
        Words("剔除数", "Set aside"),
        _set_aside,
        Kind.WHOLE,
        Words(
            "不计入得分的评价份数；1份到最低份数之间写作“<10”",
            "ballots that do not count; a small count prints as <10",
        ),
    ),
    Column(
        Words("剔除原因", "Reasons for setting aside"),
        lambda row: exclusion_words(row.score.exclusion_reasons) if row.score.excluded else NONE,
        meaning=Words("每份剔除都有决定人和依据", "each was decided by a named person, on grounds"),
    ),
    Column(
        Words("得分（未调整）", "Score (unadjusted)"),
        _score,
        Kind.SCORE,
        Words("F2：各评价人类别平均分的加权平均（M）", "F2: weighted mean of the rater groups (M)"),
        tints=HEAT,
    ),
    Column(
        Words("计入总和", "In the sum"),
        lambda row: NONE if row.score.contribution is None else row.score.contribution,
        Kind.SCORE,
        Words(
            "F4：得分×在{科室}比例；各行相加等于{科室}总和",
            "F4: score times share; the rows add up to the sum of the section",
        ),
    ),
    *adjusted_columns(MemberRow),
    Column(
        Words("计入的评价人类别", "Groups that weigh in"),
        _groups,
        meaning=Words(
            "F2：份数够的评价人类别及权重；不够的不计，权重归其他类别",
            "F2: rater groups with enough ballots and their weights; others leave theirs to them",
        ),
        is_wide=True,
    ),
    Column(
        Words("在{科室}天数", "Days in section"),
        lambda row: row.score.days,
        Kind.WHOLE,
        Words("本期在该{科室}的天数", "days of the period in this section"),
    ),
    Column(
        Words("在{科室}比例", "Share of period"),
        lambda row: row.score.share,
        Kind.SCORE,
        Words("F3：在{科室}天数÷本期天数", "F3: days in the section by days of the period"),
    ),
    *input_columns(MemberRow),
    Column(
        Words("是否{科长}", "Chief"),
        lambda row: YES if row.score.is_chief else NO,
        meaning=Words("本期是否该{科室}负责人", "whether the member led the section"),
    ),
    Column(
        Words("职务", "Post"),
        lambda row: row.score.staff.post or NONE,
        meaning=Words("花名册中的现职务", "the present post in the roster"),
    ),
    *place_columns(lambda row: row.score.section),
    Column(
        Words("备注", "Remark"),
        _remark,
        meaning=Words("没有数字或保留数字的原因", "why a figure is missing or stays"),
        is_wide=True,
    ),
)

"""The recount workbook, computed by LibreOffice, against the frozen numbers of random cities."""

import subprocess
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor, Role
from evalsys.exports.service import export, request_export
from evalsys.organisation.org.models import ChiefTerm, Section, Staff
from evalsys.organisation.periods.models import Period
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import (
    EXCLUDES,
    Exclusion,
    ExclusionReason,
    RaterGroup,
    Rating,
)
from evalsys.ratings.counting.exclusions import set_aside
from evalsys.results.closing.service import close_period, correct
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.rules.formulas import ballot_score
from tests.exports.random_city import CODE, NOW, make_random_city
from tests.factories import make_ratings, make_staff, make_user
from tests.results.closing.city import TODAY, make_city

pytestmark = pytest.mark.usefixtures("app")

SECTIONS, MEMBERS, GROUPS = "重算表（科室）", "重算表（人员）", "重算表（比较组）"
UNITS = "重算表（可比对象）"
LEAST = 10
HIDDEN, NONE, AGREES = "不列示", "—", "相符"
WORDS = {
    RaterGroup.RECIPIENT: "服务对象",
    RaterGroup.GRASSROOTS: "基层单位",
    RaterGroup.COLLABORATOR: "协作科室",
    RaterGroup.LEADER: "分管领导",
}
Line = Mapping[str, Any]
Sheets = Mapping[str, list[Line]]


def written(folder: Path, name: str, actor: Actor = SYSTEM, **filters: str) -> Path:
    path = folder / f"{name}.xlsx"
    export(request_export(actor, "recount", CODE, filters, lang="zh", now=NOW), path)
    return path


def computed(folder: Path, *paths: Path) -> list[Sheets]:
    """Let LibreOffice compute workbooks; return sheet -> its lines, by heading."""
    out, profile = folder / "computed", (folder / "profile").as_uri()
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx"),
            *("--outdir", str(out), *map(str, paths)),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return [read(out / path.name) for path in paths]


def read(path: Path) -> Sheets:
    book = CalamineWorkbook.from_path(path)
    sheets: dict[str, list[Line]] = {}
    for title in book.sheet_names[1:]:
        heads, *rows = book.get_sheet_by_name(title).to_python()
        sheets[title] = [dict(zip(map(str, heads), row, strict=True)) for row in rows]
    return sheets


def result() -> Result:
    return db.session.scalars(select(Result).join(Period).where(Period.code == CODE)).one()


def frozen_sections() -> dict[str, SectionScore]:
    rows = db.session.scalars(select(SectionScore).filter_by(result_id=result().id))
    return {row.section.code: row for row in rows}


def frozen_members() -> dict[tuple[str, str], MemberScore]:
    rows = db.session.scalars(select(MemberScore).filter_by(result_id=result().id))
    return {(row.section.code, row.staff.number): row for row in rows}


def means_of_ratings() -> dict[tuple[str, str, RaterGroup], tuple[int, Fraction]]:
    """Return ballots and the mean of F1 by section, member and rater group, from the ratings."""
    weights = result().policy.rules["dimension_weights"]
    found = defaultdict[tuple[str, str, RaterGroup], list[Decimal]](list)
    codes = {row.section_id: row.section.code for row in frozen_sections().values()}
    numbers = {row.staff_id: row.staff.number for row in frozen_members().values()}
    query = select(Rating).outerjoin(Exclusion, EXCLUDES).where(Exclusion.reason.is_(None))
    for row in db.session.scalars(query.where(Rating.base_period == CODE)):
        levels = {name: getattr(row, name) for name in DIMENSIONS}
        key = codes[row.section_id], numbers[row.staff_id], row.rater_group
        found[key].append(ballot_score(levels, weights))
    return {
        key: (len(ballots), Fraction(sum(ballots)) / len(ballots)) for key, ballots in found.items()
    }


def same(cell: Any, value: Decimal | float | None) -> None:
    """Check a figure that formulas compute in full."""
    if value is None:
        assert cell == NONE
    else:
        assert cell == pytest.approx(float(value), rel=1e-9, abs=1e-9)


def printed(cell: Any, value: Decimal | float | None, places: int = 2) -> None:
    """Check a rounded figure to its last digit."""
    assert cell == (NONE if value is None else round(float(value), places))


def check_adjusted(line: Line, row: MemberScore | SectionScore) -> None:
    """Check what F7 makes of a row."""
    for heading, value in {
        "同组均值": row.group_mean,
        "调整后得分（重算）": row.theta,
        "标准误（重算）": row.se,
        "调整后下限（重算）": row.lo,
        "调整后上限（重算）": row.hi,
    }.items():
        printed(line[heading], value)
    printed(line["可靠度（重算）"], row.reliability, 3)


def check_members(lines: list[Line]) -> int:
    """Check the sheet of members; return how many have means of several groups."""
    seats, means, told = frozen_members(), means_of_ratings(), 0
    assert len(lines) == len(seats)
    for line in lines:
        code, number = line["科室编码"], line["工号"]
        row = seats[code, number]
        if row.score is None:
            assert line["得分（未调整）"] == "样本不足"
            assert {line["核对"], line["得分（未调整）（重算）"]} == {NONE}
            continue
        assert line["核对"] == AGREES
        for heading, value in {
            "得分（未调整）": row.score,
            "计入总和（重算）": row.contribution,
            "计入满分（F4）（重算）": row.contribution_max,
            "在科室比例（重算）": row.share,
        }.items():
            printed(line[heading], value)
        check_adjusted(line, row)
        same(line["方差v(M)"], row.variance)
        assert row.own_se is not None
        printed(line["自身上限"], row.score + Decimal("1.96") * row.own_se)
        told += check_groups_of(line, row, means)
    return told


def check_groups_of(
    line: Line,
    row: MemberScore,
    means: Mapping[tuple[str, str, RaterGroup], tuple[int, Fraction]],
) -> bool:
    """Check the rater groups of a member; return whether several are told."""
    if row.is_frozen and not row.ballots:
        assert line["得分（未调整）（重算）"] == NONE
        return False
    used = [RaterGroup(group) for group in (row.weighed or "").split(",")]
    key = row.section.code, row.staff.number
    numbers = {group: means[*key, group][0] for group in used}
    if min(numbers.values()) < LEAST:
        assert line["得分（未调整）（重算）"] == NONE
        for group in used:
            assert line[f"{WORDS[group]}：份数"] == line[f"{WORDS[group]}：均值"] == HIDDEN
        return False
    printed(line["得分（未调整）（重算）"], row.score)
    for group in used:
        assert line[f"{WORDS[group]}：份数"] == numbers[group]
        same(line[f"{WORDS[group]}：均值"], float(means[*key, group][1]))
    return len(used) > 1


def check_sections(lines: list[Line]) -> None:
    sections = frozen_sections()
    assert len(lines) == len(sections)
    for line in lines:
        row = sections[line["科室编码"]]
        if not row.scored:
            assert line["总和得分"] == "样本不足"
            continue
        assert line["核对"] == AGREES
        for heading, value in {
            "总和得分（重算）": row.total,
            "满分（重算）": row.maximum,
            "人均得分（未调整）（重算）": row.rate,
            "覆盖率（%）（重算）": row.coverage,
        }.items():
            printed(line[heading], value)
        check_adjusted(line, row)
        printed(line["低于约谈线的概率（重算）"], row.p_below_interview, 3)
        same(line["方差V"], row.variance)
        same(line["组内方差τ²"], row.group_tau2)


def check_groups(lines: list[Line]) -> None:
    sections = frozen_sections().values()
    for row in sections:
        if row.group_tau2 is None:
            continue
        known = [
            line for line in lines if line["比较对象"] == "科室" and line["组内方差τ²"] != NONE
        ]
        mine = [
            line for line in known if line["组内方差τ²"] == pytest.approx(row.group_tau2, rel=1e-9)
        ]
        assert {(line["个数k"], round(line["均值μ"], 2)) for line in mine} == {
            (row.group_size, float(row.group_mean or 0))
        }
        same(mine[0]["离散度s²"], row.group_s2)


@pytest.mark.parametrize("seed", [0, 3])
def test_formulas_give_every_printed_number_of_a_random_city(tmp_path: Path, seed: int) -> None:
    make_random_city(seed)
    (sheets,) = computed(tmp_path, written(tmp_path, "all"))
    assert set(sheets) == {SECTIONS, MEMBERS, GROUPS, UNITS}
    check_members(sheets[MEMBERS])
    check_sections(sheets[SECTIONS])
    check_groups(sheets[GROUPS])


def make_mixed_city() -> Section:
    """Make a closed city with a member of large groups, one of a small group, one few rated."""
    section, _ = make_city()
    grassroots = RaterGroup.GRASSROOTS
    wide, narrow, thin = (make_staff(section, number=f"77700{n}") for n in range(3))
    for person, n in ((wide, 11), (narrow, 4)):
        make_ratings(person, section, [(4, 4, 5, None)] * 31)
        make_ratings(person, section, [(3, 4, 4, 4)] * n, rater_group=grassroots)
    make_ratings(thin, section, [(4, 4, 4, 4)] * 5)
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    return section


def chief_of(section: Section) -> int:
    query = select(ChiefTerm.staff_id).where(ChiefTerm.section_id == section.id)
    return db.session.scalars(query).one()


def of(lines: list[Line], number: str) -> Line:
    return next(line for line in lines if line["工号"] == number)


def test_small_groups_say_so_and_who_sees_a_part_is_given_the_figures_of_the_group(
    tmp_path: Path,
) -> None:
    section = make_mixed_city()
    chief = make_user(Role.CHIEF, staff_id=chief_of(section)).actor
    paths = (written(tmp_path, "all"), written(tmp_path, "own", actor=chief))
    everything, own = computed(tmp_path, *paths)
    check_members(everything[MEMBERS])
    for sheets in (everything, own):
        wide, narrow, thin = (of(sheets[MEMBERS], f"77700{n}") for n in range(3))
        assert (wide["服务对象：份数"], wide["基层单位：份数"]) == (31, 11)
        assert wide["得分（未调整）（重算）"] == wide["得分（未调整）"]
        assert (wide["分管领导：权重"], wide["备注"]) == (NONE, "")
        assert {narrow["服务对象：均值"], narrow["基层单位：份数"]} == {HIDDEN}
        assert "有一类评价人不足最低份数" in narrow["备注"]
        assert (narrow["服务对象：权重"], narrow["核对"]) == (60, AGREES)
        assert thin["得分（未调整）"] == "样本不足"
    assert set(own) == {SECTIONS, MEMBERS, GROUPS}
    assert [line["科室编码"] for line in own[SECTIONS]] == [section.code]
    for sheet, key in ((SECTIONS, "科室编码"), (MEMBERS, "工号")):
        known = {line[key]: line for line in everything[sheet]}
        for line in own[sheet]:
            check_alike(line, known[line[key]])
    for line in own[GROUPS]:
        assert line["离散度s²"] > 0
        assert line["w之和"] == NONE


def check_alike(line: Line, other: Line) -> None:
    assert line.keys() == other.keys()
    for heading, value in line.items():
        is_number = isinstance(value, float)
        assert other[heading] == (pytest.approx(value, rel=1e-9) if is_number else value), heading


def test_scores_in_whole_points_are_not_recounted(tmp_path: Path) -> None:
    section = make_mixed_city()
    person = db.session.scalars(select(Staff).filter_by(number="777000")).one()
    key = db.session.execute(
        select(Rating.staff_id, Rating.ballot_id).where(Rating.staff_id == person.id).limit(1)
    ).one()
    with unit_of_work(SYSTEM) as unit:
        set_aside(unit, (key[0], key[1]), reason=ExclusionReason.MISTAKEN, grounds="查实", on=TODAY)
    correct(SYSTEM, CODE, "一份误评", now=NOW)
    (sheets,) = computed(tmp_path, written(tmp_path, "all"))
    line = of(sheets[MEMBERS], "777000")
    assert line["得分（未调整）"].startswith("≈")
    assert {line["得分（未调整）（重算）"], line["核对"], line["调整后得分"]} == {NONE}
    whole = next(line for line in sheets[SECTIONS] if line["科室编码"] == section.code)
    assert whole["总和得分"].startswith("≈")
    checks = [line["核对"] for name in (SECTIONS, MEMBERS) for line in sheets[name]]
    assert set(checks) == {AGREES, NONE}

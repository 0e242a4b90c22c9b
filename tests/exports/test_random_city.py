"""Every number of every workbook against the stored ones, in cities by dice.

What a column should print is computed here a second time, from the frozen rows alone.
"""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.cell import Cell
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM
from evalsys.exports.service import export, request_export
from evalsys.organisation.periods.models import Period
from evalsys.results.reports.sheets.registry import all_books
from evalsys.scores.models import MemberScore, Result, SectionScore
from tests.exports.random_city import BEFORE, CODE, NOW, make_random_city, ratings_of

pytestmark = pytest.mark.usefixtures("app")

LEAST = 10
FEW, NONE, UNRANKED = "样本不足", "—", "不排名"
Line = dict[str, Cell]
DIMENSIONS = {
    "服务态度": "attitude",
    "工作作风": "work_style",
    "办事效率": "efficiency",
    "业务能力": "competence",
}
LEVELS = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}


@pytest.fixture(params=range(4))
def city(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, dict[str, list[Line]]]:
    """Make a city; return book -> sheet -> its lines, by heading."""
    make_random_city(request.param)
    books = {}
    for name in all_books():
        path = tmp_path / f"{name}.xlsx"
        export(request_export(SYSTEM, name, CODE, {}, lang="zh", now=NOW), path)
        books[name] = {sheet.title: lines(sheet) for sheet in load_workbook(path).worksheets[1:]}
    return books


def lines(sheet: Any) -> list[Line]:
    heads, *rows = sheet.iter_rows()
    return [dict(zip([head.value for head in heads], row, strict=True)) for row in rows]


def result_of(code: str) -> Result:
    return db.session.scalars(select(Result).join(Period).where(Period.code == code)).one()


def sections(code: str = CODE) -> dict[str, SectionScore]:
    rows = db.session.scalars(select(SectionScore).filter_by(result_id=result_of(code).id))
    return {row.section.code: row for row in rows}


def members() -> dict[tuple[str, str], MemberScore]:
    rows = db.session.scalars(select(MemberScore).filter_by(result_id=result_of(CODE).id))
    return {(row.section.code, row.staff.number): row for row in rows}


def few(n: int) -> int | str:
    return n if n >= LEAST else f"<{LEAST}"


def or_word(value: Any, word: str) -> Any:
    return word if value is None else float(value)


def check_unadjusted(cell: Cell, row: SectionScore | MemberScore, estimate: Decimal | None) -> None:
    """Check that an unadjusted score has its own interval, apart from the adjusted columns."""
    if row.theta is not None or estimate is None or row.variance is None:
        return
    found = re.search(r"(-?\d+\.\d\d)–(\d+\.\d\d)", str(cell.value))
    assert found, cell.value
    half = 1.96 * row.variance**0.5
    ends = (float(estimate) - half, float(estimate) + half)
    assert (float(found[1]), float(found[2])) == pytest.approx(ends, abs=0.0051)


def check(line: Line, expected: dict[str, Any]) -> None:
    """Check the cells of a row."""
    found = {name: line[name].value for name in expected}
    assert found == expected, {n: (found[n], e) for n, e in expected.items() if found[n] != e}


def check_rank(cell: Cell, place: int | None, best: int | None, worst: int | None) -> None:
    if place is None:
        assert cell.value == UNRANKED
    else:
        assert (cell.value, cell.number_format) == (place, f'0" ({best}–{worst})"')


Known = dict[str, SectionScore]


def test_every_number_of_every_book_is_the_stored_one(
    city: dict[str, dict[str, list[Line]]],
) -> None:
    now, before, seats = sections(), sections(BEFORE), members()
    checks: dict[str, Callable[[list[Line]], None]] = {
        "科长排名": lambda rows: check_ranking(rows, now, before),
        "排名图": lambda rows: check_chart(rows, now),
        "工作实绩（不计入得分）": lambda rows: None,  # No number of a result, and nothing yet.
        "人员明细": lambda rows: check_members(rows, seats),
        "评价分布": lambda rows: check_distribution(rows, now),
        "分布图": lambda rows: None,  # Percents of the sums of what 评价分布 prints.
        "走势": lambda rows: check_trend(rows, now, before),
        "差评台账": lambda rows: None,  # Single ballots: no number of a result.
        "差评工单": lambda rows: None,
        "差评原因": lambda rows: None,  # Nobody ticked any.
        "评价明细": check_ballots,
        # Formulas, which test_recount.py lets compute.
        **dict.fromkeys(("重算表（科室）", "重算表（人员）"), lambda rows: None),
        **dict.fromkeys(("重算表（比较组）", "重算表（可比对象）"), lambda rows: None),
    }
    seen = set()
    for sheets in city.values():
        for title, rows in sheets.items():
            checks[title](rows)
            seen.add(title)
    assert seen == set(checks)


def check_ranking(rows: list[Line], now: Known, before: Known) -> None:
    assert {line["科室编码"].value for line in rows} == set(now)
    for line in rows:
        row = now[str(line["科室编码"].value)]
        old = before.get(row.section.code)
        rate = row.rate if row.is_comparable else None
        is_shown = rate is not None and (row.lo is not None or row.variance is not None)
        change = row.theta - old.theta if old and old.theta and row.theta is not None else None
        expected = {
            "应评人数": row.expected,
            "有效人数": row.scored,
            "有效评价数": few(row.ballots),
            "总和得分": float(row.total) if row.scored else FEW,
            "满分": float(row.maximum) if row.scored else FEW,
            "人均得分（未调整）": or_word(rate if is_shown else None, FEW),
            "得分率": or_word(rate / 100 if rate is not None and is_shown else None, FEW),
            "调整后下限": or_word(row.lo if is_shown else None, NONE),
            "调整后上限": or_word(row.hi if is_shown else None, NONE),
            "调整后得分": or_word(row.theta if is_shown else None, NONE),
            "同组均值": or_word(row.group_mean if is_shown else None, NONE),
            "环比": or_word(change, NONE),
            "覆盖率": float(row.coverage / 100),
        }
        check(line, expected)
        check_recount(line, "人均得分（未调整）")
        check_unadjusted(line["备注"], row, rate)
        check_places(line, row)
        check_bad(line["差评率"], row)


def check_recount(line: Line, raw: str) -> None:
    """Recount F7 from the digits that are printed, as somebody with a pocket calculator would."""
    if line["调整后得分"].value == NONE:
        assert {line[name].value for name in ("调整后下限", "可靠度", "标准误")} == {NONE}
        return
    score, mean, error, theta, low, high = (
        Decimal(f"{line[name].value:.2f}")
        for name in (raw, "同组均值", "标准误", "调整后得分", "调整后下限", "调整后上限")
    )
    reliability = Decimal(f"{line['可靠度'].value:.3f}")
    half = Decimal("1.96") * error
    recounted = (mean + reliability * (score - mean), theta - half, theta + half)
    assert tuple(each.quantize(Decimal("0.01"), ROUND_HALF_UP) for each in recounted) == (
        theta, low, high,
    )  # fmt: skip


def check_places(line: Line, row: SectionScore) -> None:
    check_rank(line["名次"], row.rank, row.rank_best, row.rank_worst)
    text = NONE if row.rank is None else f"{row.rank_best}–{row.rank_worst}"
    assert line["名次区间"].value == text
    band = line["同规模组名次"]
    if row.band_rank is None or row.variance is None:
        assert band.value == UNRANKED
        return
    interval = re.fullmatch(r'0" \((\d+)–(\d+)\)"', band.number_format)
    assert band.value == row.band_rank
    assert interval
    assert int(interval[1]) <= row.band_rank <= int(interval[2])


def check_bad(cell: Cell, row: SectionScore) -> None:
    if row.bad < LEAST:
        assert cell.value == few(row.bad)
    elif row.ballots - row.bad < LEAST:
        assert cell.value == "不列示"
    else:
        assert cell.value == pytest.approx(row.bad / row.ballots, abs=0.00051)


def check_chart(rows: list[Line], now: Known) -> None:
    values = sorted(float(line["调整后得分"].value) for line in rows)
    compared = [row for row in now.values() if row.is_comparable and row.rate is not None]
    figures = [row.rate if row.theta is None else row.theta for row in compared]
    assert values == sorted(float(figure) for figure in figures if figure is not None)


def check_members(rows: list[Line], seats: dict[tuple[str, str], MemberScore]) -> None:
    found = {(str(line["科室编码"].value), str(line["工号"].value)): line for line in rows}
    assert set(found) == set(seats)
    for key, row in seats.items():
        expected = {
            "有效评价数": few(row.ballots),
            "剔除数": few(row.excluded) if row.excluded else 0,
            "得分（未调整）": or_word(row.score, FEW),
            "调整后下限": or_word(row.lo, NONE),
            "调整后上限": or_word(row.hi, NONE),
            "同组均值": or_word(row.group_mean, NONE),
            "调整后得分": or_word(row.theta, NONE),
            "在科室天数": row.days,
            "在科室比例": float(row.share),
            "计入总和": or_word(row.contribution, NONE),
            "是否科长": "是" if row.is_chief else "否",
        }
        for heading, name in DIMENSIONS.items():
            points = None if row.score is None else getattr(row, name)
            expected[heading] = or_word(points, NONE)
            if points is not None and "," in (row.weighed or ""):
                expected[heading] = f"≈{points.quantize(Decimal(1), ROUND_HALF_UP)}"
        check(found[key], expected)
        check_recount(found[key], "得分（未调整）")
        if row.contribution is not None and not row.is_frozen:
            check_unadjusted(found[key]["备注"], row, row.score)


def check_distribution(rows: list[Line], now: Known) -> None:
    for line in rows:
        row = now[str(line["科室编码"].value)]
        shares = {level: line[words].value for level, words in LEVELS.items()}
        if line["维度"].value == NONE:
            assert not row.is_comparable
        if FEW in shares.values():
            continue
        name = DIMENSIONS[str(line["维度"].value)]
        counts = {level: getattr(row, f"{name}_{level}") for level in LEVELS}
        total = sum(counts.values())
        printed = [level for level in LEVELS if isinstance(shares[level], int | float)]
        assert sum(float(shares[level]) for level in printed) == pytest.approx(1)
        for level, below in zip(printed, [*printed[1:], 0], strict=True):
            hits = sum(n for other, n in counts.items() if below < other <= level)
            assert hits >= LEAST
            assert float(shares[level]) == pytest.approx(hits / total, abs=0.0101 + 5 / total)


def check_trend(rows: list[Line], now: Known, before: Known) -> None:
    assert len(rows) == 2
    for line, known in zip(rows, (before, now), strict=True):
        sums: dict[str, list[SectionScore]] = {}
        for row in known.values():
            if row.is_comparable:
                sums.setdefault(row.section.organ.name, []).append(row)
        for organ, cell in line.items():
            if organ == "周期" or len({row.section.organ_id for row in known.values()}) > len(sums):
                continue
            parts = sums.get(organ, [])
            exact = 100 * sum(row.total for row in parts) / sum(row.maximum for row in parts)
            assert cell.value == pytest.approx(float(exact), abs=0.0051)


def check_ballots(rows: list[Line]) -> None:
    assert len(rows) <= ratings_of(CODE)

"""Benchmarks of the demo city, beside two made-up cities; every figure is made up and says so."""

from dataclasses import dataclass
from decimal import Decimal

from evalsys.cases.scenes.cast import Cast, accounts_with
from evalsys.core.audit import unit_of_work
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor, Role
from evalsys.reform.benchmarks.figures import FigureEntry, enter_figures, plan_figures
from evalsys.reform.benchmarks.rules.comparing import Direction
from evalsys.reform.benchmarks.service import (
    IndicatorEntry,
    Judgement,
    add_city,
    add_indicator,
    judge,
    set_target,
)

OWN, CITIES = "云州市（演示）", ("青澜市（虚构）", "临屿市（虚构）")
YEARS = 4  # up to the last year
DEFINED = "演示指标，定义参照公开营商环境评价的一般做法，非官方口径"
SOURCE, REFERENCE = "{city}{year}年政务服务年报（演示数据）", "演示〔{year}〕{number}号"
MADE_UP = "演示数据，由系统生成"


@dataclass(frozen=True)
class ToldIndicator:
    """An indicator of the demo; `figures` are by city, the own one first, - for no figure."""

    name: str
    definition: str
    unit: str
    places: int
    direction: Direction
    figures: tuple[str, str, str]
    target: str | None = None
    judged: Judgement | None = None


MORE, LESS = Direction.MORE, Direction.LESS
INDICATORS = (
    ToldIndicator(
        "企业开办平均用时", "从提交申请到领取执照、印章、发票的平均工作日数，含补正时间。",
        "工作日", 1, LESS, ("3.0 2.5 2.0 1.6", "2.2 1.8 1.2 1.0", "2.5 2.0 1.5 1.5"), "1.0",
        Judgement(5, "企业反映集中，差距持续一年以上。", 4, "流程在本市权限内，无需新增投入。")),
    ToldIndicator(
        "不动产登记平均用时", "一般登记从受理到办结的平均工作日数。",
        "工作日", 1, LESS, ("5.0 4.0 3.0 3.0", "4.0 3.0 2.0 2.0", "4.5 4.0 3.0 3.0"), "2.0",
        Judgement(4, "群众办件量大，跑动次数多。", 3, "需登记、税务、银行共同改造。")),
    ToldIndicator(
        "依申请事项全程网办率", "可全程网上办理的事项数占全部依申请事项数的比例。",
        "%", 1, MORE, ("71.5 78.2 84.0 88.6", "82.0 87.5 91.0 93.4", "76.0 80.4 85.5 88.6"), "90.0",
        Judgement(4, "年度目标差距明显。", 2, "需改造业务系统并追加经费。")),
    ToldIndicator(
        "工程建设审批平均用时", "一般项目从立项到竣工验收各审批环节的平均工作日数。",
        "工作日", 0, LESS, ("68 60 52 48", "55 47 40 36", "60 52 - 45"), "40",
        Judgement(3, "涉及面大，但有过渡安排。", 1, "部分环节需省级授权。")),
    ToldIndicator(
        "首次来电解决率", "热线首次来电即办结且回访确认的工单占比。",
        "%", 1, MORE, ("61.0 64.5 70.2 69.4", "70.0 73.1 75.8 78.0", "- - - -"), "75.0",
        Judgement(5, "较上年回落，群众评价下降。", 5, "统一答复口径即可改善。")),
    ToldIndicator(
        "每万人自助终端数", "年末在用自助终端台数除以常住人口（万人）。",
        "台", 2, MORE, ("0.85 1.02 1.31 1.60", "0.70 0.95 1.20 1.44", "0.66 0.80 1.05 1.28"), None,
        Judgement(1, "已领先参照城市。", 5, "续保维护即可。")),
    ToldIndicator(
        "申请材料平均件数", "依申请事项平均需提交的材料件数，不含容缺后补。",
        "件", 1, LESS, ("6.8 5.9 5.1 -", "5.2 4.6 4.1 3.8", "6.0 5.4 4.8 4.5")),
)  # fmt: skip
CORRECTED = "来源更正了统计口径（演示）"


def play(cast: Cast) -> int:
    """Fill the library, as the supervision office would have; return how many indicators."""
    office = accounts_with(Role.SUPERVISOR)[0]
    cities = [add_city(office, name, is_own=name == OWN) for name in (OWN, *CITIES)]
    last = local_day(cast.now).year - 1
    years = range(last - YEARS + 1, last + 1)
    for number, told in enumerate(INDICATORS, start=1):
        entry = (told.name, told.definition, told.unit, told.places, told.direction, DEFINED)
        indicator = add_indicator(office, IndicatorEntry(*entry))
        entries = [
            FigureEntry(
                indicator.id,
                city.id,
                year,
                Decimal(value),
                SOURCE.format(city=city.name, year=year),
                REFERENCE.format(year=year, number=number),
                row,
            )
            for row, city in enumerate(cities)
            for year, value in zip(years, told.figures[row].split(), strict=True)
            if value != "-"
        ]
        _enter(office, entries, cast)
        if told.target:
            set_target(office, indicator.id, last, value=Decimal(told.target), basis=MADE_UP)
        if told.judged:
            judge(office, indicator.id, told.judged)
    return len(INDICATORS)


def _enter(office: Actor, entries: list[FigureEntry], cast: Cast) -> None:
    """Enter figures; the first one was a little different before its source corrected it."""
    first = entries[0]._replace(value=entries[0].value + 1)
    for some, reason in (([first], None), (entries, CORRECTED)):
        with unit_of_work(office) as unit:
            shown = plan_figures(some).versions
            enter_figures(unit, some, now=cast.now, shown=shown, reason=reason)

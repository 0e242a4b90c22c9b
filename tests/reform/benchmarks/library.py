"""A small library of indicators: the own city beside two others."""

from decimal import Decimal
from typing import Any

from evalsys.core.pages import now
from evalsys.reform.benchmarks.models import BenchmarkCity, Figure, Indicator
from evalsys.reform.benchmarks.rules.comparing import Direction
from tests.factories import save, serial_numbers

SOURCE, REFERENCE = "统计公报", "云统〔2026〕3号"


def make_indicator(**values: Any) -> Indicator:
    """An indicator of which less is better, counted in working days."""
    defaults = {
        "name": f"企业开办用时{next(serial_numbers)}",
        "definition": "从申请到领照的平均工作日数。",
        "unit": "工作日",
        "places": 1,
        "direction": Direction.LESS,
        "source": "演示定义",
    }
    return save(Indicator(**{**defaults, **values}))


def make_city(name: str, *, is_own: bool = False) -> BenchmarkCity:
    return save(BenchmarkCity(name=name, is_own=is_own or None))


def make_figure(
    indicator: Indicator, city: BenchmarkCity, year: int, value: str, **values: Any
) -> Figure:
    defaults = {"version": 1, "is_current": True, "source": SOURCE, "reference": REFERENCE}
    return save(
        Figure(
            indicator=indicator,
            city=city,
            year=year,
            value=Decimal(value),
            entered_at=now(),
            **{**defaults, **values},
        )
    )


def make_benchmark() -> Figure:
    """One figure of the own city."""
    return make_figure(make_indicator(), make_city("云州市", is_own=True), 2025, "2.5")

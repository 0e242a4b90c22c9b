"""Native, editable charts beside their rows, in shades of blue.

Nothing depends on colour alone: bars are beside their figures, lines differ in dash and marker,
levels are in order.
"""

from collections.abc import Callable

from openpyxl.chart import BarChart, LineChart, Reference, Series
from openpyxl.chart.data_source import AxDataSource, NumDataSource, NumRef, StrRef
from openpyxl.chart.error_bar import ErrorBars
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from evalsys.core.city import say
from evalsys.core.errors import Text
from evalsys.foundation.spreadsheets.model import ACCENT, LINE

Draw = Callable[[WriteOnlyWorksheet, int, str], None]

LEVEL_FILLS = ("1F4E7D", "5F8DB8", "A9C3DD", "D6DCE2", "74808C")
LINES = (
    ("1F4E7D", "solid", "circle"),
    ("5F8DB8", "solid", "square"),
    ("525D69", "solid", "triangle"),
    ("1F4E7D", "dash", "diamond"),
    ("5F8DB8", "dash", "circle"),
    ("525D69", "dash", "square"),
    ("A9C3DD", "solid", "triangle"),
    ("1A222B", "sysDot", "diamond"),
)
WIDTH, HEIGHT = 22.0, 13.0  # cm
BAR_HEIGHT = 0.62  # cm of a bar with its gap
EMU = 12_700  # of a point


def draw_bars(title: Text, value: int, error: int) -> Draw:
    """Return a function that draws a bar per row; `value` and `error` are columns, from 1."""

    def draw(sheet: WriteOnlyWorksheet, rows: int, lang: str) -> None:
        chart = BarChart()
        chart.type, chart.gapWidth = "bar", 60
        series = _series(sheet, value, rows)
        series.graphicalProperties = GraphicalProperties(solidFill="A9C3DD")
        letter = get_column_letter(error)
        reach = NumDataSource(NumRef(f"'{sheet.title}'!${letter}$2:${letter}${rows + 1}"))
        series.errBars = ErrorBars(
            errBarType="both", errValType="cust", plus=reach, minus=reach, noEndCap=False
        )
        series.errBars.spPr = _line(ACCENT, 1.5)
        chart.series.append(series)
        chart.x_axis.scaling.orientation = "maxMin"  # The first row on top.
        chart.y_axis.crosses = "max"
        _scale(chart, 0, 100, 20)
        _place(chart, sheet, say(title, lang), max(8, BAR_HEIGHT * rows + 3.5))
        chart.legend = None
        sheet.add_chart(chart, f"{get_column_letter(error + 3)}2")

    return draw


def draw_shares(title: Text, value: int, columns: int = 0) -> Draw:
    """Return a function that draws the share of each row as a bar; `value` is a column, from 1.

    The chart stands beside the table, whose last column is `value` unless it has more `columns`.
    """
    return _draw_plain(title, value, 1, "0%", columns)


def draw_numbers(title: Text, value: int, high: int) -> Draw:
    """Return a function that draws a number from 0 to `high` for each row as a bar."""
    return _draw_plain(title, value, high, "0")


def _draw_plain(title: Text, value: int, high: int, number_format: str, columns: int = 0) -> Draw:
    def draw(sheet: WriteOnlyWorksheet, rows: int, lang: str) -> None:
        chart = BarChart()
        chart.type, chart.gapWidth = "bar", 60
        series = _series(sheet, value, rows)
        series.graphicalProperties = GraphicalProperties(solidFill="A9C3DD")
        chart.series.append(series)
        chart.x_axis.scaling.orientation = "maxMin"
        chart.y_axis.crosses = "max"
        chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, high
        chart.y_axis.number_format = number_format
        chart.y_axis.majorGridlines.spPr = _line(LINE, 0.75)
        _place(chart, sheet, say(title, lang), max(8, BAR_HEIGHT * rows + 3.5))
        chart.legend = None
        sheet.add_chart(chart, f"{get_column_letter(max(value + 3, columns + 2))}2")

    return draw


def draw_lines(title: Text, lines: int, low: int, high: int) -> Draw:
    """Return a function that draws a line per column after the first; the axis is low to high."""

    def draw(sheet: WriteOnlyWorksheet, rows: int, lang: str) -> None:
        chart = LineChart()
        for place in range(lines):
            colour, dash, mark = LINES[place % len(LINES)]
            series = _series(sheet, place + 2, rows)
            series.graphicalProperties = _line(colour, 2, dash)
            series.marker.symbol, series.marker.size = mark, 7
            series.marker.graphicalProperties = GraphicalProperties(solidFill=colour)
            series.marker.graphicalProperties.line.solidFill = colour
            series.smooth = False
            chart.series.append(series)
        _scale(chart, low, high, 5)
        _place(chart, sheet, say(title, lang), HEIGHT)
        sheet.add_chart(chart, f"{get_column_letter(lines + 3)}2")

    return draw


def draw_levels(title: Text, levels: int) -> Draw:
    """Return a function that draws a stacked bar per row of the columns after the first."""

    def draw(sheet: WriteOnlyWorksheet, rows: int, lang: str) -> None:
        chart = BarChart()
        chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "percentStacked", 100, 60
        for place in range(levels):
            series = _series(sheet, place + 2, rows)
            series.graphicalProperties = GraphicalProperties(solidFill=LEVEL_FILLS[place])
            series.graphicalProperties.line.solidFill = "FFFFFF"
            chart.series.append(series)
        chart.x_axis.scaling.orientation = "maxMin"
        chart.y_axis.crosses = "max"
        chart.y_axis.number_format = "0%"
        chart.y_axis.majorGridlines.spPr = _line(LINE, 0.75)
        _place(chart, sheet, say(title, lang), HEIGHT)
        sheet.add_chart(chart, f"{get_column_letter(levels + 4)}2")

    return draw


def _series(sheet: WriteOnlyWorksheet, column: int, rows: int) -> Series:
    values = Reference(sheet, min_col=column, min_row=2, max_row=rows + 1)
    letter = get_column_letter(column)
    series = Series(values, title_from_data=False)
    series.tx = SeriesLabel(StrRef(f"'{sheet.title}'!${letter}$1"))
    series.cat = AxDataSource(strRef=StrRef(f"'{sheet.title}'!$A$2:$A${rows + 1}"))
    return series


def _line(colour: str, width: float, dash: str = "solid") -> GraphicalProperties:
    """Return line properties with a width in points."""
    line = LineProperties(w=int(width * EMU), solidFill=colour, prstDash=dash)
    return GraphicalProperties(ln=line)


def _scale(chart: BarChart | LineChart, low: int, high: int, step: int) -> None:
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = low, high
    chart.y_axis.majorUnit = step
    chart.y_axis.number_format = "0"
    chart.y_axis.majorGridlines.spPr = _line(LINE, 0.75)


def _place(
    chart: BarChart | LineChart, sheet: WriteOnlyWorksheet, title: str, height: float
) -> None:
    """Set title and size of a chart, and show its axes, which newer versions of Excel hide."""
    chart.title, chart.width, chart.height = title, WIDTH, height
    chart.title.overlay = False
    chart.legend.position = "b"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.visible_cells_only = False
    sheet.page_setup.fitToHeight = 1

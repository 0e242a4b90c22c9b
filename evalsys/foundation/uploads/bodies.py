"""The rows below the headings of a sheet, with merged cells filled and the foot removed. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evalsys.foundation.spreadsheets.characters import word
from evalsys.foundation.uploads.cells import shown
from evalsys.foundation.uploads.headings import Head, Layout, find_head
from evalsys.foundation.uploads.reading.sandbox.sheet import letters_of
from evalsys.foundation.uploads.tables import Area, RawSheet, TableRow, Value, fills

# The line below a table: who made or checked the list, totals.
FOOT = re.compile(
    r"(制表|填表|填报|编制|制作|审核|审批|审签|审定|复核|核对|核准|校对|经办|统计|负责|分管|主管|"
    r"单位|部门|盖章|公章|签字|签名|签章|联系|电话|日期|时间|备注|说明|注)[^:]{0,12}:.*"
    r"|(合计|总计|小计|共计)\D{0,4}:?\d*[人名条个]?|共\d+[人名条个].*"
    r"|[-—]*以[上下](空白|无正文|无内容)[-—]*|第\d+页.*"
    r"|(preparedby|checkedby|approvedby|reviewedby|total|note)s?:.*|total\d*"
)
# Other words before a colon, or a seal; and a day that stands alone.
REMARK = re.compile(r"[^:\d]{1,16}:.*|[^:\d]{1,16}\((盖?章|公章|签[章字名])\)")
DAY_ALONE = re.compile(r"\d{4}年\d{1,2}月(\d{1,2}日)?")


@dataclass
class Body:
    """The rows of a sheet without those of its foot.

    `down` and `across` are merged areas with the key of their column: filled down, or ambiguous
    since they span several columns; `feet` are rows of the foot with their text.
    """

    sheet: RawSheet
    head: Head
    rows: list[TableRow] = field(default_factory=list)
    down: list[tuple[Area, str]] = field(default_factory=list)
    across: list[tuple[Area, str]] = field(default_factory=list)
    feet: list[tuple[int, str]] = field(default_factory=list)

    @property
    def layout(self) -> Layout:
        """The layout of the columns."""
        return self.head.layout

    @property
    def hidden_rows(self) -> list[int]:
        """The numbers of hidden rows."""
        return [row.number for row in self.rows if row.is_hidden]

    @property
    def hidden_columns(self) -> list[str]:
        """The keys of hidden columns."""
        hidden = self.sheet.hidden_columns
        return [key for key, place in self.layout.places.items() if place + 1 in hidden]


def read_body(
    sheet: RawSheet,
    columns: Mapping[str, Sequence[str]],
    needed: Sequence[str],
    *,
    strict: bool = True,
) -> Body | None:
    """Return the body of a sheet, None without headings; `strict` requires all needed ones."""
    head = find_head(sheet, columns, needed if strict else ())
    if head is None:
        return None
    down, filled_down, across = fills(sheet, head.last, head.layout.places)
    body = Body(sheet, head, down=filled_down, across=across)
    for line in sheet.lines:
        if line.number <= head.last:
            continue
        values = with_fills(line.values, down.get(line.number, {}))
        cells = head.layout.pick(values)
        if foot := foot_of(values, cells, needed):
            body.feet.append((line.number, foot))
        elif cells:
            body.rows.append(TableRow(line.number, cells, line.is_hidden))
    seen = {number for number, _ in body.feet}
    body.across = [(area, key) for area, key in across if area.top not in seen]
    return body


def with_fills(values: Sequence[Value], more: Mapping[int, Value]) -> Sequence[Value]:
    """Return the cells of a row with the values of merged cells filled in."""
    if not more:
        return values
    cells = [*values, *[None] * (max(more) + 1 - len(values))]
    for place, value in more.items():
        cells[place] = value
    return cells


def foot_of(values: Sequence[Value], cells: Mapping[str, Value], needed: Sequence[str]) -> str:
    """Return the text of a row of the foot, an empty text for a row of the table."""
    if all(key in cells for key in needed):
        return ""
    first = next((value for value in values if value is not None), None)
    if isinstance(first, str) and FOOT.fullmatch(word(first)):
        return shown(first)
    rest = [word(value) if isinstance(value, str) else "" for value in (first, *cells.values())]
    is_remark = all(REMARK.fullmatch(text) for text in rest)
    is_day = len(cells) <= 1 and all(DAY_ALONE.fullmatch(text) for text in rest)
    return shown(first) if is_remark or is_day else ""


def area_words(area: Area) -> str:
    """Return the reference of an area: D6:D8."""
    return f"{letters_of(area.left)}{area.top}:{letters_of(area.right)}{area.bottom}"

"""Reading past ratings from CSV, .csv.gz or .xlsx, streamed row by row."""

import gzip
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from evalsys.core.errors import N_
from evalsys.core.terms import variants
from evalsys.foundation.uploads.cells import (
    Reader,
    Remark,
    Unreadable,
    Value,
    read_cell,
    read_choice,
    read_code,
    read_text,
    shown,
)
from evalsys.foundation.uploads.days import read_date
from evalsys.foundation.uploads.errors import REFUSALS, BadFile
from evalsys.foundation.uploads.lists import Hidden, Wanted, stream_rows
from evalsys.foundation.uploads.reading.limits import MIB, ReadLimits
from evalsys.foundation.uploads.tables import TableRow
from evalsys.organisation.policies.rules import DIMENSIONS
from evalsys.ratings.ballots.models import Channel, RaterGroup
from evalsys.ratings.ballots.words import groups_in_files, levels_in_files
from evalsys.ratings.history.plan import PastRating, RowProblem

GZIP = b"\x1f\x8b"
LIMITS = ReadLimits(
    size=300 * MIB,
    unzipped=2000 * MIB,
    answer=800 * MIB,
    rows=1_100_000,
    memory=2000 * MIB,
    seconds=600,
)
COLUMNS = {
    "organ_code": ("organ_code", "单位编码"),
    "section_code": ("section_code", *variants("科室编码")),
    "staff_no": ("staff_no", "工号"),
    "served_on": ("served_on", "服务日期"),
    "group": ("group", "评价人类别"),
    "channel": ("channel", "评价渠道"),
    "service_type": ("service_type", "事项类型"),
    "attitude": ("attitude", "服务态度"),
    "work_style": ("work_style", "工作作风"),
    "efficiency": ("efficiency", "办事效率"),
    "competence": ("competence", "业务能力"),
}
REQUIRED = ("section_code", "staff_no", "served_on", "group", *DIMENSIONS)
FILLED = ("section_code", "staff_no", "served_on", "group")
NUMBERS = {"5": 5, "4": 4, "3": 3, "2": 2, "1": 1, "0": None}


def read_past_ratings(
    path: Path, *, on: date, hidden: Hidden = Hidden.ASK
) -> Iterator[PastRating | RowProblem]:
    """Yield each row as a rating, or its problems. Raises BadFile."""
    cells = _Cells(on)
    with plain_file(path) as plain:
        for row in stream_rows(path.name, plain, Wanted(COLUMNS, REQUIRED, hidden), LIMITS):
            yield from cells.read(row)


@contextmanager
def plain_file(path: Path) -> Iterator[Path]:
    """Yield the file, decompressed if it is gzip. Raises BadFile."""
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP
    if not is_packed:
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix=".csv") as plain:
        try:
            with gzip.open(path) as packed:
                while chunk := packed.read(MIB):
                    plain.write(chunk)
                    if plain.tell() > LIMITS.size:
                        raise BadFile(REFUSALS["bomb"], file=path.name, limit=LIMITS.size // MIB)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise BadFile(
                N_("%(file)s is cut off or damaged. Pack it again and send it once more."),
                file=path.name,
            ) from error
        plain.flush()
        yield Path(plain.name)


class _Cells:
    """Reads cells, caching each value of a column: most repeat."""

    def __init__(self, on: date) -> None:
        levels = read_choice({**NUMBERS, **levels_in_files()})
        self.readers: Mapping[str, Reader] = {
            "organ_code": read_code,
            "section_code": read_code,
            "staff_no": read_code,
            "served_on": read_date(on),
            "group": read_choice({group.value: group for group in RaterGroup}, groups_in_files()),
            "channel": read_choice({channel.value: channel for channel in Channel}),
            "service_type": read_text(80),
            **dict.fromkeys(DIMENSIONS, levels),
        }
        self.known: dict[tuple[str, type, Value], Any] = {}

    def read(self, row: TableRow) -> Iterator[PastRating | RowProblem]:
        """Yield the rating of a row, or each of its problems."""
        cells = {name: value for name, value in row.values.items() if value is not None}
        values = {name: self._value(name, value) for name, value in cells.items()}
        problems = [
            RowProblem(
                row.number,
                name,
                shown(cells[name])[:40],
                remark.problem,
                remark.advice,
                remark.params,
            )
            for name, remark in values.items()
            if isinstance(remark, Remark)
        ]
        problems += [
            RowProblem(row.number, name, "", N_("This cell is empty"), N_("Fill it in"))
            for name in FILLED
            if name not in values
        ]
        if problems:
            yield from problems
            return
        yield PastRating(
            row.number,
            values.get("organ_code"),
            values["section_code"],
            values["staff_no"],
            values["served_on"],
            values["group"],
            values.get("service_type") or None,
            values.get("channel", Channel.IMPORT),
            (
                values.get("attitude"),
                values.get("work_style"),
                values.get("efficiency"),
                values.get("competence"),
            ),
        )

    def _value(self, name: str, value: Value) -> Any:
        key = (name, type(value), value)
        if key not in self.known:
            self.known[key] = self._read(name, value)
        return self.known[key]

    def _read(self, name: str, value: Value) -> Any:
        """Return the value of a cell, or a Remark on why it is invalid."""
        try:
            return read_cell(self.readers[name], value).value
        except Unreadable as error:
            return error.remark

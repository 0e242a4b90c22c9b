"""Reads the tables of a Markdown text as a worksheet and evaluates their Excel formulas.

A table headed `name` holds one named cell per row. In any other table every heading names its
column; a row that starts with `formula` says how cells of the column follow from cells of the
same row, and `<heading>_all` is the whole column. A cell without a formula is an input.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from statistics import NormalDist
from typing import Any

import numpy as np

Value = Any
NORMAL = NormalDist()


def excel_round(value: float, places: int) -> float:
    """Round as Excel does: half away from zero, blind to the last digits of the float."""
    step = Decimal(1).scaleb(-places)
    return float(Decimal(f"{float(value):.12g}").quantize(step, ROUND_HALF_UP))


FUNCTIONS: dict[str, Value] = {
    "IF": lambda test, yes, no: yes if test else no,
    "INDEX": lambda column, row: column[row - 1],
    "LARGE": lambda column, place: sorted(column)[-place],
    "MAX": max,
    "MIN": min,
    "POISSON_DIST": lambda n, rate, _: math.fsum(
        math.exp(k * math.log(rate) - rate - math.lgamma(k + 1)) for k in range(int(n) + 1)
    ),
    "NORM_S_DIST": lambda x, _: NORMAL.cdf(x),
    "NORM_S_INV": NORMAL.inv_cdf,
    "RANK": lambda cell, column: 1 + int(np.sum(column > cell)),
    "ROUND": excel_round,
    "ROWS": len,
    "SMALL": lambda column, place: sorted(column)[place - 1],
    "SQRT": math.sqrt,
    "SUM": np.sum,
    "SUMPRODUCT": np.sum,
    "TRUE": True,
}


def evaluate(formula: str, names: dict[str, Value]) -> Value:
    code = (
        formula.removeprefix("=")
        .replace("NORM.S.", "NORM_S_")
        .replace("POISSON.", "POISSON_")
        .replace("^", "**")
    )
    code = re.sub(r"(?<![<>=])=", "==", code)
    return eval(code, {"__builtins__": {}}, FUNCTIONS | names)  # noqa: S307  # our own document


@dataclass
class Sheet:
    """The cells of a document: `names` by name, `wrong` the cells that print another number."""

    names: dict[str, Value] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def settle(self, name: str, formula: str, printed: str, row: dict[str, Value]) -> Value:
        """Return the value of a cell; note it down if the document prints something else."""
        if not formula:
            return number_or_text(printed)
        value = evaluate(formula, self.names | row)
        places = len(printed.partition(".")[2])
        if number_or_text(printed) != excel_round(value, places):
            self.wrong.append(f"{name} {formula} is {value}, printed {printed!r}")
        return value

    def read_named(self, rows: list[list[str]]) -> None:
        for name, formula, printed, *_ in rows:
            self.names[name] = self.settle(name, formula, printed, {})

    def read_columns(self, heads: list[str], rows: list[list[str]]) -> None:
        formulas = [""] * len(heads)
        if rows[0][0] == "formula":
            formulas = ["", *rows.pop(0)[1:]]
        cells: list[dict[str, Value]] = [{} for _ in rows]
        for place, head in enumerate(heads):
            for row, found in zip(rows, cells, strict=True):
                found[head] = self.settle(head, formulas[place], row[place], found)
            self.names[f"{head}_all"] = np.array([found[head] for found in cells])
        self.names |= {head: self.names[f"{head}_all"] for head in heads}


def number_or_text(cell: str) -> float | int | str:
    """Return what a cell holds; a blank one is 0, as in a product of Excel."""
    if not cell:
        return 0
    if not re.fullmatch(r"-?\d+(\.\d+)?", cell):
        return cell
    return float(cell) if "." in cell else int(cell)


def tables(text: str) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Yield headings and rows of every table."""
    for is_table, lines in groupby(text.splitlines(), lambda line: line.startswith("|")):
        if is_table:
            heads, _, *rows = (
                [cell.strip(" `") for cell in line.strip().strip("|").split("|")] for line in lines
            )
            yield heads, rows


def read_sheet(text: str) -> Sheet:
    """Return the evaluated worksheet of a document; a table headed `ground` is not part of it."""
    sheet = Sheet()
    for heads, rows in tables(text):
        if heads[0] == "name":
            sheet.read_named(rows)
        elif heads[0] != "ground":
            sheet.read_columns(heads, rows)
    return sheet

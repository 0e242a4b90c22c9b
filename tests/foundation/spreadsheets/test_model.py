"""The names of cells in formulas."""

import pytest
from openpyxl.utils import get_column_letter

from evalsys.foundation.spreadsheets.model import Grid, letters_of


def test_columns_have_the_letters_of_excel() -> None:
    assert [letters_of(place) for place in range(1, 1500)] == [
        get_column_letter(place) for place in range(1, 1500)
    ]
    with pytest.raises(ValueError, match="count from 1"):
        letters_of(0)


def test_cells_are_named_within_a_sheet_and_from_another_one() -> None:
    grid = Grid("重算表: 一'二", ["a", "b"])
    assert grid.here("b", 7) == "B7"
    assert grid.cell("b", 7) == "'重算表  一''二'!$B$7"
    assert grid.span("a", 2, 9) == "'重算表  一''二'!$A$2:$A$9"

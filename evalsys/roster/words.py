"""The labels of choices in a roster, and the description of a column. Pure.

Headings and choices are a fixed file format in both languages, not translated like pages; `own` is
in Chinese, shown in the city's terms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evalsys.core.city import in_terms
from evalsys.core.terms import variants
from evalsys.foundation.uploads.cells import Reader

FUTURE = 90  # days: a section, an appointment or a leave may be announced before it is
EXAMPLE = "示例"  # The prefix of the template's example row, which is never imported.
EMPTIED = "<清空>"  # what a file says to empty a cell
CLEAR = {EMPTIED, "〈清空〉", "《清空》", "<clear>"}

KINDS = {"窗口": "window", "审批": "approval", "执法": "enforcement", "综合": "general"}
EMPLOYMENTS = {
    "公务员": "civil_servant",
    "参公": "managed_as_civil_servant",
    "事业": "public_institution",
    "合同": "contract",
}
ON_DUTY = "on_duty"
STATUSES = {
    "在岗": ON_DUTY,
    "借调": "seconded",
    "休假": "on_leave",
    "医疗期": "medical",
    "孕产哺": "maternity",
    "脱产": "study",
}
PROTECTED = {"seconded", "medical", "maternity"}
SEXES = {"男": "男", "女": "女"}
FLAGS = {"是": True, "否": False}


@dataclass(frozen=True)
class RosterColumn:
    """A column of a sheet.

    `reader` takes the import day. A blank cell keeps the stored value; `<清空>` empties it if
    `may_clear`. Without `is_kept` the value is validated and dropped. `choices` is the validation
    list; `is_text` sets the text format, to keep leading zeros.
    """

    key: str
    own: str
    en: str
    reader: Callable[[date], Reader]
    example: str = ""
    note: str = ""
    note_en: str = ""
    width: int = 12
    is_needed: bool = False
    is_starred: bool = False
    may_clear: bool = False
    is_kept: bool = True
    choices: Sequence[str] = ()
    is_text: bool = True

    @property
    def headings(self) -> tuple[str, ...]:
        """All headings by which the column is recognised, in every city's terms."""
        return (*variants(self.own), self.en, self.key)

    @property
    def zh(self) -> str:
        """The Chinese heading in the city's terms."""
        return in_terms(self.own)


@dataclass(frozen=True)
class SheetKind:
    """A sheet: its names, the key column that identifies a row, and its columns."""

    own: str
    en: str
    key: str
    columns: Sequence[RosterColumn]

    @property
    def zh(self) -> str:
        """The Chinese name in the city's terms."""
        return in_terms(self.own)

    @property
    def titles(self) -> tuple[str, ...]:
        """All names by which the sheet is recognised."""
        return (*variants(self.own), self.en)

    @property
    def headings(self) -> Mapping[str, Sequence[str]]:
        """Column key -> headings."""
        return {column.key: column.headings for column in self.columns}

    @property
    def by_key(self) -> Mapping[str, RosterColumn]:
        """Column key -> column."""
        return {column.key: column for column in self.columns}


_CHOICES: Mapping[str, Mapping[str, object]] = {
    "kind": KINDS,
    "employment": EMPLOYMENTS,
    "status": STATUSES,
    "is_front_line": FLAGS,
    "faces_recipients": FLAGS,
}


def in_words(key: str, value: object) -> str:
    """Return a stored value as written in the sheet; — for None."""
    if value is None:
        return "—"
    if isinstance(value, date):
        return value.isoformat()
    words = {choice: word for word, choice in _CHOICES.get(key, {}).items()}
    return words.get(value, str(value))

"""The words of a roster: what the choices are called, and what describes a column. Pure.

Headings and words of choice are fixed: HR fills them in, so they are held in both languages and are
not translated with the pages; `own` is said in the terms of the city.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evalsys.core.city import in_terms
from evalsys.core.terms import variants
from evalsys.foundation.uploads.cells import Reader

FUTURE_SECTION = 90  # days: a section may be announced before it starts
EXAMPLE = "示例"  # The template's example row begins with it and is never imported.
CLEAR = {"<清空>", "〈清空〉", "《清空》", "<clear>"}

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
class Column:
    """A column of a sheet.

    `reader` gets the import day. A blank cell leaves the value as it is; `<清空>` empties a column
    that `may_clear`. Without `is_kept` the value is checked and thrown away. `choices` are the
    words of the validation list; `is_text` asks for the text format, so that zeros stay.
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
    others: Sequence[str] = ()

    @property
    def headings(self) -> tuple[str, ...]:
        """All headings under which the column is recognised, in the terms of every city."""
        return (*variants(self.own), self.en, self.key, *self.others)

    @property
    def zh(self) -> str:
        """The Chinese heading, in the terms of the city."""
        return in_terms(self.own)


@dataclass(frozen=True)
class SheetKind:
    """A sheet: its name in both languages, the column that identifies a row, its columns."""

    own: str
    en: str
    key: str
    columns: Sequence[Column]

    @property
    def zh(self) -> str:
        """The Chinese name, in the terms of the city."""
        return in_terms(self.own)

    @property
    def titles(self) -> tuple[str, ...]:
        """All names under which the sheet is recognised."""
        return (*variants(self.own), self.en)

    @property
    def headings(self) -> Mapping[str, Sequence[str]]:
        """Column key -> headings."""
        return {column.key: column.headings for column in self.columns}

    @property
    def by_key(self) -> Mapping[str, Column]:
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
    """Return a stored value as it would stand in the sheet; — for None."""
    if value is None:
        return "—"
    if isinstance(value, date):
        return value.isoformat()
    words = {choice: word for word, choice in _CHOICES.get(key, {}).items()}
    return words.get(value, str(value))

"""Findings of an import: errors, remarks and notices as untranslated data. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SECRET = {"id_number", "phone"}
KEPT_VALUE = 80  # characters of a value in a report


@dataclass(frozen=True)
class Finding:
    """A finding about a cell. `problem` and `advice` are message ids with `params`.

    `row` is the row number in Excel; `column` is a column key, "" for the whole row.
    """

    sheet: str
    row: int
    column: str
    value: str
    problem: str
    advice: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    is_error: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return what a report keeps."""
        return {**asdict(self), "params": dict(self.params)}


@dataclass(frozen=True)
class FileNotice:
    """A notice about the whole file."""

    message: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return what a report keeps."""
        return {"message": self.message, "params": dict(self.params)}


def kept(column: str, value: str) -> str:
    """Return a value for a report: truncated, personal numbers masked."""
    if column in SECRET:
        return f"{value[:3]}{'*' * max(len(value) - 7, 1)}{value[-4:]}" if len(value) > 7 else "***"  # noqa: PLR2004
    return value if len(value) <= KEPT_VALUE else value[:KEPT_VALUE] + "…"

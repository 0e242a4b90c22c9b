"""What an import finds: errors, remarks and notices, as data that any language can show. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SECRET = {"id_number", "phone"}
KEPT_VALUE = 80  # characters of a value that a report repeats


@dataclass(frozen=True)
class Finding:
    """Something about one cell. `problem` and `advice` are message ids with `params`.

    `row` is the number that Excel shows; `column` the key of the column, "" for the whole row.
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
class Notice:
    """Something about the whole file."""

    message: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return what a report keeps."""
        return {"message": self.message, "params": dict(self.params)}


def kept(column: str, value: str) -> str:
    """Return a value as a report may keep it: short, and without what is personal."""
    if column in SECRET:
        return f"{value[:3]}{'*' * max(len(value) - 7, 1)}{value[-4:]}" if len(value) > 7 else "***"  # noqa: PLR2004
    return value if len(value) <= KEPT_VALUE else value[:KEPT_VALUE] + "…"

"""Validation of a step's entry, field by field. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from evalsys.cases.engine.rules.machine import LONGEST, Field, FieldKind
from evalsys.cases.engine.rules.phones import without_phones
from evalsys.core.errors import N_, DomainError
from evalsys.organisation.periods.rules import parse_period

LONGEST_LINE = 200
YEARS = range(1900, 2200)  # What else is typed for one is a slip.
BETWEEN_CODES = re.compile(r"[\s,，、;；]+")


class BadEntry(DomainError):
    """A field of a step is missing or invalid."""

    message = N_("%(field)s: %(problem)s")
    status = 400


def check_entry(fields: Sequence[Field], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with texts stripped, without phone numbers, and without empty fields.

    Raises BadEntry.
    """
    clean: dict[str, Any] = {}
    for field in fields:
        value = entry.get(field.name)
        value = value.strip() if isinstance(value, str) else value
        if field.kind is FieldKind.SECTIONS and value:
            value = " ".join(codes_in(value))
        if value is None or value is False or value == "":  # 0 is a value.
            if field.is_required:
                raise BadEntry(field=field.label, problem=N_("Please fill this in."))
            continue
        problem = _problem(field, value)
        if problem:
            raise BadEntry(field=field.label, problem=problem)
        if field.kind is FieldKind.SECTIONS:
            _check_once(field, codes_in(value))
        clean[field.name] = _stored(field, value)
    return clean


def codes_in(text: str) -> list[str]:
    """Return the codes of a text, which spaces, commas, semicolons or line breaks separate."""
    return [code for code in BETWEEN_CODES.split(text) if code]


def _stored(field: Field, value: Any) -> Any:
    if field.kind in {FieldKind.TEXT, FieldKind.ANSWERS}:
        return without_phones(value)
    return value.isoformat() if isinstance(value, date) else value


def numbered(answers: Sequence[str]) -> str:
    """Return answers as one text, each with the number of its point."""
    return "\n".join(f"{n}. {answer.strip()}" for n, answer in enumerate(answers, 1))


def answered(points: int, text: str) -> int | None:
    """Return the number of the first point without an answer in a numbered text, or None."""
    numbers = {int(match[1]) for match in re.finditer(r"(?m)^(\d{1,2})\. ?\S", text)}
    return next((n for n in range(1, points + 1) if n not in numbers), None)


def _problem(field: Field, value: Any) -> str:
    """Return why a value is invalid, or ""."""
    match field.kind:
        case FieldKind.CHOICE:
            return "" if value in field.choices else N_("This is not one of the choices")
        case FieldKind.NUMBER:
            is_number = isinstance(value, int) and field.low <= value <= field.high
            return "" if is_number else N_("This number is not possible")
        case FieldKind.DAY:
            return "" if _is_day(value) else N_("This is not a date")
        case FieldKind.TICK | FieldKind.PERIODS:
            is_valid = value is True if field.kind is FieldKind.TICK else _are_periods(value)
            return "" if is_valid else N_("This is not one of the choices")
        case FieldKind.TEXT | FieldKind.ANSWERS:
            return "" if len(value) <= LONGEST else N_("This is too long")
        case _:
            return "" if len(value) <= LONGEST_LINE else N_("This is too long")


def _check_once(field: Field, codes: Sequence[str]) -> None:
    """Raise BadEntry for a code that stands twice in a list."""
    for place, code in enumerate(codes):
        if code in codes[:place]:
            raise BadEntry(field=field.label, problem=N_("%(code)s is named twice."), code=code)


def _are_periods(codes: str) -> bool:
    try:
        return all(parse_period(code) for code in codes.split())
    except DomainError:
        return False


def _is_day(value: Any) -> bool:
    if isinstance(value, date):
        return value.year in YEARS
    try:
        return date.fromisoformat(value).year in YEARS
    except (TypeError, ValueError):
        return False

"""The registry of case registers, which features add in their `init_app`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app

from evalsys.core.errors import Text
from evalsys.core.permissions import Role
from evalsys.foundation.spreadsheets.model import Sheet
from evalsys.personnel.sheets.request import CaseRequest

OFFICE = frozenset({Role.HR, Role.LEADER, Role.SYSTEM})


@dataclass(frozen=True)
class Register:
    """A workbook of cases: name in URLs, title, contents, sheet, readers.

    The rows of the sheet have a `case`; `lists` is a msgid.
    """

    name: str
    title: Text
    lists: str
    sheet: Callable[[CaseRequest], Sheet[Any]]
    readers: frozenset[Role] = OFFICE


def add_register(app: Flask, register: Register) -> None:
    """Register a register. Raises ValueError if the name is taken."""
    registers = app.extensions.setdefault("evalsys.registers", {})
    if register.name in registers:
        raise ValueError(f"two registers named {register.name}")
    registers[register.name] = register


def registers_of(app: Flask) -> Mapping[str, Register]:
    """Return the registers of an application, by name."""
    registers: dict[str, Register] = app.extensions.get("evalsys.registers", {})
    return registers


def all_registers() -> Mapping[str, Register]:
    """Return every register, by name."""
    return registers_of(current_app)

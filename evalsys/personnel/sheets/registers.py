"""The registers of cases that an application knows: each feature brings its own."""

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
    """A workbook of cases: its name in the address, title, what it lists, sheet, who may have it.

    The sheet is of rows with a `case`; `lists` is a message id.
    """

    name: str
    title: Text
    lists: str
    sheet: Callable[[CaseRequest], Sheet[Any]]
    readers: frozenset[Role] = OFFICE


def add_register(app: Flask, register: Register) -> None:
    """Let a feature bring a register. Raises ValueError for a second one of the name."""
    registers = app.extensions.setdefault("evalsys.registers", {})
    if register.name in registers:
        raise ValueError(f"two registers named {register.name}")
    registers[register.name] = register


def registers_of(app: Flask) -> Mapping[str, Register]:
    """Return the registers that an application knows, by name."""
    registers: dict[str, Register] = app.extensions.get("evalsys.registers", {})
    return registers


def all_registers() -> Mapping[str, Register]:
    """Return every register, by name."""
    return registers_of(current_app)

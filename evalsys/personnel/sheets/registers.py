"""The registry of case registers, which features add in their `init_app`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask

from evalsys.core.errors import Text
from evalsys.core.permissions import Role
from evalsys.foundation.registry import Registry
from evalsys.foundation.spreadsheets.model import Sheet
from evalsys.personnel.sheets.request import CaseRequest

OFFICE = frozenset({Role.HR, Role.LEADER, Role.SYSTEM})


def no_more(_request: CaseRequest) -> Sequence[Sheet[Any]]:
    """Return no further sheets."""
    return ()


@dataclass(frozen=True)
class Register:
    """A workbook of cases: name in URLs, title, contents, sheet, readers.

    The rows of the sheet have a `case`, None if there is no case; `lists` is a msgid. `more` are
    sheets of sums beside it.
    """

    name: str
    title: Text
    lists: str
    sheet: Callable[[CaseRequest], Sheet[Any]]
    readers: frozenset[Role] = OFFICE
    more: Callable[[CaseRequest], Sequence[Sheet[Any]]] = no_more


REGISTERS = Registry[Register]("registers", "registers")
registers_of, all_registers = REGISTERS.of, REGISTERS.all


def add_register(app: Flask, register: Register) -> None:
    """Register a register. Raises ValueError if the name is taken."""
    REGISTERS.add(app, register.name, register)

"""Use case: the change of one person, as a file of one row that is checked before it is written."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from evalsys.core.errors import N_, DomainError
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Section, Staff
from evalsys.roster.check import Reading, check_roster
from evalsys.roster.models import RosterBatch
from evalsys.roster.people.sheets import RosterRequest, write_rows
from evalsys.roster.plan.changes import Naming
from evalsys.roster.words import EMPTIED

NOTHING = N_("Nothing was changed: change a field, or go back.")
NO_SECTION = N_("Choose the section: a person without one cannot be changed.")


class Leads(StrEnum):
    """Whether a person leads their section from now on."""

    STAYS = ""
    YES = "yes"
    NO = "no"


@dataclass(frozen=True)
class PersonChange:
    """A change of one person, with its reason.

    `cells` are those of the import that change, `code` is the section after the change. `led` is
    the section that the person leads now, if they do.
    """

    staff: Staff
    cells: Mapping[str, Any]
    code: str | None
    reason: str
    leads: Leads = Leads.STAYS
    chief_since: date | None = None
    led: Section | None = None

    @property
    def chief_row(self) -> dict[str, Any]:
        """The row of the section whose chief changes; empty if none does."""
        if self.leads is Leads.YES:
            number, since = self.staff.number, self.chief_since
            return {"code": self.code, "chief_number": number, "chief_since": since}
        if self.leads is Leads.NO and self.led is not None:
            return {"code": self.led.code, "chief_number": EMPTIED}
        return {}


def check_change(actor: Actor, change: PersonChange, *, now: datetime) -> RosterBatch:
    """Store a change with its dry run, as an import of one row.

    A posting that ends bears the reason. Raises DomainError.
    """
    staff, chief = change.staff, change.chief_row
    if not change.cells and not chief:
        raise DomainError(NOTHING)
    if not change.code:
        raise DomainError(NO_SECTION)
    row = {"number": staff.number, "name": staff.name, "section_code": change.code, **change.cells}
    if {"left_on", "section_code"} & change.cells.keys():
        row["left_reason"] = change.reason
    on = local_day(now)
    request = RosterRequest(actor, on, "zh", now)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "change.xlsx"
        write_rows(request, [chief] if chief else [], [row], path)
        content = path.read_bytes()
    name = f"{staff.name}（{staff.number}）.xlsx"
    names = {staff.number: Naming.NEW}
    how = Reading(name, on, complete=False, reason=change.reason, names=names)
    return check_roster(actor, content, how, now=now)

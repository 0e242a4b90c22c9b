"""Use case: the change of one person, as a file of one row that is checked before it is written."""

import tempfile
from collections.abc import Mapping
from datetime import datetime
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

NOTHING = N_("Nothing was changed: change a field, or go back.")
NO_SECTION = N_("Choose the section: a person without one cannot be changed.")


def check_change(  # noqa: PLR0913  # Each stands in the form.
    actor: Actor,
    staff: Staff,
    people: Mapping[str, Any],
    chief: Mapping[str, Any],
    reason: str,
    *,
    code: str | None,
    now: datetime,
) -> RosterBatch:
    """Store a change with its dry run, as an import of one row.

    `people` are the cells that change; `chief` those of a section, if its chief does. `code` is the
    person's section, after the change. A posting that ends bears the reason. Raises DomainError.
    """
    if not people and not chief:
        raise DomainError(NOTHING)
    if not code:
        raise DomainError(NO_SECTION)
    row = {"number": staff.number, "name": staff.name, "section_code": code, **people}
    if {"left_on", "section_code"} & people.keys():
        row["left_reason"] = reason
    on = local_day(now)
    request = RosterRequest(actor, on, "zh", now)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "change.xlsx"
        write_rows(request, [chief] if chief else [], [row], path)
        content = path.read_bytes()
    name = f"{staff.name}（{staff.number}）.xlsx"
    names = {staff.number: Naming.NEW}
    how = Reading(name, on, complete=False, reason=reason, names=names)
    return check_roster(actor, content, how, now=now)


def chief_row(section: Section, number: str | None, since: Any) -> dict[str, Any]:
    """Return the row of a section whose chief changes."""
    return {"code": section.code, "chief_number": number, "chief_since": since}

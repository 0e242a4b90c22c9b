"""Remedies as shown in the registers of other cases."""

from collections.abc import Iterable, Sequence

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.queries import select_cases
from evalsys.core.errors import N_, Text
from evalsys.core.permissions import Role
from evalsys.foundation.spreadsheets.model import Value
from evalsys.foundation.spreadsheets.words import NONE, PAUSE, join
from evalsys.personnel.remedies.service import REMEDY_KIND
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import CaseLine, read_lines
from evalsys.personnel.sheets.words import stage_words


def remedies_against(
    request: CaseRequest, case_ids: Iterable[int]
) -> dict[int, list[CaseLine]] | None:
    """Return case id -> the remedies against it; None for chiefs.

    A chief must not learn who applied for one against their decision.
    """
    if request.actor.role is Role.CHIEF:
        return None
    query = select_cases(request.actor, on=request.on, kind=REMEDY_KIND.name)
    by_case: dict[int, list[CaseLine]] = {}
    for line in read_lines(query.where(Subject.origin_id.in_(list(case_ids)))):
        by_case.setdefault(line.case.origin_id or 0, []).append(line)
    return by_case


def remedy_words(remedies: Sequence[CaseLine] | None) -> Value:
    """Return the outcome of each remedy, else its stage."""
    if remedies is None:
        return NONE
    parts = list[Text]()
    for line in remedies:
        outcome = line.chosen("outcome", "decide", "decide_appeal")
        stage = stage_words(line.case)
        parts.append(stage if outcome == NONE else join([stage, outcome], PAUSE))
    return join(parts) if parts else N_("none")

"""The workbook 重算表."""

from evalsys.core.errors import NP_
from evalsys.results.reports.sheets import counts
from evalsys.results.reports.sheets.recount.facts import read_recount
from evalsys.results.reports.sheets.recount.groups import (
    GROUP_FIELDS,
    UNIT_FIELDS,
    groups_recount,
    units_recount,
)
from evalsys.results.reports.sheets.recount.layout import GROUPS, MEMBERS, SECTIONS, UNITS, grid_of
from evalsys.results.reports.sheets.recount.members import FIELDS as MEMBER_FIELDS
from evalsys.results.reports.sheets.recount.members import members_recount
from evalsys.results.reports.sheets.recount.sections import FIELDS as SECTION_FIELDS
from evalsys.results.reports.sheets.recount.sections import sections_recount
from evalsys.results.reports.sheets.registry import Book, Sheets
from evalsys.results.reports.sheets.request import ExportRequest


def recount_sheets(request: ExportRequest) -> Sheets:
    """Return the sheets; what is compared is listed only where all of the result is in scope."""
    facts = read_recount(request)
    grids = {
        "sections": grid_of(SECTIONS, SECTION_FIELDS, request.lang),
        "members": grid_of(MEMBERS, MEMBER_FIELDS, request.lang),
        "groups": grid_of(GROUPS, GROUP_FIELDS, request.lang),
        "units": grid_of(UNITS, UNIT_FIELDS, request.lang),
    }
    return [
        sections_recount(facts, grids),
        members_recount(facts, grids),
        groups_recount(facts, grids),
        *([units_recount(facts, grids)] if facts.is_whole else []),
    ]


RECOUNT = Book(
    "recount",
    NP_("sheet", "Recount"),
    recount_sheets,
    counts.count_members,
    counts.members_named,
)

"""The workbooks of results: ranking, members, distribution, and all of these together."""

from evalsys.core.errors import N_, NP_
from evalsys.results.reports.sheets import counts
from evalsys.results.reports.sheets.ballots.sheets import bad_reviews_sheet
from evalsys.results.reports.sheets.charts import ranking_chart, trend_sheet
from evalsys.results.reports.sheets.distribution import distribution_chart, distribution_sheet
from evalsys.results.reports.sheets.members import members_sheet
from evalsys.results.reports.sheets.ranking import ranking_sheet
from evalsys.results.reports.sheets.registry import SINGLE_BALLOTS, Book, Sheets
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.results.reports.sheets.work import section_work_sheet


def _report(request: ExportRequest) -> Sheets:
    """Return all sheets but 评价明细; bad reviews only for roles that may see single ballots."""
    may_see_ballots = request.actor.role in SINGLE_BALLOTS
    return [
        ranking_sheet(request),
        *ranking_chart(request),
        section_work_sheet(request),
        members_sheet(request),
        distribution_sheet(request),
        *distribution_chart(request),
        *([bad_reviews_sheet(request)] if may_see_ballots else []),
        *trend_sheet(request),
    ]


def _report_rows(request: ExportRequest) -> int:
    ballots = counts.count_bad_reviews(request) if request.actor.role in SINGLE_BALLOTS else 0
    return counts.count_members(request) + counts.count_shares(request) + ballots


RANKING = Book(
    "ranking",
    N_("Ranking of chiefs"),
    lambda request: [
        ranking_sheet(request),
        *ranking_chart(request),
        section_work_sheet(request),
    ],
    counts.count_sections,
    counts.chiefs_named,
)
MEMBERS = Book(
    "members",
    NP_("sheet", "Members"),
    lambda request: [members_sheet(request)],
    counts.count_members,
    counts.members_named,
)
DISTRIBUTION = Book(
    "distribution",
    NP_("sheet", "Distribution"),
    lambda request: [distribution_sheet(request), *distribution_chart(request)],
    counts.count_shares,
    counts.chiefs_named,
)
REPORT = Book("report", NP_("sheet", "All reports"), _report, _report_rows, counts.members_named)

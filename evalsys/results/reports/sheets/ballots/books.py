"""The workbooks of single ballots, for the personnel office only."""

from evalsys.core.errors import NP_
from evalsys.results.reports.sheets import counts
from evalsys.results.reports.sheets.ballots.reasons import reasons_sheet
from evalsys.results.reports.sheets.ballots.reviews import cases_sheet, count_cases
from evalsys.results.reports.sheets.ballots.sheets import (
    BAD_REVIEWS,
    bad_reviews_sheet,
    ratings_sheet,
)
from evalsys.results.reports.sheets.registry import Book

LOW = Book(
    "bad-reviews",
    BAD_REVIEWS,
    lambda request: [bad_reviews_sheet(request), reasons_sheet(request), cases_sheet(request)],
    lambda request: counts.count_bad_reviews(request) + count_cases(request),
    counts.badly_rated_named,
    is_single=True,
)
RATINGS = Book(
    "ratings",
    NP_("sheet", "Ratings"),
    lambda request: [ratings_sheet(request)],
    counts.count_ratings,
    counts.rated_named,
    is_single=True,
)

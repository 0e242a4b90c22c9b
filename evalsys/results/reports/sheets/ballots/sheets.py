"""The sheets 差评台账 and 评价明细: single ballots, for the personnel office only."""

from collections.abc import Iterator
from typing import NamedTuple

from evalsys.core.errors import N_, NP_
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value, WordTint
from evalsys.foundation.spreadsheets.words import NO, YES
from evalsys.organisation.policies.words import DIMENSION_WORDS
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.ratings.ballots.words import EXCLUSIONS, LEVEL_WORDS, UNKNOWN
from evalsys.results.reports.sheets.ballots.crowd import Crowd, read_crowd
from evalsys.results.reports.sheets.ballots.rows import (
    BallotRow,
    count_bad,
    exclusion_of,
    read_ballots,
    scorer,
)
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.results.reports.sheets.words import HIDDEN, RATER_GROUPS

BAD_REVIEWS = N_("Bad reviews")
RATINGS = NP_("sheet", "Ratings")
LOW = (
    WordTint(LEVEL_WORDS[1], "A9C3DD"),
    WordTint(LEVEL_WORDS[2], "E6EEF6"),
)
PRIVACY = N_(
    "below the minimum in the base period: without names, all of an organ together; not listed at "
    "all where these are too few as well"
)


class BadReview(NamedTuple):
    """A row of the register: its number and the ballot."""

    number: int
    ballot: BallotRow


def bad_reviews_sheet(request: ExportRequest) -> Sheet[BadReview]:
    """Return the sheet 差评台账: every ballot with a level of 不满意 or 非常不满意."""
    crowd = read_crowd(request)
    ballots = read_ballots(request, crowd, bad=True)
    rows = (BadReview(number, ballot) for number, ballot in enumerate(ballots, start=1))
    return Sheet(BAD_REVIEWS, _register(), rows, count_bad(request, crowd), frozen=2)


def ratings_sheet(request: ExportRequest) -> Sheet[BallotRow]:
    """Return the sheet 评价明细: every ballot of the period, streamed."""
    crowd = read_crowd(request, is_complete=True)
    return _ratings(request, crowd)


def _ratings(request: ExportRequest, crowd: Crowd) -> Sheet[BallotRow]:
    score = scorer(request.rules.dimension_weights)

    def points(row: BallotRow) -> Value:
        value = score(row.levels)
        return UNKNOWN if value is None else value

    columns = (
        *_who(),
        *(_number(name, place) for place, name in enumerate(DIMENSION_WORDS)),
        Column[BallotRow](
            NP_("sheet", "Ballot score"),
            points,
            CellKind.SCORE,
            N_("F1: weighted mean of the answered dimensions"),
        ),
        *_counts(),
    )
    return Sheet(RATINGS, columns, read_ballots(request, crowd), crowd.ballots, frozen=2)


def _register() -> tuple[Column[BadReview], ...]:
    return (
        Column(
            N_("No."),
            lambda row: row.number,
            CellKind.WHOLE,
            N_("within this sheet; says nothing of the order"),
        ),
        *(_in_register(column) for column in _who()),
        *(_words(name, place) for place, name in enumerate(DIMENSION_WORDS)),
        *(_in_register(column) for column in _counts()),
    )


def _who() -> Iterator[Column[BallotRow]]:
    """Yield the columns of section, person and rater group, hidden where not named."""
    yield Column(N_("Section"), lambda row: row.section or HIDDEN, meaning=PRIVACY)
    yield Column(N_("Staff number"), lambda row: row.number or HIDDEN, CellKind.CODE, PRIVACY)
    yield Column(N_("Name"), lambda row: row.name or HIDDEN, meaning=PRIVACY)
    yield Column(
        NP_("sheet", "Rater group"),
        lambda row: RATER_GROUPS[RaterGroup(row.group)] if row.group else HIDDEN,
        meaning=PRIVACY,
    )


def _counts() -> Iterator[Column[BallotRow]]:
    yield Column(
        NP_("sheet", "Counts"),
        lambda row: NO if row.excluded else YES,
        meaning=N_("set aside ballots stay and do not count"),
    )
    yield Column(
        N_("Reason for setting aside"),
        lambda row: EXCLUSIONS[reason] if (reason := exclusion_of(row)) else None,
        meaning=N_("decided by a named person, on grounds"),
    )


def _in_register(column: Column[BallotRow]) -> Column[BadReview]:
    return Column(column.heading, lambda row: column.value(row.ballot), column.kind, column.meaning)


def _number(name: str, place: int) -> Column[BallotRow]:
    meaning = N_("5 very satisfied … 1; blank: not known")
    return Column(
        DIMENSION_WORDS[name], lambda row: row.levels[place] or None, CellKind.WHOLE, meaning
    )


def _words(name: str, place: int) -> Column[BadReview]:
    def value(row: BadReview) -> Value:
        level = row.ballot.levels[place]
        return LEVEL_WORDS[level] if level else UNKNOWN

    return Column(
        DIMENSION_WORDS[name],
        value,
        meaning=N_("the level that was chosen"),
        word_tints=LOW,
    )

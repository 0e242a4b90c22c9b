"""What a rater adds to a ballot goes its own way when the ballot is counted.

The words, the reasons and the report of pressure leave the intake with the ballot, but never meet
it again: words have random keys and stand in the order of these, the rest are totals, and none
carries levels. Numbers to call were lifted before (ratings.lifting).
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from evalsys.foundation.rows import add_new_rows, add_rows
from evalsys.ratings.ballots.models import Comment, CommentState
from evalsys.ratings.ballots.rules import reasons_of
from evalsys.ratings.ballots.sealing import Waiting
from evalsys.ratings.counting.spent_models import RatedTicket
from evalsys.ratings.counting.tallies import add_pressure, add_reasons


def move_comments(rows: Sequence[Waiting]) -> int:
    """Store the words of intake rows for review, and return how many there are (a step)."""
    comments = {
        secrets.token_hex(16): {
            "base_period": row.base_period,
            "section_id": row.section_id,
            "staff_id": row.staff_id,
            "body": row.comment,
            "state": CommentState.PENDING,
        }
        for row in rows
        if row.comment
    }
    add_rows(Comment, [{"id": key, **comments[key]} for key in sorted(comments)])
    return len(comments)


def fold_pressure(rows: Sequence[Waiting]) -> None:
    """Count which sections asked for good ratings (a step)."""
    add_pressure(Counter((row.base_period, row.section_id) for row in rows if row.pressured))


def note_rated(rows: Sequence[Waiting]) -> None:
    """Note, under a name that only its holder knows, that a ticket was used (a step)."""
    add_new_rows(RatedTicket, [{"tag": tag} for tag in sorted({row.tag for row in rows})])


def fold_reasons(rows: Iterable[Any]) -> None:
    """Count which reasons were ticked: not even the counting leaves them beside levels (a step)."""
    add_reasons(
        Counter(
            (row.base_period, row.section_id, row.staff_id, reason.number)
            for row in rows
            for reason in reasons_of(row.reasons)
        )
    )

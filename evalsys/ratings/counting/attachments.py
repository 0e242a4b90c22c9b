"""Comments, reasons and reports of pressure, split from their ballots by counting.

They leave the intake with the ballot and are never joined to it again: comments get random keys and
are stored in their order, the rest are totals, and none has levels. Callback numbers are lifted
before (`contacts.lifting`).
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from evalsys.foundation.rows import add_new_rows, add_rows
from evalsys.ratings.ballots.models import Comment, CommentState
from evalsys.ratings.ballots.rules import reasons_of
from evalsys.ratings.ballots.sealing import WaitingBallot
from evalsys.ratings.counting.spent_models import RatedTicket
from evalsys.ratings.counting.tallies import add_pressure, add_reasons


def move_comments(rows: Sequence[WaitingBallot]) -> int:
    """Store the comments of intake rows for review; return how many there are."""
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


def fold_pressure(rows: Sequence[WaitingBallot]) -> None:
    """Count the reports of pressure per section."""
    add_pressure(Counter((row.base_period, row.section_id) for row in rows if row.pressured))


def note_rated(rows: Sequence[WaitingBallot]) -> None:
    """Store the tag of each ticket used, which only its holder can derive."""
    add_new_rows(RatedTicket, [{"tag": tag} for tag in sorted({row.tag for row in rows})])


def fold_reasons(rows: Iterable[Any]) -> None:
    """Count the reasons ticked, apart from any levels."""
    add_reasons(
        Counter(
            (row.base_period, row.section_id, row.staff_id, reason.number)
            for row in rows
            for reason in reasons_of(row.reasons)
        )
    )

"""The import of past ratings: checked as a whole, then stored in one short transaction.

The rows are read and checked before the transaction begins, so that on SQLite citizens wait only
while rows are written. No time finer than the base period is kept, and the ids are random: nothing
leads from a rating back to its row.
"""

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from evalsys.core.audit import AuditEvent, unit_of_work
from evalsys.core.errors import N_, NotAllowed
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.jobs.handlers import Progress
from evalsys.org.models import Posting
from evalsys.periods.queries import sealed_among
from evalsys.periods.rules import parse_period
from evalsys.ratings.past import (
    ImportedBefore,
    ImportPlan,
    PastRating,
    PeriodClosed,
    RowProblem,
    Seat,
)
from evalsys.ratings.past_check import Checked, check_rows
from evalsys.ratings.past_org import create_organisation, section_ids, staff_ids
from evalsys.ratings.tallies import Ballot, lock_tallies, store_ratings


@dataclass(frozen=True)
class PastSummary:
    """What an import stored.

    `seatless` counts the ratings of people who, as far as their postings say, were never in that
    section in that base period: they have no seat (F3) and enter no chief's sum until the postings
    are mended. Key: staff number, section code, base period.
    """

    ratings: int
    batch_id: int
    sections: int
    staff: int
    seatless: Counter[Seat]


def import_ratings(
    actor: Actor,
    rows: Iterable[PastRating | RowProblem],
    plan: ImportPlan,
    *,
    on: date,
    progress: Progress | None = None,
) -> PastSummary:
    """Store past ratings, all or nothing; `progress` counts rows.

    Raises ImportRefused with a report of everything that is wrong, NothingToImport,
    ImportedBefore, PeriodClosed or NotAllowed.
    """
    if not actor.may(Action.RATING_IMPORT):
        raise NotAllowed
    progress = progress or Progress()
    checked = check_rows(rows, on=on, create_org=plan.create_org, progress=progress)
    progress.begin(len(checked.rows), N_("Storing ratings"))
    with unit_of_work(actor) as unit:
        lock_tallies()
        _check_still_new(checked, again=plan.again)
        if checked.is_organisation_incomplete:
            create_organisation(unit, checked.report.sections, checked.postings, checked.since)
        batch = store_ratings(unit, _ballots(checked), on=on, progress=progress)
        new = {"sections": len(checked.report.sections), "staff": len(checked.report.staff)}
        facts = {"file": plan.name, "sha256": checked.digest, "ratings": batch.ballots, **new}
        unit.record(Action.RATING_IMPORT, batch, **facts)
        batch_id = batch.id
    return PastSummary(
        ratings=len(checked.rows), batch_id=batch_id, seatless=_seatless(checked), **new
    )


def _check_still_new(checked: Checked, *, again: bool) -> None:
    """Look once more, now that nobody else can write. Raises PeriodClosed or ImportedBefore."""
    sealed = sealed_among(checked.spans)
    if sealed:
        raise PeriodClosed(codes=", ".join(sorted(sealed)))
    before = None if again else _find_import(checked.digest)
    if before is not None:
        raise ImportedBefore(rows=len(checked.rows), day=local_day(before.at).isoformat())


def _find_import(digest: str) -> AuditEvent | None:
    return db.session.scalars(
        select(AuditEvent).where(
            AuditEvent.action == Action.RATING_IMPORT,
            AuditEvent.details["sha256"].as_string() == digest,
        )
    ).first()


def _ballots(checked: Checked) -> list[Ballot]:
    """Give each row a random id: in the order of ids the rows are shuffled."""
    sections, staff = section_ids(), staff_ids()
    return [
        Ballot(
            secrets.token_bytes(16),
            row.base_period,
            sections[row.section][0],
            staff[row.staff],
            row.rater_group,
            row.service_type,
            row.channel,
            *row.levels,
        )
        for row in checked.rows
    ]


def _seatless(checked: Checked) -> Counter[Seat]:
    """Return the ratings for which there is no seat."""
    ratings = Counter((row.staff, row.section, row.base_period) for row in checked.rows)
    sections, staff = section_ids(), staff_ids()
    used = {sections[section][0] for _, section, _ in ratings}
    postings: dict[tuple[int, int], list[Posting]] = {}
    for posting in db.session.scalars(select(Posting).where(Posting.section_id.in_(used))):
        postings.setdefault((posting.staff_id, posting.section_id), []).append(posting)
    return Counter(
        {
            seat: number
            for seat, number in ratings.items()
            if not any(
                _touches(posting, seat[2])
                for posting in postings.get((staff[seat[0]], sections[seat[1]][0]), ())
            )
        }
    )


def _touches(posting: Posting, code: str) -> bool:
    span = parse_period(code)
    return posting.started_on <= span.ends_on and (
        posting.ended_on is None or posting.ended_on >= span.starts_on
    )

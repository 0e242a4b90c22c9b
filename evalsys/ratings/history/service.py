"""The import of past ratings: validated as a whole, stored in chunks, published at once.

All rows are validated before anything is written; `chunks` stores them so that submits hardly wait,
all or nothing. No time finer than the base period is kept and the ids are random: no rating can be
traced to its row.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from evalsys.core.audit import AuditEvent, Unit, unit_of_work
from evalsys.core.errors import N_, DomainError, Joined, NotAllowed
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.spreadsheets.words import COMMA
from evalsys.organisation.org.models import Posting
from evalsys.organisation.periods.queries import sealed_among
from evalsys.organisation.periods.rules import parse_period, period_message
from evalsys.ratings.ballots.models import Channel
from evalsys.ratings.counting.tallies import Ballot, fold, lock_tallies
from evalsys.ratings.history.check import Checked, check_rows
from evalsys.ratings.history.chunks import (
    SeatName,
    drop,
    import_lock,
    publish_staged,
    row_of,
    seat_of,
    settle,
    stage,
)
from evalsys.ratings.history.organisation import create_organisation, section_ids, staff_ids
from evalsys.ratings.history.plan import ImportPlan, PastRating, RowProblem, Seat


@dataclass(frozen=True)
class PastSummary:
    """The result of an import.

    `seatless` counts ratings of people who, by their postings, were never in that section in that
    base period: they have no seat (F3) and enter no chief's score until the postings are corrected.
    Key: staff number, section code, base period.
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

    Raises ImportRefused with every problem, DomainError or NotAllowed.
    """
    if not actor.may(Action.RATING_IMPORT):
        raise NotAllowed
    progress = progress or Progress()
    checked = check_rows(rows, on=on, create_org=plan.create_org, progress=progress)
    new = {"sections": len(checked.report.sections), "staff": len(checked.report.staff)}
    with import_lock():
        settle()
        _check_still_new(checked, again=plan.again)
        progress.begin(len(checked.rows), N_("Storing ratings"))
        key = stage(actor, *_staged(checked), on=on, progress=progress)
        try:
            with unit_of_work(actor) as unit:
                batch_id = _publish(unit, checked, plan, key, on=on)
        except BaseException:
            drop(key)
            raise
        progress.begin(len(checked.rows), N_("Putting ratings in their place"))
        settle(progress)
    return PastSummary(
        ratings=len(checked.rows), batch_id=batch_id, seatless=_seatless(checked), **new
    )


def _publish(unit: Unit, checked: Checked, plan: ImportPlan, key: int, *, on: date) -> int:
    """Publish the staged import in one short transaction; return the batch id."""
    lock_tallies()
    _check_still_new(checked, again=plan.again)
    if checked.is_organisation_incomplete:
        create_organisation(unit, checked.report.sections, checked.postings, checked.since)
    batch = publish_staged(key, len(checked.rows), on=on)
    new = {"sections": len(checked.report.sections), "staff": len(checked.report.staff)}
    facts = {"file": plan.name, "sha256": checked.digest, "ratings": batch.ballots, **new}
    unit.record(Action.RATING_IMPORT, batch, **facts)
    return batch.id


def _check_still_new(checked: Checked, *, again: bool) -> None:
    """Check again under the lock. Raises DomainError."""
    sealed = sealed_among(checked.spans)
    if sealed:
        raise DomainError(
            N_("%(codes)s was closed meanwhile. Nothing was imported."),
            codes=Joined(tuple(map(period_message, sorted(sealed))), COMMA),
        )
    before = None if again else _find_import(checked.digest)
    if before is not None:
        raise DomainError(
            N_(
                "The same %(rows)s ratings were imported on %(day)s already. To count them twice, "
                "import them again with --again."
            ),
            rows=len(checked.rows),
            day=local_day(before.at).isoformat(),
        )


def _find_import(digest: str) -> AuditEvent | None:
    return db.session.scalars(
        select(AuditEvent).where(
            AuditEvent.action == Action.RATING_IMPORT,
            AuditEvent.details["sha256"].as_string() == digest,
        )
    ).first()


def _staged(
    checked: Checked,
) -> tuple[dict[SeatName, Mapping[str, int]], list[dict[str, Any]]]:
    """Return what each seat adds to its tally, and the rows with the number of their seat.

    Ids are random, so the order of ids is a shuffle. Default ratings are kept, but are in no tally.
    """
    sections = {code: n for n, code in enumerate(sorted({row.section for row in checked.rows}))}
    staff = {number: n for n, number in enumerate(sorted({row.staff for row in checked.rows}))}
    ballots = sorted(
        Ballot(
            secrets.token_bytes(16),
            row.base_period,
            sections[row.section],
            staff[row.staff],
            row.rater_group,
            row.service_type,
            row.channel,
            *row.levels,
        )
        for row in checked.rows
    )
    counts = fold(ballot for ballot in ballots if ballot.channel is not Channel.DEFAULT)
    keys = {key: n for n, key in enumerate(sorted({seat_of(ballot) for ballot in ballots}))}
    codes, people = list(sections), list(staff)
    seats = {
        (period, codes[section], people[person], group): counts.get(
            (period, section, person, group), {}
        )
        for period, section, person, group in keys
    }
    return seats, [row_of(ballot, keys[seat_of(ballot)]) for ballot in ballots]


def _seatless(checked: Checked) -> Counter[Seat]:
    """Count the ratings without a seat."""
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

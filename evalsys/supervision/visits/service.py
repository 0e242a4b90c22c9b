"""Use cases of front-line visits: log one, with its photos and its follow-up."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import FileStorage

from evalsys.cases.engine.models import Attachment
from evalsys.cases.engine.rules.phones import without_phones
from evalsys.cases.engine.twice import OnFile
from evalsys.cases.papers.rules import BadAttachment, Media
from evalsys.cases.papers.service import TooManyFiles, received
from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.organisation.org.models import Organ
from evalsys.supervision.matters.models import LONGEST_TITLE
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.matters.service import MatterEntry, open_matters
from evalsys.supervision.visits.models import Visit, VisitPhoto
from evalsys.supervision.visits.queries import find_by_key, find_place
from evalsys.supervision.visits.rules import (
    MOST_PHOTOS,
    VisitEntry,
    VisitOutcome,
    check_entry,
    title_of_matter,
)

PICTURES = frozenset({Media.JPEG, Media.PNG})
NO_PICTURE = N_("It is no photo. A visit takes JPEG and PNG.")


NO_PLACE = N_("Your account belongs to no section or organ on that day.")
KEY_OF_ANOTHER = N_("This entry was sent from another account already.")


class LoggedVisit(NamedTuple):
    """A visit on file; `is_new` says whether this entry brought it."""

    visit_id: int
    is_new: bool


def log_visit(
    actor: Actor, entry: VisitEntry, photos: Sequence[FileStorage] = (), *, now: datetime
) -> LoggedVisit:
    """Log a visit, once whatever is sent how often; a follow-up opens its matter.

    Raises DomainError, or as `received`; nothing is stored then.
    """
    check_entry(entry, local_day(now))
    sent = [file for file in photos if file and file.filename]
    if len(sent) > MOST_PHOTOS:
        raise TooManyFiles(most=MOST_PHOTOS)
    try:
        with received(sent) as stored, unit_of_work(actor) as unit:
            _check_new(entry)
            _check_pictures(stored)
            visit = _add(unit, entry, stored, now)
            return LoggedVisit(visit.id, is_new=True)
    except (OnFile, IntegrityError):  # The latter of two at once, on PostgreSQL.
        known = find_by_key(entry.key)
        if known is None:
            raise
        if known.user_id != actor.user_id:
            raise DomainError(KEY_OF_ANOTHER) from None
        return LoggedVisit(known.id, is_new=False)


def _check_new(entry: VisitEntry) -> None:
    if find_by_key(entry.key) is not None:
        raise OnFile


def _check_pictures(files: Sequence[Attachment]) -> None:
    for file in files:
        if file.media not in PICTURES:
            raise BadAttachment(file=file.name, problem=NO_PICTURE)


def _add(unit: Unit, entry: VisitEntry, files: Sequence[Attachment], now: datetime) -> Visit:
    place = find_place(unit.actor, entry.visited_on)
    if place is None or unit.actor.staff_id is None or unit.actor.user_id is None:
        raise DomainError(NO_PLACE)
    is_solved = entry.outcome is VisitOutcome.SOLVED
    visit = Visit(
        key=entry.key,
        user_id=unit.actor.user_id,
        staff_id=unit.actor.staff_id,
        section_id=place[0],
        organ_id=place[1],
        visited_on=entry.visited_on,
        place=without_phones(entry.place),
        found=without_phones(entry.found),
        outcome=entry.outcome,
        solved_how=without_phones(entry.solved_how or "") if is_solved else None,
        at=now,
        photos=[_photo(file) for file in files],
    )
    db.session.add(visit)
    db.session.flush()
    if entry.outcome is VisitOutcome.FOLLOW_UP:
        visit.matter_id = _follow_up(unit, visit, entry.organ_id or visit.organ_id, now)
    unit.record(Action.VISIT_LOG, visit, outcome=visit.outcome.value, photos=len(files))
    return visit


def _photo(file: Attachment) -> VisitPhoto:
    return VisitPhoto(
        name=file.name, media=file.media, size=file.size, digest=file.digest, stored=file.stored
    )


def _follow_up(unit: Unit, visit: Visit, organ_id: int, now: datetime) -> int:
    """Open the matter of a visit; return its id."""
    organ = db.session.get(Organ, organ_id)
    if organ is None:
        raise DomainError(N_("There is no such organ."), status=422)
    title = title_of_matter(visit.place, visit.found, LONGEST_TITLE)
    says = f"{visit.place}：{visit.found}"
    entry = MatterEntry(MatterSource.VISIT, organ, title, says, visit.number)
    by = unit.actor.user_id
    return open_matters(unit, [entry], now=now, opened_by=by)[0].id

"""A draft is opened, takes opinions until its last day, is answered by kinds, and published."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from flask import current_app

from evalsys.core.audit import unaudited_unit, unit_of_work
from evalsys.core.errors import N_, DomainError, NotFound, check_seen, mark_of
from evalsys.core.extensions import db, lock_row
from evalsys.core.permissions import Action, Actor
from evalsys.core.sealing import derive
from evalsys.ratings.ballots.queries import HeldTicket, get_ticket
from evalsys.reform.consultations.models import (
    CRITERIA,
    Consultation,
    ConsultationState,
    Opinion,
    OpinionKind,
    OpinionState,
    Verdict,
)
from evalsys.reform.consultations.queries import (
    count_kinds,
    count_states,
    get_consultation,
    get_kind,
    list_kinds,
    list_own_origins,
    origin_key,
)
from evalsys.reform.consultations.rules.codes import SECRET, may_take_part, opinion_key
from evalsys.reform.consultations.rules.figures import OpinionVoice
from evalsys.reform.consultations.rules.origins import origin_of

IS_OVER = N_("This consultation takes no more opinions.")
NOT_DRAFT = N_("It is public already: what people have read is not changed any more.")
DAY_PAST = N_("The last day has to be after today.")
NOT_OVER = N_("It still takes opinions: publish what came of it after the last day.")
TO_REVIEW = N_("%(count)s opinions wait for their review.")
TO_SORT = N_("%(count)s opinions belong to no kind yet: each is answered with its kind.")
TO_ANSWER = N_("The kind “%(title)s” has no answer yet.")
REASON_NEEDED = N_("Say why it is withheld: the reason stays with the opinion.")


OWN_SLIPS = N_(
    "This opinion came with the slips of a section of yours, from which many came: somebody else "
    "of the office decides on it."
)


@dataclass(frozen=True)
class DraftEntry:
    """What is put before the public."""

    title: str
    summary: str
    draft: str
    closes_on: date


@dataclass(frozen=True)
class OpinionEntry:
    """An opinion: who speaks, marks by criterion (None: skipped), words."""

    voice: OpinionVoice
    marks: Mapping[str, int | None]
    body: str | None


def code_key() -> bytes:
    """Return the key of the codes that are sent by mail."""
    return derive(str(current_app.config["SECRET_KEY"]), "consultation codes/v1")


def check_code(consultation: Consultation, code: bytes) -> bool:
    """Return whether a code opens the form of a consultation."""
    return may_take_part(code_key(), consultation.id, code, lambda secret: bool(_ticket(secret)))


def _ticket(secret: bytes) -> HeldTicket | None:
    with suppress(DomainError):
        return get_ticket(secret)
    return None


def _origin(consultation: Consultation, code: bytes) -> bytes | None:
    """Return the mark of the section whose slip a code stands on; of several, the first one's."""
    ticket = _ticket(code) if len(code) == SECRET else None
    if ticket is None:
        return None
    return origin_of(origin_key(), consultation.id, ticket.served[0].section_id)


def prepare(actor: Actor, entry: DraftEntry, *, on: date) -> Consultation:
    """Prepare a draft; nobody outside sees it. Raises DomainError if its last day is past."""
    _check_day(entry, on)
    with unit_of_work(actor) as unit:
        consultation = Consultation(**vars(entry), state=ConsultationState.DRAFT)
        db.session.add(consultation)
        unit.record(Action.CONSULTATION_KEEP, consultation, title=entry.title)
    return consultation


def change_draft(
    actor: Actor, consultation_id: int, entry: DraftEntry, *, seen: str, on: date
) -> None:
    """Change a draft that is not public yet. Raises DomainError.

    `seen` is the mark of what was shown; ChangedSince if a colleague was faster.
    """
    _check_day(entry, on)
    with unit_of_work(actor) as unit:
        consultation = _locked(consultation_id)
        if consultation.state is not ConsultationState.DRAFT:
            raise DomainError(NOT_DRAFT)
        check_seen(seen, consultation.mark)
        for name, value in vars(entry).items():
            setattr(consultation, name, value)
        unit.record(Action.CONSULTATION_KEEP, consultation, title=entry.title)


def _check_day(entry: DraftEntry, on: date) -> None:
    if entry.closes_on <= on:
        raise DomainError(DAY_PAST)


def _locked(consultation_id: int) -> Consultation:
    consultation = get_consultation(consultation_id)
    lock_row(consultation)
    return consultation


def open_draft(actor: Actor, consultation_id: int, *, on: date) -> None:
    """Put a draft before the public. Raises DomainError."""
    with unit_of_work(actor) as unit:
        consultation = _locked(consultation_id)
        if consultation.state is not ConsultationState.DRAFT:
            raise DomainError(NOT_DRAFT)
        if consultation.closes_on <= on:
            raise DomainError(DAY_PAST)
        consultation.state, consultation.opened_on = ConsultationState.OPEN, on
        unit.record(Action.CONSULTATION_KEEP, consultation, state="open")


def give_opinion(consultation: Consultation, code: bytes, entry: OpinionEntry, *, on: date) -> None:
    """Store an opinion, without an audit line: it would give it a time.

    The first one with a code counts. What comes later, a double click too, changes nothing and is
    answered alike: else whoever kept a code could find out by trying what was said with it. Raises
    DomainError after the last day.
    """
    if not consultation.is_open(on):
        raise DomainError(IS_OVER)
    key, number = opinion_key(consultation.id, code), consultation.id
    values = {**entry.marks, "voice": entry.voice, "body": entry.body}
    origin = _origin(consultation, code)
    with unaudited_unit():
        if db.session.get(Opinion, key) is not None:
            return
        state = OpinionState.PENDING if entry.body else OpinionState.WORDLESS
        opinion = Opinion(key=key, consultation_id=number, origin=origin, state=state, **values)
        db.session.add(opinion)


def add_kind(actor: Actor, consultation_id: int, title: str) -> OpinionKind:
    """Add a kind of opinion, to be answered. Raises NotFound or DomainError."""
    with unit_of_work(actor) as unit:
        consultation = _locked(consultation_id)
        _check_answerable(consultation)
        kind = OpinionKind(consultation_id=consultation_id, title=title)
        db.session.add(kind)
        unit.record(Action.CONSULTATION_KEEP, consultation, kind=title)
    return kind


def answer_kind(  # noqa: PLR0913  # Each is a part of the decision.
    actor: Actor, consultation_id: int, kind_id: int, verdict: Verdict, answer: str, *, seen: str
) -> None:
    """Answer a kind of opinion: what is adopted, or why it is not. Raises DomainError."""
    with unit_of_work(actor) as unit:
        consultation = _locked(consultation_id)
        _check_answerable(consultation)
        kind = get_kind(consultation_id, kind_id)
        lock_row(kind)
        check_seen(seen, kind.mark)
        kind.verdict, kind.answer = verdict, answer
        unit.record(Action.CONSULTATION_KEEP, consultation, kind=kind.title, verdict=verdict.value)


def _check_answerable(consultation: Consultation) -> None:
    if consultation.state is not ConsultationState.OPEN:
        raise DomainError(N_("Only while it is open are its opinions sorted and answered."))


def review_opinion(  # noqa: PLR0913  # Each is a part of the decision.
    actor: Actor,
    consultation_id: int,
    key: bytes,
    state: OpinionState,
    *,
    seen: str,
    kind_id: int | None,
    reason: str | None,
    on: date,
) -> None:
    """Decide whether others read the words of an opinion, and which kind it is.

    Raises NotFound, or DomainError if it is withheld without a reason, came with slips of a section
    of the actor that are stated, or a colleague decided on it after it was `seen`.
    """
    if state is OpinionState.WITHHELD and not reason:
        raise DomainError(REASON_NEEDED, status=422)
    with unit_of_work(actor) as unit:
        consultation = _locked(consultation_id)
        _check_answerable(consultation)
        opinion = db.session.get(Opinion, key)
        if opinion is None or opinion.consultation_id != consultation_id or not opinion.body:
            raise NotFound
        if opinion.origin in list_own_origins(actor, consultation, on):
            raise DomainError(OWN_SLIPS)
        lock_row(opinion)
        check_seen(seen, opinion.mark)
        opinion.state, opinion.reason = state, reason
        opinion.kind_id = None if kind_id is None else get_kind(consultation_id, kind_id).id
        unit.record(Action.CONSULTATION_KEEP, consultation, review=state.value)


def obstacles(consultation: Consultation, on: date) -> list[DomainError]:
    """Return what keeps the outcome of a consultation from being published."""
    if consultation.state is not ConsultationState.OPEN or not consultation.is_over(on):
        return [DomainError(NOT_OVER)]
    found = []
    if pending := count_states(consultation.id)[OpinionState.PENDING]:
        found.append(DomainError(TO_REVIEW, count=pending))
    if loose := count_kinds(consultation.id).get(None, 0):
        found.append(DomainError(TO_SORT, count=loose))
    kinds = list_kinds(consultation.id)
    found += [DomainError(TO_ANSWER, title=kind.title) for kind in kinds if kind.verdict is None]
    return found


def mark_of_answers(consultation_id: int) -> str:
    """Return the mark of the answers that are published with an outcome."""
    return mark_of(*(kind.mark for kind in list_kinds(consultation_id)))


def publish_outcome(
    actor: Actor, consultation_id: int, outcome: str, *, seen: str, on: date
) -> None:
    """Publish what came of a consultation, with the answer to each kind. Raises DomainError.

    `seen` is the mark of the answers; ChangedSince if a colleague changed one.
    """
    with unit_of_work(actor) as unit:
        consultation = _locked(consultation_id)
        db.session.expire_all()
        check_seen(seen, mark_of_answers(consultation_id))
        if found := obstacles(consultation, on):
            raise found[0]
        consultation.state, consultation.published_on = ConsultationState.PUBLISHED, on
        consultation.outcome = outcome
        unit.record(Action.CONSULTATION_KEEP, consultation, state="published")


def marks_of(values: Mapping[str, int | None]) -> dict[str, int | None]:
    """Return the marks by criterion, every one named; 0 and None are skipped."""
    return {name: values.get(name) or None for name in CRITERIA}

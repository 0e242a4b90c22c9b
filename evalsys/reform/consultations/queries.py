"""Reading consultations, opinions and their figures. They name nobody, so nobody's are hidden."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import current_app
from sqlalchemy import Select, func, select

from evalsys.core.errors import NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import Actor
from evalsys.core.sealing import derive
from evalsys.organisation.org.models import ChiefTerm, LeaderTerm, Posting, Section
from evalsys.organisation.org.queries import near_sections
from evalsys.organisation.policies.queries import rules_in_force
from evalsys.reform.consultations import limits
from evalsys.reform.consultations.models import (
    CRITERIA,
    Consultation,
    ConsultationState,
    Opinion,
    OpinionKind,
    OpinionState,
)
from evalsys.reform.consultations.rules.figures import OpinionVoice, mean_of, shares_of
from evalsys.reform.consultations.rules.origins import origin_of, shares_stated

FIRST_OF_KIND = 3  # opinions shown of each kind


def select_consultations(*, is_public: bool) -> Select[Consultation]:
    """Return the query for consultations, the latest first; `is_public` leaves out drafts."""
    query = select(Consultation).order_by(Consultation.closes_on.desc(), Consultation.id.desc())
    if is_public:
        query = query.where(Consultation.state != ConsultationState.DRAFT)
    return query


def get_consultation(consultation_id: int, *, is_public: bool = False) -> Consultation:
    """Return a consultation. Raises NotFound; a draft is not public."""
    found = db.session.get(Consultation, consultation_id)
    if found is None or (is_public and found.state is ConsultationState.DRAFT):
        raise NotFound
    return found


@dataclass(frozen=True)
class OpinionFigures:
    """What may be printed of the opinions: how many, their marks, the shares of who gave them."""

    total: int
    least: int
    means: Mapping[str, Decimal | None]
    shares: Mapping[OpinionVoice, Decimal] | None


def read_figures(consultation_id: int) -> OpinionFigures:
    """Return the figures of the opinions on a draft."""
    least = rules_in_force().min_n_display
    opinions = Opinion.consultation_id == consultation_id
    voices = select(Opinion.voice, func.count()).where(opinions).group_by(Opinion.voice)
    counts = {row[0]: row[1] for row in db.session.execute(voices)}
    marks = [getattr(Opinion, name) for name in CRITERIA]
    sums = select(*(func.count(mark) for mark in marks), *(func.sum(mark) for mark in marks))
    found = db.session.execute(sums.where(opinions)).one()
    means = {
        name: mean_of(found[place], found[place + len(CRITERIA)], least)
        for place, name in enumerate(CRITERIA)
    }
    return OpinionFigures(sum(counts.values()), least, means, shares_of(counts, least))


def list_kinds(consultation_id: int) -> Sequence[OpinionKind]:
    """Return the kinds of opinion on a draft, in the order of their entry."""
    query = select(OpinionKind).where(OpinionKind.consultation_id == consultation_id)
    return db.session.scalars(query.order_by(OpinionKind.id)).all()


def get_kind(consultation_id: int, kind_id: int) -> OpinionKind:
    """Return a kind of opinion. Raises NotFound."""
    kind = db.session.get(OpinionKind, kind_id)
    if kind is None or kind.consultation_id != consultation_id:
        raise NotFound
    return kind


def count_kinds(consultation_id: int) -> Mapping[int | None, int]:
    """Return how many opinions with words belong to each kind; None for those not sorted."""
    query = (
        select(Opinion.kind_id, func.count())
        .where(Opinion.consultation_id == consultation_id, Opinion.body.is_not(None))
        .group_by(Opinion.kind_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def count_states(consultation_id: int) -> Mapping[OpinionState, int]:
    """Return how many opinions are in each state."""
    query = (
        select(Opinion.state, func.count())
        .where(Opinion.consultation_id == consultation_id)
        .group_by(Opinion.state)
    )
    found = {row[0]: row[1] for row in db.session.execute(query)}
    return {state: found.get(state, 0) for state in OpinionState}


def origin_key() -> bytes:
    """Return the key of the marks of sections."""
    return derive(str(current_app.config["SECRET_KEY"]), "consultation origins/v1")


@dataclass(frozen=True)
class OpinionSource:
    """A section with whose slips so many opinions came that it is stated."""

    origin: bytes
    section: str
    count: int
    share: int


def list_sources(consultation_id: int) -> list[OpinionSource]:
    """Return the sections whose slips brought more opinions than the policy leaves unsaid."""
    query = select(Opinion.origin, func.count()).where(Opinion.consultation_id == consultation_id)
    counts = {row[0]: row[1] for row in db.session.execute(query.group_by(Opinion.origin))}
    rules = rules_in_force()
    stated = shares_stated(counts, rules[limits.SHARE], rules[limits.LEAST])
    if not stated:
        return []
    key = origin_key()
    sections = db.session.execute(select(Section.id, Section.name))
    names = {origin_of(key, consultation_id, number): name for number, name in sections}
    return [
        OpinionSource(origin, names.get(origin, "?"), count, share)
        for origin, (count, share) in stated.items()
    ]


def list_own_origins(actor: Actor, consultation: Consultation, on: date) -> frozenset[bytes]:
    """Return the origins that are stated and of sections of the actor's person since the opening.

    Of what is not stated nothing is said: whom the slip of an opinion was of would be told by it.
    """
    stated = {source.origin for source in list_sources(consultation.id)}
    if not stated or consultation.opened_on is None:
        return frozenset()
    since, key = consultation.opened_on, origin_key()
    near = near_sections(ChiefTerm, actor, since, on).union(
        near_sections(LeaderTerm, actor, since, on), near_sections(Posting, actor, since, on)
    )
    return frozenset(
        mark
        for number in db.session.scalars(near)
        if (mark := origin_of(key, consultation.id, number)) in stated
    )


def select_opinions(
    consultation_id: int, state: OpinionState, origin: bytes | None = None
) -> Select[Opinion]:
    """Return the query for opinions in a state, in the order of their hashes: it tells nothing.

    With an origin, of those that came with its slips.
    """
    query = select(Opinion).where(Opinion.consultation_id == consultation_id)
    if origin is not None:
        query = query.where(Opinion.origin == origin)
    return query.where(Opinion.state == state).order_by(Opinion.key)


def released_by_kind(consultation_id: int) -> Mapping[int | None, Sequence[str]]:
    """Return the words that everybody may read, by kind, a few of each."""
    place = func.row_number().over(partition_by=Opinion.kind_id, order_by=Opinion.key)
    ranked = (
        select(Opinion.kind_id, Opinion.key, Opinion.body, place.label("place"))
        .where(Opinion.consultation_id == consultation_id, Opinion.body.is_not(None))
        .where(Opinion.state == OpinionState.RELEASED)
        .subquery()
    )
    query = select(ranked.c.kind_id, ranked.c.body).where(ranked.c.place <= FIRST_OF_KIND)
    found: dict[int | None, list[str]] = {}
    for row in db.session.execute(query.order_by(ranked.c.key)):
        found.setdefault(row.kind_id, []).append(row.body)
    return found

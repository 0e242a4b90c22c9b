"""What the light board shows: how many matters have each light, and those that end first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from evalsys.cases.deadlines.rules import Light
from evalsys.cases.engine.models import CaseStep, ChangeKind, Deadline, DeadlineChange, Subject
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.foundation.calendars.queries import working_days
from evalsys.supervision.matters.filters import (
    GROUPS,
    MatterFilter,
    count_lights,
    list_first,
)
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.queries import matters_among
from evalsys.supervision.matters.words import matter_light

# Steps by which a matter escalates; the latest one stands on its card.
ESCALATIONS = ("near", "urge", "supervise")


@dataclass(frozen=True)
class Card:
    """A matter on the board: its light with the text, its main term, its latest escalation.

    `reason` is why its clock stands, "" if it runs or a step stopped it.
    """

    case: Subject
    matter: Matter
    term: Deadline
    light: Light
    words: str
    escalation: CaseStep | None
    reason: str

    @property
    def escalated_on(self) -> date | None:
        """The day of the latest escalation, None if there was none."""
        return local_day(self.escalation.at) if self.escalation else None


@dataclass(frozen=True)
class LightColumn:
    """A column of the board: a group of lights, how many have each, the cards that end first."""

    name: str
    counts: dict[Light, int]
    cards: Sequence[Card]

    @property
    def total(self) -> int:
        """How many matters it has."""
        return sum(self.counts.values())


def read_board(actor: Actor, wanted: MatterFilter, on: date, most: int) -> list[LightColumn]:
    """Return the columns of the board, each with at most `most` cards."""
    counts = count_lights(actor, wanted, on)
    cards = _cards(list_first(actor, wanted, on, most), on)
    return [
        LightColumn(
            name,
            {light: counts[light] for light in lights},
            [card for card in cards if card.light in lights],
        )
        for name, lights in GROUPS.items()
    ]


def _cards(terms: Sequence[Deadline], on: date) -> list[Card]:
    days, ids = working_days(), [term.subject_id for term in terms]
    matters, escalations = matters_among(ids), _latest_escalations(ids)
    reasons = _reasons(term for term in terms if term.paused_on is not None)
    cards = []
    for term in terms:
        matter = matters[term.subject_id]
        light, words = matter_light(matter, term, on, days)
        latest = escalations.get(term.subject_id)
        reason = reasons.get(term.id, "")
        cards.append(Card(term.subject, matter, term, light, words, latest, reason))
    return cards


def _latest_escalations(case_ids: Sequence[int]) -> dict[int, CaseStep]:
    """Return case id -> the latest step by which it escalated."""
    steps = db.session.scalars(
        select(CaseStep)
        .where(CaseStep.subject_id.in_(case_ids), CaseStep.name.in_(ESCALATIONS))
        .order_by(CaseStep.id)
    )
    return {step.subject_id: step for step in steps}


def _reasons(terms: Iterable[Deadline]) -> dict[int, str]:
    """Return term id -> the reason for which its clock was stopped last."""
    ids = [term.id for term in terms]
    if not ids:
        return {}
    pauses = db.session.scalars(
        select(DeadlineChange)
        .where(
            DeadlineChange.deadline_id.in_(ids),
            DeadlineChange.kind == ChangeKind.PAUSE,
            DeadlineChange.decided_at.is_not(None),
        )
        .order_by(DeadlineChange.id)
    )
    return {pause.deadline_id: pause.reason for pause in pauses}

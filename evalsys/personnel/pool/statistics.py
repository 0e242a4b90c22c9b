"""Queries of the pool's statistics, with a constant number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, select

from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.queries import seen_by
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.organisation.periods.models import Period
from evalsys.personnel.duties import Duty
from evalsys.personnel.pool.models import TrainingUnit
from evalsys.personnel.pool.rules.figures import PoolFigures, Stay, came_back, figures_of
from evalsys.personnel.pool.rules.stays import TrainingKind
from evalsys.scores.models import MemberScore, Result
from evalsys.scores.publication import is_exact
from evalsys.scores.queries import is_newest

OUT = {"reassigned", "settled", "measured"}  # the states in which a stay is over


@dataclass(frozen=True)
class Score:
    """A stored score of a person in a section."""

    staff_id: int
    section_id: int
    starts_on: date
    ends_on: date
    score: Decimal


@dataclass(frozen=True)
class Statistics:
    """The figures of all stays, and by kind of training (a stay can have both)."""

    all: PoolFigures
    by_kind: dict[TrainingKind, PoolFigures]
    without: PoolFigures


def read_statistics(actor: Actor, *, on: date, since: date | None = None) -> Statistics:
    """Return the figures of the stays that the actor may see, admitted since a day."""
    visible = seen_by(actor, on)
    everything = _stays(visible, _scores(visible))
    later = came_back(everything)
    stays = [stay for stay in everything if since is None or stay.admitted_on >= since]
    return Statistics(
        figures_of(stays, later),
        {
            kind: figures_of([stay for stay in stays if kind in stay.kinds], later)
            for kind in TrainingKind
        },
        figures_of([stay for stay in stays if not stay.kinds], later),
    )


def read_figures(actor: Actor, *, on: date) -> PoolFigures:
    """Return the figures of all stays that the actor may see, without the scores."""
    stays = _stays(seen_by(actor, on), {})
    return figures_of(stays, came_back(stays))


def _stays(visible: ColumnElement[bool], scores: Mapping[int, Sequence[Score]]) -> list[Stay]:
    rows = db.session.execute(
        select(
            Subject.id, Subject.staff_id, Subject.section_id, Subject.state, Subject.opened_at
        ).where(visible, Subject.kind == "pool")
    ).all()
    ids = select(Subject.id).where(visible, Subject.kind == "pool")
    moves = db.session.execute(
        select(CaseStep.subject_id, CaseStep.at).where(
            CaseStep.name == "reassign", CaseStep.subject_id.in_(ids)
        )
    )
    moved = {row.subject_id: local_day(row.at) for row in moves}
    kinds: dict[int, set[str]] = {}
    taught = select(TrainingUnit.case_id, TrainingUnit.kind).where(TrainingUnit.case_id.in_(ids))
    for row in db.session.execute(taught.distinct()):
        kinds.setdefault(row.case_id, set()).add(row.kind)
    return [
        Stay(
            row.staff_id,
            local_day(row.opened_at),
            is_over=row.state in OUT,
            moved_on=moved.get(row.id),
            kinds=frozenset(kinds.get(row.id, ())),
            before=_before(scores.get(row.staff_id, ()), row.section_id, local_day(row.opened_at)),
            after=_after(scores.get(row.staff_id, ()), moved.get(row.id)),
        )
        for row in rows
    ]


def _scores(visible: ColumnElement[bool]) -> dict[int, list[Score]]:
    """Return the own stored scores of everybody who ever stayed, the earliest period first."""
    people = (
        select(Party.staff_id)
        .join(Subject, Subject.id == Party.subject_id)
        .where(Party.duty == Duty.PERSON, visible, Subject.kind == "pool")
    )
    rows = db.session.execute(
        select(
            MemberScore.staff_id,
            MemberScore.section_id,
            Period.starts_on,
            Period.ends_on,
            MemberScore.score,
        )
        .join(Result, Result.id == MemberScore.result_id)
        .join(Period, Period.id == Result.period_id)
        .where(MemberScore.staff_id.in_(people))
        .where(MemberScore.is_frozen.is_(False), is_newest(), is_exact(MemberScore))
        .order_by(Period.ends_on, Period.starts_on.desc())
    )
    by_person: dict[int, list[Score]] = {}
    for row in rows:
        staff_id, section_id, starts_on, ends_on, score = row
        if score is not None:
            entry = Score(staff_id, section_id, starts_on, ends_on, score)
            by_person.setdefault(staff_id, []).append(entry)
    return by_person


def _before(scores: Sequence[Score], section_id: int, day: date) -> Decimal | None:
    """Return the last score in the old section of a period over by the admission."""
    own = [row.score for row in scores if row.section_id == section_id and row.ends_on < day]
    return own[-1] if own else None


def _after(scores: Sequence[Score], moved_on: date | None) -> Decimal | None:
    """Return the first score of a period wholly after the reassignment."""
    if moved_on is None:
        return None
    return next((row.score for row in scores if row.starts_on >= moved_on), None)

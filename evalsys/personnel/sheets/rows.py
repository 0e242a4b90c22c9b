"""The rows of registers: cases with their steps, loaded in a constant number of queries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import CaseStep, Deadline, Party, Subject
from evalsys.cases.engine.rules.machine import day_of
from evalsys.cases.engine.titles import organ_of
from evalsys.core.errors import N_, NP_, Text
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.foundation.spreadsheets.model import CellKind, Column, Value
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.organisation.org.models import Staff
from evalsys.organisation.org.sheets import Row, place_columns
from evalsys.personnel.sheets.words import choice_words, stage_words


@dataclass(frozen=True)
class CaseLine:
    """A case of a register with its steps in order; `dues` is rule -> end of the term."""

    case: Subject
    steps: Sequence[CaseStep]
    dues: Mapping[str, date]

    def find(self, *moves: str) -> CaseStep | None:
        """Return the latest step of some moves, or None."""
        return next((step for step in reversed(self.steps) if step.name in moves), None)

    def count(self, move: str) -> int:
        """Return how often a move was made."""
        return sum(step.name == move for step in self.steps)

    def entered(self, name: str, *moves: str) -> Value:
        """Return a field of the latest of some moves that has it."""
        asked = (step for step in reversed(self.steps) if step.name in moves)
        return str(next((step.entry[name] for step in asked if step.entry.get(name)), NONE))

    def chosen(self, name: str, *moves: str) -> Text:
        """Return the label of a choice in the latest of some moves."""
        step = self.find(*moves)
        if step is None or not step.entry.get(name):
            return NONE
        return choice_words(self.case, step.name, name, step.entry[name])

    def named(self, words: Mapping[str, Text]) -> Value:
        """Return the label of the latest of some moves, given move -> label."""
        step = self.find(*words)
        return words[step.name] if step else NONE

    def day(self, *moves: str) -> Value:
        """Return the day of the latest of some moves."""
        step = self.find(*moves)
        return local_day(step.at) if step else NONE

    def filled_day(self, name: str, *moves: str) -> Value:
        """Return a day entered at the latest of some moves."""
        step = self.find(*moves)
        return day_of(step.entry, name) if step else NONE

    def due(self, *rules: str) -> Value:
        """Return the latest end of some terms."""
        days = [self.dues[rule] for rule in rules if rule in self.dues]
        return max(days) if days else NONE


def read_lines(query: Select[Subject]) -> list[CaseLine]:
    """Return the cases of a query with their steps and terms."""
    ids = query.with_only_columns(Subject.id).order_by(None)
    steps: dict[int, list[CaseStep]] = {}
    for step in db.session.scalars(
        select(CaseStep)
        .where(CaseStep.subject_id.in_(ids))
        .options(joinedload(CaseStep.user))
        .order_by(CaseStep.id)
    ):
        steps.setdefault(step.subject_id, []).append(step)
    dues: dict[int, dict[str, date]] = {}
    for row in db.session.scalars(
        select(Deadline).where(Deadline.subject_id.in_(ids)).order_by(Deadline.id)
    ):
        dues.setdefault(row.subject_id, {})[row.rule] = row.due_on
    everybody = joinedload(Subject.parties).joinedload(Party.staff)
    cases = db.session.scalars(query.options(everybody)).unique()
    return [CaseLine(case, steps.get(case.id, []), dues.get(case.id, {})) for case in cases]


def case_columns(case_of: Callable[[Row], Subject]) -> tuple[Column[Row], ...]:
    """Return the last columns of each register: staff number, stage, case number, place."""
    return (
        Column(
            N_("Staff number"),
            lambda row: number_of(case_of(row).concerned),
            CellKind.CODE,
            N_("the number in the roster"),
        ),
        stage_column(case_of),
        Column(
            NP_("sheet", "Case number"),
            lambda row: case_of(row).number,
            CellKind.CODE,
            N_("the number of the year among cases of its kind"),
        ),
        *place_columns(lambda row: case_of(row).home, lambda row: organ_of(case_of(row))),
    )


def stage_column(case_of: Callable[[Row], Subject]) -> Column[Row]:
    """Return the column of the state that a case is in."""
    return Column(
        N_("Stage"),
        lambda row: stage_words(case_of(row)),
        meaning=N_("where the case stands"),
    )


def number_of(staff: Staff | None) -> Value:
    """Return the staff number of a person, NONE for nobody."""
    return staff.number if staff else NONE

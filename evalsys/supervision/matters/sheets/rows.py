"""The rows of the register of matters: each with the terms of its handling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from evalsys.cases.deadlines.queries import light_of
from evalsys.cases.deadlines.rules import Light
from evalsys.cases.engine.models import ChangeKind, Deadline, DeadlineChange, Subject
from evalsys.core.errors import NP_, Message, Text
from evalsys.core.extensions import db
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.organisation.org.models import Organ
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import CaseLine, read_lines
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.queries import IS_TERM_OF_HANDLING, matters_among
from evalsys.supervision.matters.rules import KIND

LIGHTS: Mapping[Light, Message] = {
    Light.GREEN: NP_("light in a sheet", "in time"),
    Light.YELLOW: NP_("light in a sheet", "comes near"),
    Light.TODAY: NP_("light in a sheet", "due today"),
    Light.RED: NP_("light in a sheet", "overdue"),
    Light.PAUSED: NP_("light in a sheet", "clock stopped"),
    Light.MET: NP_("light in a sheet", "done"),
}
REFERRED = NP_("light in a sheet", "referred")


@dataclass(frozen=True)
class MatterLine:
    """A matter of a register with the terms of its handling, as of a day.

    `terms` begin with its assignment; further ones were begun by sending it back.
    """

    line: CaseLine
    matter: Matter
    terms: Sequence[Deadline]
    is_extended: bool
    on: date
    days: WorkingDays

    @property
    def case(self) -> Subject:
        """The matter as a case."""
        return self.line.case

    @property
    def organ(self) -> Organ | None:
        """The organ that owns it, by a section or itself."""
        owner = self.case.owner
        if owner is None:
            return None
        return owner.section.organ if owner.section else owner.organ

    @property
    def term(self) -> Deadline | None:
        """The term that began last."""
        return self.terms[-1] if self.terms else None

    @property
    def light(self) -> Text:
        """The light of the term of its handling, in words."""
        if self.matter.referred_on is not None and self.case.closed_at is None:
            return REFERRED
        if self.term is None:
            return NONE
        return LIGHTS.get(light_of(self.term, self.on), NONE)

    @property
    def handler(self) -> str:
        """The name of the responsible person, or ""."""
        person = self.case.named(MatterDuty.HANDLER)
        return person.name if person else ""

    @property
    def is_task(self) -> bool:
        """Whether it was given in a coordination, whose convener is an organ."""
        return any(party.duty == MatterDuty.CONVENER for party in self.case.parties)

    @property
    def is_answered(self) -> bool:
        """Whether the last term was met."""
        return self.term is not None and self.term.is_met

    @property
    def late(self) -> int:
        """The most working days by which a term was, or is, missed; at least 1 if it is late.

        Without those that the decision on an objection excused.
        """
        return max((self._late(term) for term in self.terms), default=0)

    def _late(self, term: Deadline) -> int:
        end = term.closed_on or term.paused_on or self.on
        excused_on = self.matter.excused_on
        is_excused = excused_on is not None and excused_on >= term.started_on
        if is_excused or end <= term.due_on:
            return 0
        return max(1, self.days.between(term.due_on, end))


def read_matters(request: CaseRequest) -> list[MatterLine]:
    """Return the matters of a request, in a constant number of statements."""
    lines = read_lines(request.select_cases(KIND).where(request.running))
    ids = [line.case.id for line in lines]
    matters, terms, extended = matters_among(ids), _terms(ids), _extended(ids)
    days = working_days()
    return [
        MatterLine(
            line,
            matters[line.case.id],
            terms.get(line.case.id, ()),
            line.case.id in extended,
            request.on,
            days,
        )
        for line in lines
    ]


def _terms(ids: Sequence[int]) -> dict[int, list[Deadline]]:
    """Return case id -> its terms of handling, but for those that a refusal dropped."""
    query = select(Deadline).where(Deadline.subject_id.in_(ids), IS_TERM_OF_HANDLING)
    terms: dict[int, list[Deadline]] = {}
    for row in db.session.scalars(query.order_by(Deadline.id)):
        terms.setdefault(row.subject_id, []).append(row)
    return terms


def _extended(ids: Sequence[int]) -> set[int]:
    query = select(Deadline.subject_id).join(DeadlineChange.deadline)
    agreed = (DeadlineChange.kind == ChangeKind.EXTEND, DeadlineChange.agreed_by.is_not(None))
    return set(db.session.scalars(query.where(Deadline.subject_id.in_(ids), *agreed)))

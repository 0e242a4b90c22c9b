"""Use cases of holds: opened by a closing, judged by a named person, voided by two."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from evalsys.cases.engine.kinds import Kind
from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.queries import list_steps
from evalsys.cases.engine.service import Opening, open_cases
from evalsys.core.audit import Unit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.periods.queries import base_codes
from evalsys.organisation.periods.rules import parse_period
from evalsys.ratings.counting.exclusions import void_all
from evalsys.scores.models import Result
from evalsys.scores.rules.anomalies import Anomaly
from evalsys.supervision.duties import OFFICES, MatterDuty
from evalsys.supervision.holds.hooks import after_hold
from evalsys.supervision.holds.models import Hold
from evalsys.supervision.holds.queries import get_hold, holds_in, is_measured, panel_of
from evalsys.supervision.holds.rules import HOLD, KIND
from evalsys.supervision.recusal import may_not_judge, took

# Not while a second person decides: then the proposer is recused too, and knows of it anyway.
KEPT = frozenset(HOLD.states) - {"void_proposed"}
GROUNDS = "voided by two people after a confirmed hold %(number)s"
NOTHING_TO_VOID = N_("%(staff)s has no ballots in this section and period that could be voided.")


def open_holds(
    unit: Unit, result: Result, found: Mapping[int, Sequence[Anomaly]], *, now: datetime
) -> None:
    """Open a hold for each section with findings, unless it has one in this period."""
    known = holds_in(result.period_id)
    new = {key: findings for key, findings in found.items() if key not in known}
    if not new:
        return
    sections = {
        row.id: row for row in db.session.scalars(select(Section).where(Section.id.in_(new)))
    }
    people = {one.staff_id for findings in new.values() for one in findings if one.staff_id}
    rows = db.session.execute(select(Staff.id, Staff.number).where(Staff.id.in_(people)))
    numbers = {row[0]: row[1] for row in rows}
    openings = [
        Opening(
            sections[key],
            None,
            {
                "period": result.period.code,
                "version": result.version,
                "findings": [_told(one, numbers) for one in findings],
            },
        )
        for key, findings in sorted(new.items())
    ]
    cases = open_cases(unit, HOLD_KIND, openings, now=now, opened_by=None)
    db.session.add_all(
        Hold(subject_id=case.id, period_id=result.period_id, section_id=key)
        for key, case in zip(sorted(new), cases, strict=True)
    )
    db.session.flush()


def _told(finding: Anomaly, numbers: Mapping[int, str]) -> dict[str, object]:
    """Return a finding as JSON values."""
    return {
        "feature": finding.feature.value,
        "staff": numbers.get(finding.staff_id or 0, ""),
        "z": None if finding.z is None else str(finding.z),
        "facts": dict(finding.facts),
    }


def _cleared(unit: Unit, case: Subject, _row: CaseStep, now: datetime) -> None:
    """Let the proposals follow that waited."""
    after_hold(unit, get_hold(case), case, now)


def _proposed(_unit: Unit, case: Subject, row: CaseStep, _now: datetime) -> None:
    """Check that there is something to void. Raises DomainError."""
    _whose(row.entry["staff"])


def _voided(unit: Unit, case: Subject, _row: CaseStep, now: datetime) -> None:
    """Void all ballots of the person named in the proposal. Raises DomainError if none is left."""
    proposed = next(row for row in reversed(list_steps(case)) if row.name == "propose_void")
    staff, hold = _whose(proposed.entry["staff"]), get_hold(case)
    codes = base_codes(parse_period(hold.period.code))
    number = void_all(
        unit,
        (hold.section_id, staff.id),
        codes,
        grounds=GROUNDS % {"number": case.number},
        on=local_day(now),
    )
    if not number:
        raise DomainError(NOTHING_TO_VOID, staff=f"{staff.name} {staff.number}")


def _judges_not(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor is measured by it, or proposed to void."""
    proposed = and_(Subject.state == "void_proposed", took(actor, "propose_void"))
    return or_(may_not_judge(actor), is_measured(actor), proposed)


def _whose(number: str) -> Staff:
    return db.session.scalars(select(Staff).where(Staff.number == number)).one()


HOLD_KIND = Kind(
    KIND,
    N_("Check of strange signs"),
    HOLD,
    file_word="异常核查",
    duties=OFFICES,
    arises=N_("when tickets or ballots of a closed period look strange"),
    watchers=frozenset({MatterDuty.OFFICE}),
    effects={"clear": _cleared, "propose_void": _proposed, "void": _voided},
    recuses={MatterDuty.OFFICE: _judges_not},
    kept_from_recused=KEPT,
    proposal="propose_void",
    takes_evidence=frozenset({"open", "confirmed"}),
    panel="holds/findings.html",
    panel_facts=panel_of,
    beside="holds/findings.html",
    beside_facts=panel_of,
)

"""Commending chiefs: proposed by figures, chosen by comparison, agreed to by a second person."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from evalsys.cases.deadlines import service as deadlines
from evalsys.cases.deadlines.queries import running_end
from evalsys.cases.engine.kinds import Kind
from evalsys.cases.engine.models import CaseStep, Deadline, Subject
from evalsys.cases.engine.parties import is_about
from evalsys.cases.engine.queries import lock_case, takers_of
from evalsys.cases.engine.service import open_case, step
from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import SYSTEM, Actor
from evalsys.foundation.accounts.second_person import check_second_person
from evalsys.organisation.org.models import Section, Staff
from evalsys.organisation.periods.models import Period
from evalsys.organisation.periods.rules import parse_period
from evalsys.personnel.chiefs import limits
from evalsys.personnel.chiefs.honours import honoured
from evalsys.personnel.chiefs.letters import commendation as letters
from evalsys.personnel.chiefs.models import CasePeriod
from evalsys.personnel.chiefs.places import COMMENDATION as KIND
from evalsys.personnel.chiefs.places import crowded_out, left_out, places, standings
from evalsys.personnel.chiefs.rules.commendation import COMMENDATION, CommendationFacts
from evalsys.personnel.chiefs.service import FROM_A_CLOSING, note_period, open_ladder
from evalsys.personnel.duties import OFFICES, Duty

LAPSE = limits.LAPSE.name


def commendation_facts(case: Subject, now: datetime) -> CommendationFacts:
    """Load the facts of a commendation; the quota is of the organ's chiefs.

    A case of several periods takes a place in each, except those it was chosen without.
    """
    stands = [one for one in standings(case) if not one.is_left_out]
    results = {one.code: one.result for one in stands}
    here = places({case.section.organ_id}, results, without=case.id)
    free = {code: each.free for (_organ_id, code), each in here.items()}
    shown = [one.code for one in stands if one.is_published]
    return CommendationFacts(
        today=local_day(now),
        places=max((free[code] for code in shown), default=0),
        notice_ends=running_end(case, "commend_notice_wd"),
        lapses_on=running_end(case, LAPSE),
        is_published=bool(shown),
        full=tuple(code for code, places in free.items() if not places),
    )


def _agreed(unit: Unit, case: Subject, _step: CaseStep, _now: datetime) -> None:
    check_second_person(unit.actor, *takers_of(case, "choose"))


COMMENDATION_KIND = Kind(
    KIND,
    N_("Commendation"),
    COMMENDATION,
    papers=letters.PAPERS,
    file_word="表彰",
    letter_facts=honoured,
    duties=OFFICES,
    arises=FROM_A_CLOSING,
    margin="chiefs/grounds.html",
    watchers=frozenset({Duty.PERSONNEL, Duty.LEADER}),
    facts=commendation_facts,
    effects={"publish_notice": _agreed},
    unseen=frozenset({"proposed", "chosen", "lapsed"}),
    tag="acc",
    panel="chiefs/periods.html",
    panel_facts=lambda case: {"standings": standings(case)},
)


def take_up_commendation(
    unit: Unit, section: Section, chief: Staff, grounds: Mapping[str, Any], *, now: datetime
) -> Subject | None:
    """Add a period to the chief's open commendation, or open one.

    Not opened besides an open low-score case, twice for a period, or for a period that overlaps one
    for which the chief was commended.
    """
    if open_ladder(section, chief) is not None:
        return None
    rows = db.session.execute(
        select(Subject, CasePeriod.period_code)
        .join(CasePeriod, CasePeriod.case_id == Subject.id)
        .where(Subject.kind == KIND, is_about(chief.id))
        .order_by(Subject.id)
    ).all()
    case = next((one for one, _code in rows if one.closed_at is None), None)
    if case is not None:
        if note_period(unit, case, grounds, now=now) and case.state == COMMENDATION.first:
            _wait_anew(case, now)
        return case
    out = left_out([one for one, _code in rows])
    for earlier, code in rows:
        is_honour = earlier.state == "commended" and code not in out[earlier.id]
        honoured = is_honour and _overlap(code, grounds["period"])
        if honoured or code == grounds["period"]:
            return None
    case = open_case(unit, COMMENDATION_KIND, section, chief, grounds, now=now, by_itself=True)
    note_period(unit, case, grounds, now=now)
    return case


def choose(
    actor: Actor, code: str, entries: Mapping[int, Mapping[str, Any]], *, now: datetime
) -> None:
    """Choose some candidates of a period, all or none; case id -> entry.

    Each takes a place in all its periods but the full ones, which its entry must justify. Raises as
    `step`: the quota includes those just chosen.
    """
    with unit_of_work(actor) as unit:
        _lock_quotas(code, entries)
        for case_id, entry in entries.items():
            case = lock_case(case_id)
            step(unit, case, "choose", {**entry, **_periods(case, entry)}, now=now)


def _periods(case: Subject, entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the periods for which a case is chosen, and the full ones with the reason."""
    full = crowded_out([case])[case.id]
    kept = [one.code for one in standings(case) if one.code not in full]
    why = str(entry.get("left_out_reasons") or "") if full else ""
    return {"periods": " ".join(kept), "left_out": " ".join(full), "left_out_reasons": why}


def agree(actor: Actor, case_ids: Iterable[int], *, now: datetime) -> None:
    """Agree as a second person, all or none, and put the chosen on public notice.

    Raises DomainError, or as `step`.
    """
    with unit_of_work(actor) as unit:
        for case_id in case_ids:
            step(unit, lock_case(case_id), "publish_notice", {}, now=now)


def let_lapse(*, now: datetime) -> int:
    """Let every proposal lapse whose term is over; return how many. Nobody is notified."""
    rows = db.session.scalars(
        select(Subject.id)
        .join(Deadline, Deadline.subject_id == Subject.id)
        .where(
            Subject.kind == KIND,
            Deadline.rule == LAPSE,
            Deadline.closed_on.is_(None),
            Deadline.paused_on.is_(None),
            Deadline.due_on < local_day(now),
        )
        .order_by(Subject.id)
    ).all()
    for case_id in rows:
        with unit_of_work(SYSTEM) as unit:
            step(unit, lock_case(case_id), "lapse", {}, now=now)
    return len(rows)


def _overlap(one: str, other: str) -> bool:
    first, second = parse_period(one), parse_period(other)
    return first.starts_on <= second.ends_on and second.starts_on <= first.ends_on


def _wait_anew(case: Subject, now: datetime) -> None:
    """Restart the term of a proposal: a newer period was added."""
    on = local_day(now)
    deadlines.close(case, on, met=(LAPSE,))
    deadlines.start(case, LAPSE, COMMENDATION.owners[LAPSE], on)


def _lock_quotas(code: str, case_ids: Collection[int]) -> None:
    """Lock the quotas of the period and of the cases' other periods."""
    others = select(CasePeriod.period_code).where(CasePeriod.case_id.in_(case_ids))
    query = select(Period.id).where(or_(Period.code == code, Period.code.in_(others)))
    db.session.execute(query.order_by(Period.id).with_for_update())

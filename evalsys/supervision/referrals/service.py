"""Use cases of referrals: draft one, and the effects of its steps on the matter."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_

from evalsys.cases.engine.kinds import Kind
from evalsys.cases.engine.models import CaseStep, Party, Subject
from evalsys.cases.engine.queries import duties_of, list_steps, lock_case
from evalsys.cases.engine.rules.machine import NotYourStep, check_ready
from evalsys.cases.engine.service import Opening, open_cases, step
from evalsys.cases.notices.service import announce, case_key
from evalsys.core.audit import Unit, unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor, Role
from evalsys.organisation.policies.queries import rules_at
from evalsys.supervision.duties import DRAFTS, OFFICES, MatterDuty
from evalsys.supervision.matters.facts import matter_told
from evalsys.supervision.matters.queries import get_matter
from evalsys.supervision.recusal import may_not_judge, took
from evalsys.supervision.referrals.letters.papers import PAPERS
from evalsys.supervision.referrals.limits import AT_ONCE
from evalsys.supervision.referrals.queries import (
    TITLE,
    file_of,
    open_referrals,
    referral_facts,
    steps_among,
)
from evalsys.supervision.referrals.rules import KIND, REFERRAL, SEND, UNSENT

LEVELS = frozenset({"urge", "supervise"})  # what comes before a referral of the system
# What the system says where nobody approves a referral by name.
BY_RULE = {
    "reasons": "本事项逾期后经提醒、催办、督办仍未办结，按照督办规则移送。",
    "decider": "按照督办规则自动移送",
}


NOT_OWNED = N_("%(number)s cannot be referred: it is not in the hands of a section.")
REFERRED = N_("Matter %(matter)s has an open referral: %(number)s.")
NO_LEVELS = N_("%(number)s was not urged and supervised before.")


def draft_referral(unit: Unit, matter: Subject, now: datetime) -> Subject:
    """Draft the referral of a matter within an open unit, as `draft_referrals` does."""
    return draft_referrals(unit, [lock_case(matter.id)], now)[0]


def draft_referrals(unit: Unit, matters: Sequence[Subject], now: datetime) -> list[Subject]:
    """Draft the referrals of locked matters, or return the open ones, in few statements.

    Where the policy says so, the system sends what it drafts at once. It drafts nothing that was
    not urged and supervised. Raises DomainError for this, and for what no section has in hand.
    """
    known = open_referrals(matter.id for matter in matters)
    new = [matter for matter in matters if matter.id not in known]
    is_system = unit.actor.role is Role.SYSTEM
    _check(new, of_system=is_system)
    for matter in matters:
        if matter.id in known:
            number = known[matter.id].number
            unit.record(Action.MATTER_HANDLE, matter, number=matter.number, referral=number)
    openings = [Opening(matter.home, None, {}, matter.id) for matter in new]
    by = unit.actor.user_id
    drafted = open_cases(unit, REFERRAL_KIND, openings, now=now, opened_by=by) if new else []
    if is_system and rules_at(now)[AT_ONCE]:
        for referral in drafted:
            step(unit, referral, "send", BY_RULE, now=now)
    known |= {referral.origin_id: referral for referral in drafted}
    return [known[matter.id] for matter in matters]


def _check(matters: Sequence[Subject], *, of_system: bool) -> None:
    """Raise DomainError if one of some matters cannot be referred."""
    taken = steps_among((matter.id for matter in matters), LEVELS) if of_system else set()
    for matter in matters:
        if matter.home is None or matter.closed_at is not None:
            raise DomainError(NOT_OWNED, number=matter.number)
        if of_system and not all((matter.id, name) in taken for name in LEVELS):
            raise DomainError(NO_LEVELS, number=matter.number)


def draft_by_hand(actor: Actor, matter: Subject, *, now: datetime) -> Subject:
    """Draft a referral for somebody else to approve. Raises DomainError, also if there is one.

    Raises NotYourStep for who is not of the office, or may not judge the matter.
    """
    with unit_of_work(actor) as unit:
        locked = lock_case(matter.id)
        if MatterDuty.OFFICE not in duties_of(actor, locked, local_day(now)):
            raise NotYourStep
        known = open_referrals([locked.id]).get(matter.id)
        if known is not None:
            raise DomainError(REFERRED, matter=matter.number, number=known.number)
        return draft_referral(unit, matter, now)


def _sent(_unit: Unit, case: Subject, row: CaseStep, now: datetime) -> None:
    """Open referral and matter to the discipline organ, and put the purple light on.

    Who answers for the matter is told, as it stands against them; not of a mere draft. Raises
    NotReady if the matter was closed, or given to others, a moment ago.
    """
    assert case.origin_id is not None
    organ, matter = case.section.organ, lock_case(case.origin_id)
    check_ready(SEND, referral_facts(case, now))
    for one in (case, matter):
        if not any(party.duty == MatterDuty.DISCIPLINE for party in one.parties):
            one.parties.append(Party(duty=MatterDuty.DISCIPLINE, organ=organ))
    get_matter(matter).referred_on = local_day(now)
    db.session.flush()
    key, on = case_key(matter.id, row.id), local_day(now)
    for duty in (MatterDuty.HANDLER, MatterDuty.HEAD):
        announce(matter, duty, "referred", key, by=row.by, now=now, on=on)


def _answered(_unit: Unit, case: Subject, row: CaseStep, now: datetime) -> None:
    """Tell the supervision office the answer."""
    key, topic, on = case_key(case.id, row.id), f"moved:{case.state}", local_day(now)
    announce(case, MatterDuty.OFFICE, topic, key, by=row.by, now=now, on=on)


def _sent_back(unit: Unit, case: Subject, row: CaseStep, now: datetime) -> None:
    """Put the purple light out: the matter is with the supervision office again."""
    get_matter(_matter_of(case)).referred_on = None
    _answered(unit, case, row, now)


def _sent_or_answers(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `Subject` that the actor sent the referral, or may not judge it."""
    return or_(took(actor, "send"), may_not_judge(actor))


def _matter_of(case: Subject) -> Subject:
    assert case.origin_id is not None
    return db.session.get_one(Subject, case.origin_id)


def _letter_facts(case: Subject, steps: Sequence[CaseStep], _on: date) -> Mapping[str, Any]:
    """Return what letters say of the matter, as it stood at the latest of the steps."""
    matter, at = _matter_of(case), steps[-1].at if steps else case.opened_at
    before = [row for row in list_steps(matter) if row.at <= at]
    return {"matter": matter_told(matter, before, at)}


REFERRAL_KIND = Kind(
    KIND,
    N_("Referral"),
    REFERRAL,
    file_word="移送",
    duties=(*OFFICES, DRAFTS),
    arises=N_("when a matter stays overdue, or the supervision office drafts one"),
    watchers=frozenset({MatterDuty.OFFICE, MatterDuty.DRAFTER, MatterDuty.DISCIPLINE}),
    facts=referral_facts,
    effects={
        "send": _sent,
        "file_clue": _answered,
        "return_it": _sent_back,
        "open_none": _answered,
    },
    recuses_opener=True,
    recuses={
        **dict.fromkeys((MatterDuty.OFFICE, MatterDuty.DRAFTER), may_not_judge),
        MatterDuty.DISCIPLINE: _sent_or_answers,
    },
    kept_from_recused=UNSENT,
    title=TITLE,
    panel="referrals/file.html",
    panel_facts=file_of,
    beside="referrals/file.html",
    beside_facts=file_of,
    papers=PAPERS,
    letter_facts=_letter_facts,
)

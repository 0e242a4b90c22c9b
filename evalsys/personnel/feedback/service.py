"""Use cases of bad reviews: open them at counting, and the effects of their steps."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TypeVar

from sqlalchemy import select

from evalsys.cases.deadlines import service as deadlines
from evalsys.cases.engine.holders import holders
from evalsys.cases.engine.kinds import Kind
from evalsys.cases.engine.models import CaseStep, Deadline, Subject
from evalsys.cases.engine.parties import name_party
from evalsys.cases.engine.queries import find_step, takers_of
from evalsys.cases.engine.rules.duties import Office
from evalsys.cases.engine.rules.machine import day_of
from evalsys.cases.engine.service import Opening, open_cases
from evalsys.core.audit import Unit
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI, local_day
from evalsys.core.permissions import Action, Role
from evalsys.foundation.accounts.second_person import check_second_person
from evalsys.organisation.org.models import Section, Staff
from evalsys.personnel.duties import OFFICES, Duty
from evalsys.personnel.feedback.calls.called import called_among
from evalsys.personnel.feedback.envelopes import seal_ballot, seal_contact_id
from evalsys.personnel.feedback.hooks import after_aside
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.queries import (
    CALL_TO_COME,
    HAS_CONTACT,
    HAS_OBJECTED,
    KIND,
    get_review,
    review_facts,
)
from evalsys.personnel.feedback.rules.categories import (
    Aside,
    Attribution,
    Category,
    FollowUpRating,
    aside_of,
)
from evalsys.personnel.feedback.rules.review import (
    REVIEW,
    REVIEWER,
    call_to_come,
    left_contact,
    left_none,
    may_object,
)
from evalsys.ratings.counting.hooks import LowBallot

T = TypeVar("T", Section, Staff)
JUDGED = ("classify", "classify_aside")


def open_reviews(unit: Unit, lows: Sequence[LowBallot], on: date) -> None:
    """Open a case for each low ballot of a batch, within its transaction.

    In random order and all on the day of the batch: numbers and times must not reveal the order of
    the ballots.
    """
    now = datetime.combine(on, time(), SHANGHAI)
    sections = _by_id(Section, {low.section_id for low in lows})
    people = _by_id(Staff, {low.staff_id for low in lows})
    shuffled = list(lows)
    secrets.SystemRandom().shuffle(shuffled)
    openings = [
        Opening(sections[low.section_id], people[low.staff_id], {"period": low.base_period})
        for low in shuffled
    ]
    # Not proposed by whoever started the counting.
    cases = open_cases(unit, REVIEW_KIND, openings, now=now, opened_by=None)
    contacts = {low.contact_id for low in shuffled if low.contact_id}
    left = contacts - called_among(contacts)
    to_call = [case for case, low in zip(cases, shuffled, strict=True) if low.contact_id in left]
    deadlines.start_all(to_call, "contact_wd", REVIEW.owners["contact_wd"], on)
    db.session.add_all(
        Review(
            case_id=case.id,
            reasons=low.reasons,
            has_contact=low.contact_id is not None,
            sealed_contact=seal_contact_id(low.contact_id) if low.contact_id else None,
            sealed_ballot=seal_ballot(low.ballot_id),
        )
        for case, low in zip(cases, shuffled, strict=True)
    )


def _by_id(model: type[T], ids: set[int]) -> dict[int, T]:
    return {row.id: row for row in db.session.scalars(select(model).where(model.id.in_(ids)))}


def contacted(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Set the day of the first call."""
    get_review(case).contacted_on = day_of(step.entry, "done_on")


def classified(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Set category and attribution; complex reviews get the longer term."""
    review = get_review(case)
    review.category = Category(step.entry["category"])
    review.attribution = Attribution(step.entry.get("attribution", Attribution.PERSON))
    if review.category is Category.JUSTIFIED_COMPLEX:
        _lengthen(case, local_day(now))


def agreed_aside(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Agree, as a second person, that the rating does not count. Raises DomainError."""
    _check_not_in(unit, case, *JUDGED)
    review = get_review(case)
    assert review.category is not None
    assert review.attribution is not None
    review.aside = aside_of(review.category, review.attribution)
    _ask_for_change(unit, case, "classify_aside", now)


def kept(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Disagree: the rating counts, as due to the person. Raises DomainError."""
    _check_not_in(unit, case, *JUDGED)
    classified(unit, case, step, now)


def rectified(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Set the day of the rectification."""
    get_review(case).rectified_on = day_of(step.entry, "done_on")


def gave_to_reviewers(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Assign an objection to another section of the organ. Raises DomainError."""
    on, code = local_day(now), step.entry["section"]
    section = db.session.scalar(
        select(Section).where(
            Section.code == code,
            Section.organ_id == case.section.organ_id,
            Section.id != case.section.id,
        )
    )
    name_party(case, REVIEWER, section)
    own = {user.id for user in holders(case, Duty.CHIEF, on)}
    if not {user.id for user in holders(case, REVIEWER, on)} - own:
        raise DomainError(
            N_(
                "Section %(code)s cannot decide this: it must be another section of the same "
                "organ, led by somebody with an account who is not concerned."
            ),
            code=code,
            status=422,
        )


def decided_objection(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Raise DomainError if the actor classified the review."""
    _check_not_in(unit, case, *JUDGED, "keep")


def carried_out(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Exclude the rating, as a second person, as decided by the reviewers. Raises DomainError."""
    _check_not_in(unit, case, "uphold_objection")
    upheld = find_step(case, "uphold_objection")
    assert upheld is not None
    get_review(case).aside = Aside(upheld.entry["aside"])
    _ask_for_change(unit, case, "uphold_objection", now)


def called_back(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Store the follow-up rating, and close the envelope."""
    review = get_review(case)
    review.called_back_on = day_of(step.entry, "done_on")
    review.result = FollowUpRating(step.entry["result"])
    closed(unit, case, step, now)


def closed(unit: Unit, case: Subject, step: CaseStep, now: datetime) -> None:
    """Drop the reasons, and the rating's id unless it is still to be excluded."""
    review = get_review(case)
    review.reasons = 0
    if review.aside is None:
        review.sealed_ballot = None


def _ask_for_change(unit: Unit, case: Subject, judged: str, now: datetime) -> None:
    """Tell other features of a review that is not due to the person, with what `judged` says."""
    review, step = get_review(case), find_step(case, judged)
    if review.aside is Aside.NOT_PERSON and step is not None:
        assert review.attribution is not None
        after_aside(unit, case, review.attribution, step.entry.get("change", ""), now)


def _check_not_in(unit: Unit, case: Subject, *names: str) -> None:
    """Raise DomainError if the actor took one of some earlier steps."""
    check_second_person(unit.actor, *takers_of(case, *names))


def _lengthen(case: Subject, on: date) -> None:
    """Replace the usual term by that of a complex case, with the same start."""
    usual = db.session.scalar(
        select(Deadline).where(
            Deadline.subject_id == case.id,
            Deadline.rule == "rectify_wd",
            Deadline.closed_on.is_(None),
        )
    )
    if usual is not None:
        usual.closed_on = on
        rule = "rectify_complex_wd"
        deadlines.start(case, rule, REVIEW.owners[rule], usual.started_on)


REVIEW_KIND = Kind(
    KIND,
    N_("Bad review"),
    REVIEW,
    margin="feedback/panel.html",
    arises=N_("when a bad review is counted"),
    watchers=frozenset({Duty.CHIEF, Duty.PERSONNEL, Duty.LEADER, REVIEWER}),
    duties=(
        *OFFICES,
        Office(
            REVIEWER,
            N_("the reviewing section"),
            Action.CASE_PROPOSE,
            by=REVIEWER,
            role=Role.CHIEF,
        ),
    ),
    facts=review_facts,
    effects={
        "contact": contacted,
        "classify": classified,
        "classify_aside": classified,
        "set_aside": agreed_aside,
        "keep": kept,
        "rectify": rectified,
        "name_reviewers": gave_to_reviewers,
        "reject_objection": decided_objection,
        "uphold_objection": decided_objection,
        "set_aside_upheld": carried_out,
        "call_back": called_back,
        "give_up": closed,
        "close": closed,
    },
    when={
        left_contact: HAS_CONTACT,
        left_none: ~HAS_CONTACT,
        call_to_come: CALL_TO_COME,
        may_object: ~HAS_OBJECTED,
    },
    # Hidden from the person until it is classified, to protect the rater.
    unseen=frozenset({"opened", "contacted", "aside_proposed"}),
    takes_evidence=frozenset({"opened", "contacted", "classified", "rectified", "objected"}),
)

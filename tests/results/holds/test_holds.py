"""Holds: opened by a closing, no proposal while open, cleared or confirmed, voided by two."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.rules.machine import NotYourStep
from evalsys.cases.engine.service import take_step
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import ChiefTerm, Section, Staff
from evalsys.organisation.periods.queries import get_period
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.ballots.models import Exclusion, ExclusionReason, Rating
from evalsys.ratings.services.models import ServicesHandled
from evalsys.ratings.tickets.models import IssuingTally
from evalsys.results.closing.late import late_of
from evalsys.results.closing.models import Proposal, ProposalKind
from evalsys.results.closing.service import close_period, correct, preview_correction
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.service import check_result
from evalsys.supervision.holds.queries import blocked_in
from tests.factories import make_user, save
from tests.results.closing.city import CODE, NOW, TODAY, make_city

SignIn = Callable[[User], FlaskClient]
DAY = date(2026, 8, 3)
REASONS = {"reasons": "经查属实。", "decider": "孙志强 副秘书长"}

pytestmark = pytest.mark.usefixtures("clock")


def chief_of(section: Section) -> Staff:
    query = select(Staff).join(ChiefTerm, ChiefTerm.staff_id == Staff.id)
    return db.session.scalars(query.where(ChiefTerm.section_id == section.id)).one()


def give_too_many(section: Section, staff: Staff) -> None:
    """Twenty tickets for five services of one day."""
    place = {"served_on": DAY, "staff_id": staff.id, "section_id": section.id}
    save(IssuingTally(**place, issuer_id=1, tickets=20, invitations=0, for_colleagues=0))
    save(ServicesHandled(**place, services=5, entered_on=DAY))


def office(**values: object) -> Actor:
    return make_user(Role.SUPERVISOR, **values).actor


def proposed(section: Section) -> list[ProposalKind]:
    query = select(Proposal.kind).where(Proposal.section_id == section.id).order_by(Proposal.id)
    return list(db.session.scalars(query))


def hold_of(section: Section) -> Subject:
    cases = db.session.scalars(select(Subject).where(Subject.kind == "anomaly")).all()
    return next(case for case in cases if case.section_id == section.id)


@pytest.fixture
def low(app: Flask) -> Section:
    """A section far below, whose chief has more tickets than services."""
    low, _high = make_city()
    give_too_many(low, chief_of(low))
    return low


@pytest.fixture
def result(low: Section) -> Result:
    return close_period(SYSTEM, CODE, now=NOW, on=TODAY)


@pytest.mark.usefixtures("result")
def test_a_sign_opens_a_hold_and_nothing_is_proposed(low: Section) -> None:
    case = hold_of(low)
    assert (case.state, case.opened_by) == ("open", None)
    (finding,) = case.grounds["findings"]
    assert (finding["feature"], finding["staff"]) == ("excess", chief_of(low).number)
    assert finding["facts"] == {"days": 1, "n": 15}
    assert proposed(low) == []
    assert db.session.scalar(select(func.count()).where(Proposal.id > 0)) == 1  # The other one.
    assert db.session.scalar(select(Subject.id).where(Subject.kind == "chief")) is None


@pytest.mark.usefixtures("app")
def test_a_policy_without_holds_proposes_at_once() -> None:
    low, _high = make_city()
    give_too_many(low, chief_of(low))
    period = get_period(CODE)
    rules = PolicyRules.from_json(period.policy.rules).changed(holds=False)
    period.policy.rules = rules.to_json()
    db.session.commit()
    close_period(SYSTEM, CODE, now=NOW, on=TODAY)
    assert proposed(low) == [ProposalKind.INTERVIEW]


@pytest.mark.usefixtures("result")
def test_a_cleared_hold_lets_the_proposal_follow(low: Section) -> None:
    take_step(office(), hold_of(low).id, "clear", REASONS, now=NOW)
    assert proposed(low) == [ProposalKind.INTERVIEW]
    case = db.session.scalars(select(Subject).where(Subject.kind == "chief")).one()
    assert case.staff_id == chief_of(low).id


def test_a_confirmed_hold_keeps_proposals_back(low: Section, result: Result) -> None:
    take_step(office(), hold_of(low).id, "confirm", REASONS, now=NOW)
    assert proposed(low) == []
    assert blocked_in(result.period_id) == {low.id}
    assert preview_correction(SYSTEM, CODE)["proposals"] == []
    correct(SYSTEM, CODE, "核对", now=NOW)
    assert proposed(low) == []


@pytest.mark.usefixtures("result")
def test_nobody_measured_by_it_judges_it(low: Section) -> None:
    chief = chief_of(low)
    with pytest.raises(NotYourStep):
        take_step(office(staff_id=chief.id), hold_of(low).id, "clear", REASONS, now=NOW)


def test_two_persons_void_the_ballots_and_the_figures_follow(low: Section, result: Result) -> None:
    chief, case = chief_of(low), hold_of(low)
    one, other = office(), office()
    take_step(one, case.id, "confirm", REASONS, now=NOW)
    asked = {"staff": chief.number, "reasons": "评价单多于办件。"}
    take_step(one, case.id, "propose_void", asked, now=NOW)
    with pytest.raises(NotYourStep):
        take_step(one, case.id, "void", REASONS, now=NOW)
    take_step(other, case.id, "void", REASONS, now=NOW)
    assert case.state == "voided"
    reasons = set(
        db.session.scalars(select(Exclusion.reason).where(Exclusion.staff_id == chief.id))
    )
    assert reasons == {ExclusionReason.VOID}
    rated = select(func.count()).select_from(Rating).where(Rating.staff_id == chief.id)
    gone = select(func.count()).select_from(Exclusion).where(Exclusion.staff_id == chief.id)
    assert db.session.scalar(rated) == db.session.scalar(gone)
    waiting = late_of(make_user(Role.HR).actor, result, TODAY)
    assert waiting is not None
    corrected = correct(SYSTEM, CODE, "按核查结论作废", now=NOW)
    check_result(corrected)
    row = db.session.scalars(
        select(MemberScore).where(
            MemberScore.result_id == corrected.id, MemberScore.staff_id == chief.id
        )
    ).one()
    assert (row.ballots, row.score, row.exclusion_reasons) == (0, None, "void:46")
    section = db.session.scalars(
        select(SectionScore).where(
            SectionScore.result_id == corrected.id, SectionScore.section_id == low.id
        )
    ).one()
    assert section.scored == 1


@pytest.mark.usefixtures("result")
def test_the_second_person_may_keep_the_ballots(low: Section) -> None:
    case = hold_of(low)
    one, other = office(), office()
    take_step(one, case.id, "confirm", REASONS, now=NOW)
    asked = {"staff": chief_of(low).number, "reasons": "评价单多于办件。"}
    take_step(one, case.id, "propose_void", asked, now=NOW)
    take_step(other, case.id, "keep", REASONS, now=NOW)
    assert case.state == "confirmed"
    assert db.session.scalar(select(Exclusion.staff_id)) is None


@pytest.mark.usefixtures("result")
def test_nothing_is_voided_of_who_has_no_ballots(low: Section) -> None:
    one, other, case = office(), office(), hold_of(low)
    stranger = db.session.scalars(select(Staff).where(Staff.id != chief_of(low).id)).first()
    assert stranger is not None
    take_step(one, case.id, "confirm", REASONS, now=NOW)
    asked = {"staff": stranger.number, "reasons": "误。"}
    take_step(one, case.id, "propose_void", asked, now=NOW)
    with pytest.raises(DomainError, match="no ballots"):
        take_step(other, case.id, "void", REASONS, now=NOW)


@pytest.mark.usefixtures("result")
def test_the_page_of_a_hold_says_what_and_never_how_anybody_was_rated(
    low: Section, sign_in: SignIn
) -> None:
    page = sign_in(make_user(Role.SUPERVISOR)).get(f"/cases/{hold_of(low).id}").text
    assert "too many by 15" in page
    assert "Clear or confirm the hold" in page
    for told in ("dissatisfied", "score rate", "40.00"):
        assert told not in page.partition("What looked strange")[2].partition("</section>")[0]


@pytest.mark.usefixtures("result")
@pytest.mark.parametrize("role", [Role.HR, Role.CHIEF, Role.COUNTER, Role.DISCIPLINE])
def test_others_do_not_see_it(low: Section, sign_in: SignIn, role: Role) -> None:
    assert sign_in(make_user(role)).get(f"/cases/{hold_of(low).id}").status_code == 404

from datetime import UTC, date, datetime, timedelta

import pytest

from evalsys.cases.deadlines.queries import open_deadlines
from evalsys.cases.engine.models import CaseStep, Subject
from evalsys.cases.engine.queries import list_steps
from evalsys.cases.engine.rules.machine import NoSuchMove, NotReady
from evalsys.cases.engine.service import take_step
from evalsys.cases.letters.queries import source_of
from evalsys.cases.letters.rules.source import day_words
from evalsys.cases.papers.receipts import mark_opened, mark_read
from evalsys.core.errors import DomainError, NotFound
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.organisation.org.models import Employment
from evalsys.personnel.remedies.letters.decisions import reconsideration
from evalsys.personnel.remedies.limits import RECONSIDER
from evalsys.personnel.remedies.rules import OUTCOMES, REMEDY, Term
from evalsys.personnel.remedies.service import apply, contestable_steps
from tests.cases.engine.test_service import City
from tests.cases.walks import walks
from tests.factories import (
    make_case,
    make_chief,
    make_policy,
    make_section,
    make_user,
    save,
    with_limits,
)

NOW = datetime(2026, 11, 27, 2, tzinfo=UTC)
DECISION = {
    "outcome": "change",
    "reasons": "情节较轻",
    "decider": "李局长",
    "document": "复〔2026〕1号",
}


@pytest.fixture
def city(app: object) -> City:
    return City()


def step_id(city: City) -> int:
    return list_steps(city.to_interviewed())[-1].id


def test_a_remedy_ends_in_a_decision_or_by_the_applicant() -> None:
    for walk in walks(REMEDY):
        names = [move.name for _, move, _ in walk if move.name != "note_receipt"]
        if not REMEDY.moves_from(walk[-1][2]):
            assert walk[-1][2] in REMEDY.finals
        assert len(names) <= 3, "but for a receipt, which is recorded once"
        if "decide_appeal" in names:
            assert {"appeal", "appeal_directly"} & set(names)


def test_no_outcome_makes_it_worse() -> None:
    assert set(OUTCOMES) == {"uphold", "change", "revoke"}


def opened(city: City, step: int, *, now: datetime) -> None:
    """Let the person open the case of a step."""
    case = db.session.get_one(Subject, db.session.get_one(CaseStep, step).subject_id)
    mark_opened(city.person, case, now=now)


def test_an_interview_can_be_contested_and_goes_on_meanwhile(city: City) -> None:
    step = step_id(city)
    [row] = contestable_steps(city.person, on=date(2026, 11, 27))
    assert (row.step.id, row.is_lawful) == (step, False)
    case = apply(city.person, step, "时间不对", now=NOW)
    assert not contestable_steps(city.person, on=date(2026, 11, 27))
    origin = db.session.get_one(Subject, case.origin_id)
    assert origin.state == "interviewed"
    assert [d.rule for d in open_deadlines([origin.id], NOW.date())[origin.id]] == ["plan_wd"]


def test_thirty_days_run_from_the_day_on_which_it_was_opened(city: City) -> None:
    step = step_id(city)
    for day in (date(2026, 11, 27), date(2027, 6, 1)):
        [row] = contestable_steps(city.person, on=day)
        assert row.term.received_on is None
        assert (row.term.ends_on - day).days >= 30, "unread, the whole term lies ahead"
    opened(city, step, now=NOW + timedelta(days=3))
    [row] = contestable_steps(city.person, on=date(2026, 12, 20))
    assert row.term == Term(date(2026, 11, 30), date(2026, 12, 30))
    opened(city, step, now=NOW + timedelta(days=9))
    assert contestable_steps(city.person, on=date(2026, 12, 30)), "a second look begins nothing"
    assert not contestable_steps(city.person, on=date(2026, 12, 31))


def test_a_term_is_as_long_as_it_was_told_whatever_is_adopted_later(city: City) -> None:
    step = step_id(city)
    made = db.session.get_one(CaseStep, step).at
    longer, later = with_limits({RECONSIDER: 60}), made + timedelta(hours=1)
    make_policy(longer, version=99, adopted_at=later)
    opened(city, step, now=NOW)
    [row] = contestable_steps(city.person, on=date(2026, 11, 27))
    assert row.term.ends_on == date(2026, 12, 28), "27 December is a Sunday"


def test_once_and_in_time_and_only_ones_own(city: City) -> None:
    step = step_id(city)
    stranger = make_user(Role.CHIEF, staff_id=make_chief(make_section()).id).actor
    with pytest.raises(NotFound):
        apply(stranger, step, "不服", now=NOW)
    opened(city, step, now=NOW)
    with pytest.raises(DomainError, match="The term for this application ended on"):
        apply(city.person, step, "不服", now=NOW + timedelta(days=40))
    apply(city.person, step, "不服", now=NOW)
    with pytest.raises(DomainError, match="You have applied for a reconsideration of"):
        apply(city.person, step, "不服", now=NOW)


def decided(city: City) -> Subject:
    """A reconsideration that was decided; nobody has opened the decision."""
    case = apply(city.person, step_id(city), "不服", now=NOW)
    return take_step(city.leader, case.id, "decide", DECISION, now=NOW)


def test_an_appeal_runs_fifteen_days_after_the_decision_was_opened(city: City) -> None:
    case = decided(city)
    assert not open_deadlines([case.id], NOW.date()), "the term has not begun"
    late = NOW + timedelta(days=50)
    with pytest.raises(NotReady):
        take_step(city.hr, case.id, "lapse", {}, now=late)
    for later in (50, 53):
        mark_opened(city.person, case, now=NOW + timedelta(days=later))
    [term] = open_deadlines([case.id], NOW.date())[case.id]
    assert (term.rule, term.started_on, term.due_on) == (
        "appeal_d",
        date(2027, 1, 16),
        date(2027, 2, 1),
    ), "31 January is a Sunday"
    with pytest.raises(NotReady):
        take_step(city.hr, case.id, "lapse", {}, now=late)
    over = NOW + timedelta(days=70)
    with pytest.raises(NotReady):
        take_step(city.person, case.id, "appeal", {"grounds": "仍不服"}, now=over)
    take_step(city.hr, case.id, "lapse", {}, now=over)
    assert db.session.get_one(Subject, case.id).state == "final"


def test_who_never_opened_a_decision_may_appeal_at_any_time(city: City) -> None:
    case = decided(city)
    late = NOW + timedelta(days=300)
    take_step(city.person, case.id, "appeal", {"grounds": "仍不服"}, now=late)
    assert db.session.get_one(Subject, case.id).state == "appealed"


def test_a_receipt_that_was_signed_on_paper_begins_the_term_too_once(city: City) -> None:
    case = decided(city)
    later, signed = NOW + timedelta(days=5), {"received_on": "2026-11-30"}
    with pytest.raises(DomainError, match="The day on the receipt is still to come"):
        take_step(city.hr, case.id, "note_receipt", {"received_on": "2026-12-05"}, now=later)
    take_step(city.hr, case.id, "note_receipt", signed, now=later)
    mark_opened(city.person, case, now=later)
    [term] = open_deadlines([case.id], NOW.date())[case.id]
    assert (term.started_on, term.due_on) == (date(2026, 11, 30), date(2026, 12, 15))
    with pytest.raises(NoSuchMove):
        take_step(city.hr, case.id, "note_receipt", signed, now=later)


def test_a_receipt_is_never_older_than_the_decision(city: City) -> None:
    case = decided(city)
    take_step(city.hr, case.id, "note_receipt", {"received_on": "2026-01-05"}, now=NOW)
    [term] = open_deadlines([case.id], NOW.date())[case.id]
    assert term.started_on == date(2026, 11, 27)


def test_the_inbox_opens_the_own_cases_too(city: City) -> None:
    case = decided(city)
    mark_read(city.person, now=NOW + timedelta(days=2))
    [term] = open_deadlines([case.id], NOW.date())[case.id]
    assert term.started_on == date(2026, 11, 29)


def lawful_remedy(city: City, employment: Employment) -> Subject:
    """An application against an act that the law lets one contest."""
    city.chief.employment = employment
    grounds = {"step_id": 0, "is_lawful": True, "says": "不服"}
    case = make_case("remedy", section=city.section, staff=city.chief, grounds=grounds)
    return save(case)


@pytest.mark.parametrize(
    ("employment", "days"),
    [(Employment.CIVIL_SERVANT, 15), (Employment.PUBLIC_INSTITUTION, 30)],
)
def test_the_deadline_of_an_appeal_is_that_of_the_letter_and_of_the_footing(
    city: City, employment: Employment, days: int
) -> None:
    case = lawful_remedy(city, employment)
    take_step(city.leader, case.id, "decide", DECISION, now=NOW)
    unread = source_of(case, list_steps(case)[-1])
    mark_opened(city.person, case, now=NOW)
    [term] = open_deadlines([case.id], NOW.date())[case.id]
    assert (term.amount, (term.due_on - term.started_on).days >= days) == (days, True)
    told = f"{days}日内（当日收到的，至{day_words(term.due_on)}止）"
    for source in (unread, source_of(case, list_steps(case)[-1])):
        assert told in reconsideration(source).remedy[0]


def test_staff_of_an_institution_appeal_after_a_reconsideration_only(city: City) -> None:
    for employment in (Employment.PUBLIC_INSTITUTION, Employment.CIVIL_SERVANT):
        case = lawful_remedy(city, employment)
        appeal = {"grounds": "不服"}
        if employment is Employment.CIVIL_SERVANT:
            take_step(city.person, case.id, "appeal_directly", appeal, now=NOW)
        else:
            with pytest.raises(NoSuchMove):
                take_step(city.person, case.id, "appeal_directly", appeal, now=NOW)

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, text

from evalsys.core.audit import AuditEvent
from evalsys.core.errors import DomainError, NotAllowed
from evalsys.core.extensions import db
from evalsys.core.permissions import CITIZEN, SYSTEM, Action
from evalsys.foundation.jobs.handlers import Cancelled, Progress
from evalsys.organisation.org.models import Organ, Posting, Section, Staff
from evalsys.organisation.periods.models import PeriodState
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.ratings.ballots.models import Channel, CountBatch, Exclusion, RaterGroup, Rating, Tally
from evalsys.ratings.history.plan import (
    ImportPlan,
    ImportRefused,
    PastRating,
    PastReport,
    RowProblem,
)
from evalsys.ratings.history.service import PastSummary, import_ratings
from evalsys.scores.queries import recount, tallied
from tests.databases import KIND
from tests.factories import make_period, make_posting, make_section, make_staff

pytestmark = pytest.mark.usefixtures("app")

TODAY = date(2026, 11, 24)
PLAN = ImportPlan("past.csv")
ALL = (Organ, Section, Staff, Posting, Rating, Tally, CountBatch, Exclusion, AuditEvent)


def past(row: int = 2, **values: Any) -> PastRating:
    fields: dict[str, Any] = {
        "organ": None,
        "section": "S1",
        "staff": "000001",
        "served_on": date(2026, 5, 4),
        "rater_group": RaterGroup.RECIPIENT,
        "service_type": None,
        "channel": Channel.IMPORT,
        "levels": (5, 4, None, 3),
    }
    return PastRating(row=row, **{**fields, **values})


def store(
    *rows: PastRating | RowProblem, create: bool = True, again: bool = False, **options: Any
) -> PastSummary:
    plan = replace(PLAN, create_org=create, again=again)
    return import_ratings(SYSTEM, rows, plan, on=TODAY, **options)


def report_of(*rows: PastRating | RowProblem, create: bool = False) -> PastReport:
    with pytest.raises(ImportRefused) as refusal:
        store(*rows, create=create)
    return refusal.value.report


def numbers() -> dict[str, int]:
    """How many rows each table has."""
    db.session.rollback()
    return {
        model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0
        for model in ALL
    }


def test_a_past_rating_becomes_a_rating_without_its_day() -> None:
    section = make_section(code="S1")
    staff = make_staff(section, number="000001")
    summary = store(past(service_type="身份证"), create=False)
    rating = db.session.scalars(select(Rating)).one()
    assert (rating.staff_id, rating.section_id) == (staff.id, section.id)
    levels = (rating.attitude, rating.work_style, rating.efficiency, rating.competence)
    assert levels == (5, 4, None, 3)
    assert (rating.base_period, rating.service_type) == ("2026-Q2", "身份证")
    assert (rating.channel, rating.rater_group) == (Channel.IMPORT, RaterGroup.RECIPIENT)
    assert (summary.ratings, summary.staff, summary.sections) == (1, 0, 0)
    assert summary.seatless.total() == 0


def test_imported_ratings_are_folded_into_tallies_that_a_recount_confirms() -> None:
    rows = [past(n, staff=f"{n % 3}", levels=(1 + n % 5, None, 3, None)) for n in range(40)]
    store(*rows)
    counted = {row[:3]: (row.ballots, *row.levels) for row in recount(["2026-Q2"], PolicyRules())}
    assert counted == tallied(["2026-Q2"])
    assert sum(row[0] for row in counted.values()) == 40


def test_everybody_unknown_is_named_in_one_report() -> None:
    make_staff(make_section(code="S1"), number="000001")
    make_section(code="D07")
    rows = (
        past(2),
        past(3, staff="1", section="D7"),
        past(4, staff="1"),
        past(5, staff="000077", section="D7", organ="G1"),
    )
    report = report_of(*rows)
    assert {name: (one.row, one.rows) for name, one in report.staff.items()} == {
        "1": (3, 2),
        "000077": (5, 1),
    }
    assert {name: (one.row, one.rows, one.like) for name, one in report.sections.items()} == {
        "D7": (3, 2, "D07")
    }
    assert report.staff["1"].like == "000001", "Excel took the zeros away"
    assert numbers()["rating"] == 0


def test_problems_of_rows_stand_in_the_same_report() -> None:
    make_section(code="S1")
    rows = (
        RowProblem(2, "attitude", "7", "no level"),
        past(3, served_on=date(2026, 11, 25)),
        past(4, levels=(None,) * 4),
        past(5, served_on=date(1999, 12, 31)),
    )
    report = report_of(*rows)
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (2, "attitude"),
        (3, "served_on"),
        (4, ""),
        (5, "served_on"),
    ]
    assert set(report.staff) == {"000001"}


def test_of_many_problems_the_first_are_listed_and_all_are_counted() -> None:
    report = report_of(*(past(n, levels=(None,) * 4) for n in range(500)), create=True)
    assert len(report.problems) == 200
    assert report.counts.total() == 500


def test_unknown_people_and_sections_are_created_on_demand() -> None:
    rows = (
        past(2, organ="G1"),
        past(3, organ="G1", staff="000002", section="S2"),
        past(4, staff="000001", section="S2", organ="G1", served_on=date(2026, 8, 3)),
    )
    summary = store(*rows)
    assert (summary.staff, summary.sections, summary.seatless.total()) == (2, 2, 0)
    postings = {
        (row.staff.number, row.section.code, row.started_on, row.ended_on)
        for row in db.session.scalars(select(Posting))
    }
    assert postings == {
        ("000001", "S1", date(2026, 4, 1), date(2026, 6, 30)),
        ("000001", "S2", date(2026, 7, 1), None),
        ("000002", "S2", date(2026, 4, 1), date(2026, 6, 30)),
    }
    assert {organ.code for organ in db.session.scalars(select(Organ))} == {"G1"}


def test_a_known_person_keeps_the_postings_of_the_roster_and_is_told_of_if_they_fit_nowhere() -> (
    None
):
    staff = make_staff(number="000001")
    make_posting(staff, make_section(code="S9"))
    make_section(code="S1")
    summary = store(past(2), past(3, section="S9"), create=True)
    assert summary.seatless == {("000001", "S1", "2026-Q2"): 1}
    assert numbers()["posting"] == 1


def test_a_section_of_another_organ_is_a_problem() -> None:
    section = make_section(code="S1")
    make_staff(section, number="000001")
    problem = report_of(past(organ="G999")).problems[0]
    assert (problem.column, problem.value) == ("organ_code", "G999")
    assert problem.params == {"section": "S1", "organ": section.organ.code}


def test_two_organs_for_one_new_section_are_a_problem() -> None:
    report = report_of(past(2, organ="G1"), past(3, organ="G2"), create=True)
    assert [problem.row for problem in report.problems] == [3]


def test_a_closed_period_takes_no_past_ratings() -> None:
    make_period("2026-H1", state=PeriodState.PUBLISHED)
    before = numbers()
    report = report_of(past(2), past(3, served_on=date(2026, 7, 1)), create=True)
    assert [(problem.row, problem.column) for problem in report.problems] == [(2, "served_on")]
    assert numbers() == before


def test_a_period_that_closes_while_the_file_is_read_takes_none_either() -> None:
    def rows() -> Iterator[PastRating]:
        yield past(2)
        make_period("2026-Q2", state=PeriodState.CLOSED)

    with pytest.raises(DomainError, match="was closed meanwhile"):
        import_ratings(SYSTEM, rows(), replace(PLAN, create_org=True), on=TODAY)
    assert numbers()["rating"] == numbers()["section"] == 0


def test_the_same_rows_are_imported_once_whatever_the_file_is_called() -> None:
    store(past(2), past(3, levels=(1, 1, 1, 1)))
    after = numbers()
    with pytest.raises(DomainError, match="same 2 ratings"):
        import_ratings(SYSTEM, [past(7), past(9, levels=(1, 1, 1, 1))], PLAN, on=TODAY)
    assert numbers() == after
    assert store(past(2), past(3, levels=(1, 1, 1, 1)), again=True).ratings == 2
    assert numbers()["rating"] == 4


def test_rows_that_differ_in_one_level_are_other_rows() -> None:
    store(past(2))
    assert store(past(2, levels=(5, 4, None, 2))).ratings == 1


def test_headings_without_rows_are_no_import() -> None:
    with pytest.raises(DomainError, match="There are no ratings in the file"):
        store()


def test_an_import_is_stored_as_a_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    before = numbers()

    def interrupted(*args: Any, **options: Any) -> Iterator[Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr("evalsys.ratings.history.service.publish_staged", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store(past(2))
    assert numbers() == before


def test_an_import_that_is_cancelled_leaves_nothing() -> None:
    class Impatient(Progress):
        def advance(self, n: int = 1) -> None:
            raise Cancelled

    before = numbers()
    with pytest.raises(Cancelled):
        store(past(2), progress=Impatient())
    assert numbers() == before


def test_who_may_not_import_does_not_even_have_the_file_read() -> None:
    rows = iter([past(2)])
    with pytest.raises(NotAllowed):
        import_ratings(CITIZEN, rows, PLAN, on=TODAY)
    assert next(rows) == past(2)


def test_the_audit_line_says_which_file_and_how_many_but_no_level() -> None:
    store(past(2))
    query = select(AuditEvent.details).where(AuditEvent.action == Action.RATING_IMPORT)
    details = db.session.scalars(query).one()
    assert len(details.pop("sha256")) == 64
    assert details == {"file": "past.csv", "ratings": 1, "sections": 1, "staff": 1}


def test_the_place_of_an_imported_rating_does_not_tell_its_row() -> None:
    store(*(past(n, service_type=f"{n:03}") for n in range(200)))
    # As the rows lie in the table: an index, which SQLite would rather read, is in order by itself.
    lies = "ORDER BY staff_id, ballot_id" if KIND == "sqlite" else ""
    rows = db.session.execute(text(f"SELECT service_type FROM rating {lies}")).scalars()
    order = [int(row) for row in rows]
    assert sorted(order) == list(range(200))
    n = len(order)
    distance = sum((place - value) ** 2 for place, value in enumerate(order))
    assert abs(1 - 6 * distance / (n * (n * n - 1))) < 0.3  # p < 0.00003 for a true shuffle


def test_default_ratings_of_old_systems_are_kept_and_set_aside() -> None:
    store(past(2, channel=Channel.DEFAULT), past(3))
    assert numbers()["exclusion"] == 1
    assert db.session.scalars(select(Tally.ballots)).all() == [1]

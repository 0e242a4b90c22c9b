"""Figures of visits beside the score: of who went and of the section, in the days asked for."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

from evalsys.organisation.org.models import Section, Staff
from evalsys.personnel.archive.achievements import Whose, WorkAsked, read_achievements
from evalsys.personnel.archive.rules import Achievement, Bearing
from evalsys.supervision.visits import achievements
from evalsys.supervision.visits.rules import VisitEntry, VisitOutcome
from evalsys.supervision.visits.service import log_visit
from tests.supervision.office import NOW, Supervision

TODAY = NOW.date()
DAYS = (TODAY - timedelta(days=30), TODAY)
VISITS, SOLVED = "Front-line visits", "Problems of visits solved on the spot"


def log(office: Supervision, outcome: VisitOutcome, ago: int = 0) -> None:
    """Log a visit of the member, some days ago."""
    told = VisitEntry(str(uuid4()), TODAY - timedelta(days=ago), "东港路", "不会预约。", outcome)
    how = "当场代约。" if outcome is VisitOutcome.SOLVED else None
    log_visit(office.handler, replace(told, solved_how=how), [], now=NOW)


def figures(who: Staff | Section, days: tuple[date, date] = DAYS) -> dict[str, Achievement]:
    whose = Whose.PERSON if isinstance(who, Staff) else Whose.SECTION
    found = read_achievements(WorkAsked(whose, [who.id], *days, TODAY))[who.id]
    return {row.name: row for row in found}


def test_a_person_and_the_section_have_the_visits_of_the_days(office: Supervision) -> None:
    for outcome in (*VisitOutcome, VisitOutcome.SOLVED):
        log(office, outcome)
    log(office, VisitOutcome.NOTHING, ago=31)
    for who in (office.member, office.section):
        found = figures(who)
        assert (found[VISITS].figure, found[VISITS].bearing) == (4, Bearing.NEUTRAL)
        assert [part.figure for part in found[VISITS].parts] == [1, 2, 1]
        solved = found[SOLVED]
        assert (solved.figure, solved.of, solved.bearing) == (2, 3, Bearing.GOOD)
    assert figures(office.beside) == {}
    assert figures(office.member, (DAYS[0] - timedelta(days=1), DAYS[1]))[VISITS].figure == 5


def test_nothing_solved_speaks_against_nobody_and_no_problem_on_neither_side() -> None:
    [visits] = achievements.tell({"nothing": 2})
    assert (visits.name, visits.figure) == (VISITS, 2)
    told: dict[str, Achievement] = {row.name: row for row in achievements.tell({"follow_up": 2})}
    assert (told[SOLVED].figure, told[SOLVED].of) == (0, 2)
    assert told[SOLVED].bearing is Bearing.NEUTRAL
    assert list(achievements.tell({})) == []

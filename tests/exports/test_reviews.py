"""差评工单: the cases of bad reviews in the workbook of 差评台账."""

from pathlib import Path

import pytest
from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.service import take_step
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action
from evalsys.exports.service import count_rows, request_export
from evalsys.organisation.org.models import Section
from evalsys.personnel.feedback.service import open_reviews
from evalsys.ratings.ballots.models import Tally
from evalsys.ratings.counting.hooks import LowBallot
from tests.exports.books import column, make_closed_city, read
from tests.factories import make_staff
from tests.results.closing.city import CODE, NOW, TODAY

pytestmark = pytest.mark.usefixtures("app")


def open_cases(section: Section, *staff_ids: int, period: str = "2026-Q3") -> list[Subject]:
    lows = [
        LowBallot(nth.to_bytes(16), period, section.id, staff_id, reasons=1, contact_id=None)
        for nth, staff_id in enumerate(staff_ids)
    ]
    with unit_of_work(SYSTEM) as unit:
        unit.record(Action.RATING_COUNT, "test")
        open_reviews(unit, lows, TODAY)
    return list(db.session.scalars(select(Subject).filter_by(kind="review")))


def rated(section: Section) -> int:
    """Somebody of a section whom many have rated."""
    query = select(Tally.staff_id).where(Tally.section_id == section.id, Tally.ballots >= 10)
    return db.session.scalars(query.limit(1)).one()


def test_a_line_says_what_became_of_the_review_and_no_level_and_no_reason(tmp_path: Path) -> None:
    low, _ = make_closed_city()
    [case] = open_cases(low, rated(low))
    judged = {"category": "justified_simple", "finding": "属实"}
    take_step(SYSTEM, case.id, "classify", judged, now=NOW)
    done = {"done_on": TODAY, "measures": "道歉"}
    take_step(SYSTEM, case.id, "rectify", done, now=NOW)
    table = read(tmp_path, "bad-reviews")["差评工单"]
    found = dict(zip(table[0], table[1], strict=True))
    assert found["工单号"] == f"{TODAY.year}-001"
    assert (found["科室"], found["阶段"]) == (low.name, "已整改")
    assert (found["类别"], found["归因"]) == ("属实，简单", "个人")
    assert (found["整改日期"], found["是否留有联系方式"]) == (TODAY, "否")
    assert not {"差评原因", "服务态度", "工作作风", "办事效率", "业务能力"} & set(table[0])


def test_cases_of_other_periods_and_sections_are_not_listed(tmp_path: Path) -> None:
    low, high = make_closed_city()
    open_cases(low, rated(low))
    open_cases(low, rated(low), period="2026-Q4")
    open_cases(high, rated(high))
    assert len(read(tmp_path, "bad-reviews")["差评工单"]) == 3
    assert len(read(tmp_path, "bad-reviews", section=low.code)["差评工单"]) == 2


def test_nobody_is_named_whom_too_few_rated(tmp_path: Path) -> None:
    low, _ = make_closed_city()
    few = make_staff(low)
    open_cases(low, few.id)
    table = read(tmp_path, "bad-reviews")["差评工单"]
    assert (column(table, "工号"), column(table, "科室")) == (["不列示"], ["不列示"])
    assert len(read(tmp_path, "bad-reviews", section=low.code)["差评工单"]) == 1


def test_the_rows_of_the_book_are_counted_with_the_cases() -> None:
    low, _ = make_closed_city()
    request = request_export(SYSTEM, "bad-reviews", CODE, {}, lang="zh", now=NOW)
    before = count_rows(request)
    open_cases(low, rated(low))
    assert count_rows(request) == before + 1

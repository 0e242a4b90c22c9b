"""Visits are stored once, with what came of them, without what their photos tell of the place."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from threading import Barrier
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.titles import organ_of
from evalsys.cases.papers.rules import BadAttachment
from evalsys.cases.papers.service import TooManyFiles, folder, path_of, tidy
from evalsys.core.audit import AuditEvent
from evalsys.core.errors import DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import SYSTEM, Action, Role
from evalsys.foundation.jobs.handlers import Progress
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.rules import MatterSource
from evalsys.supervision.visits.models import Visit, VisitPhoto
from evalsys.supervision.visits.rules import VisitEntry, VisitOutcome, title_of_matter
from evalsys.supervision.visits.service import log_visit
from tests.cases.papers.files import PLACE, jpeg, pdf, png
from tests.factories import make_organ, make_user
from tests.supervision.office import NOW, Supervision

TODAY = NOW.date()


def entry(**values: object) -> VisitEntry:
    plain = VisitEntry(
        str(uuid4()), TODAY, "东港路社区", "老人不会网上预约。", VisitOutcome.NOTHING
    )
    return replace(plain, **values)  # type: ignore[arg-type]


def photo(body: bytes, name: str = "IMG_1.jpg") -> FileStorage:
    return FileStorage(BytesIO(body), name)


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_what_was_solved_on_the_spot_is_on_file_with_who_went_there(office: Supervision) -> None:
    told = entry(outcome=VisitOutcome.SOLVED, solved_how="当场代约，来电13812345678。")
    logged = log_visit(office.handler, told, [photo(jpeg()), photo(png(), "2.png")], now=NOW)
    visit = db.session.get_one(Visit, logged.visit_id)
    assert (visit.staff_id, visit.section_id, visit.organ_id) == (
        *(office.member.id, office.section.id, office.organ.id),
    )
    assert visit.solved_how == "当场代约，来电138****5678。"
    assert visit.matter_id is None
    bodies = [path_of(one.stored).read_bytes() for one in visit.photos]
    assert len(bodies) == 2
    assert not any(PLACE in body for body in bodies)
    tidy(Progress(), {}, SYSTEM, NOW + timedelta(days=400))
    assert all(path_of(one.stored).exists() for one in visit.photos)
    line = db.session.scalars(select(AuditEvent).filter_by(action=Action.VISIT_LOG)).one()
    assert line.details == {"outcome": "solved", "photos": 2}


def test_a_follow_up_opens_its_matter_by_itself(office: Supervision) -> None:
    told = entry(outcome=VisitOutcome.FOLLOW_UP, found="站点宽带中断。电话13812345678。")
    visit = db.session.get_one(Visit, log_visit(office.handler, told, now=NOW).visit_id)
    matter = db.session.get_one(Matter, visit.matter_id)
    assert (matter.source, matter.reference) == (MatterSource.VISIT, visit.number)
    assert matter.title == "东港路社区：站点宽带中断"
    assert matter.subject.grounds == {"says": "东港路社区：站点宽带中断。电话138****5678。"}
    assert organ_of(matter.subject) == office.organ
    other = make_organ(code="JT", name="交通局")
    elsewhere = entry(outcome=VisitOutcome.FOLLOW_UP, organ_id=other.id)
    visit = db.session.get_one(Visit, log_visit(office.handler, elsewhere, now=NOW).visit_id)
    assert organ_of(db.session.get_one(Subject, visit.matter_id)) == other


def test_what_is_sent_again_is_stored_once_and_keeps_no_file_of_the_second(
    office: Supervision,
) -> None:
    told = entry(outcome=VisitOutcome.FOLLOW_UP)
    first = log_visit(office.handler, told, [photo(jpeg())], now=NOW)
    again = log_visit(office.handler, told, [photo(jpeg())], now=NOW + timedelta(hours=3))
    assert (again.visit_id, first.is_new, again.is_new) == (first.visit_id, True, False)
    assert (count(Visit), count(Matter), count(VisitPhoto)) == (1, 1, 1)
    assert len([path for path in folder().glob("*/*") if path.is_file()]) == 1
    with pytest.raises(DomainError, match="another account"):
        log_visit(office.chief, told, now=NOW)


def test_two_that_arrive_at_once_are_one(app: Flask, office: Supervision) -> None:
    told, actor = entry(outcome=VisitOutcome.FOLLOW_UP), office.handler
    db.session.remove()
    ready = Barrier(4)

    def work(_hand: int) -> bool:
        with app.app_context():
            ready.wait(timeout=60)
            return log_visit(actor, told, [photo(jpeg())], now=NOW).is_new

    with ThreadPoolExecutor(4) as hands:
        assert sorted(hands.map(work, range(4))) == [False, False, False, True]
    assert (count(Visit), count(Matter), count(VisitPhoto)) == (1, 1, 1)


def test_a_leader_in_charge_goes_for_the_organ(office: Supervision) -> None:
    visit = db.session.get_one(Visit, log_visit(office.leader, entry(), now=NOW).visit_id)
    assert (visit.section_id, visit.organ_id) == (None, office.organ.id)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"key": "1"}, "Open it again"),
        ({"visited_on": TODAY + timedelta(days=1)}, "not before"),
        ({"visited_on": TODAY - timedelta(days=400)}, "within a year"),
        ({"outcome": VisitOutcome.SOLVED}, "how it was solved"),
        ({"outcome": VisitOutcome.FOLLOW_UP, "organ_id": 987_654}, "no such organ"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(
    office: Supervision, values: dict[str, object], why: str
) -> None:
    with pytest.raises(DomainError, match=why):
        log_visit(office.handler, entry(**values), [photo(jpeg())], now=NOW)
    assert (count(Visit), count(Subject)) == (0, 0)
    assert not [path for path in folder().glob("*/*") if path.is_file()]


def test_only_few_pictures_are_taken(office: Supervision) -> None:
    with pytest.raises(BadAttachment):
        log_visit(office.handler, entry(), [photo(pdf(), "报告.jpg")], now=NOW)
    with pytest.raises(TooManyFiles):
        log_visit(office.handler, entry(), [photo(jpeg()) for _ in range(4)], now=NOW)
    assert count(Visit) == 0


def test_who_belongs_nowhere_logs_none(office: Supervision) -> None:
    with pytest.raises(DomainError, match="no section or organ"):
        log_visit(make_user(Role.HR).actor, entry(), now=NOW)


def test_a_title_is_the_place_and_the_first_sentence() -> None:
    assert title_of_matter("集市", "办证要跑三个窗口。希望集中。", 20) == "集市：办证要跑三个窗口"
    assert title_of_matter("集市", "。", 20) == "集市：。"
    assert title_of_matter("集市", "长" * 50, 10) == "集市：" + "长" * 6 + "…"

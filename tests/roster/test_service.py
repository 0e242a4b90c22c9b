import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from evalsys.core.audit import AuditEvent
from evalsys.core.errors import DomainError, NotAllowed, NotFound
from evalsys.core.extensions import db, metadata
from evalsys.core.permissions import SYSTEM, Actor, Role
from evalsys.foundation.jobs.service import Progress
from evalsys.organisation.org.models import (
    ChiefTerm,
    LeaderTerm,
    Organ,
    Posting,
    Section,
    Staff,
    StaffStatus,
    StatusKind,
)
from evalsys.organisation.org.queries import find_posting, staff_by_number
from evalsys.organisation.periods.models import PeriodState
from evalsys.ratings.ballots.models import Channel, RaterGroup, Tally, Ticket, TicketStaff
from evalsys.roster import service
from evalsys.roster.check import Reading, check_roster
from evalsys.roster.models import BatchState, RosterBatch
from evalsys.roster.plan.changes import EVERYBODY, Naming
from tests.applications import noted_statements
from tests.factories import (
    make_chief,
    make_organ,
    make_period,
    make_section,
    make_staff,
    make_user,
    save,
)
from tests.roster.rosters import NOW, roster

pytestmark = pytest.mark.usefixtures("app")

TODAY = date(2026, 11, 23)
CITY: dict[str, Any] = {
    "sections": [
        ["YZ", "审批局", "QY01", "企业登记科", "窗口", "000217", "2026.01"],
        ["YZ", "审批局", "QY02", "综合受理科", "审批", "000300", "2026.01"],
    ],
    "people": [
        ["000217", "王海宁", "QY01"],
        ["000218", "罗欣", "QY01"],
        ["000300", "范晓东", "QY02"],
    ],
}


def check(content: bytes, actor: Actor = SYSTEM, *, complete: bool = False) -> RosterBatch:
    names = {EVERYBODY: Naming.NEW}
    how = Reading("花名册.xlsx", TODAY, complete=complete, names=names)
    return check_roster(actor, content, how, now=NOW)


def write(content: bytes, actor: Actor = SYSTEM, *, complete: bool = False) -> RosterBatch:
    batch = check(content, actor, complete=complete)
    assert batch.counts["error"] == 0, batch.report["findings"]
    return service.apply_roster(actor, batch.id, now=NOW)


def undo(batch: RosterBatch) -> None:
    service.undo_roster(SYSTEM, batch.id, now=NOW)


def counts(batch: RosterBatch) -> tuple[int, ...]:
    return tuple(batch.counts[key] for key in ("new", "changed", "unchanged", "left", "error"))


def organisation() -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of the organisation, to compare exactly."""
    names = ("organ", "section", "staff", "staff_status", "posting", "chief_term", "leader_term")
    db.session.rollback()
    return {
        name: sorted(map(tuple, db.session.execute(select(metadata.tables[name]))), key=str)
        for name in names
    }


def person(number: str) -> Staff:
    return staff_by_number([number])[number]


def test_a_first_import_makes_the_whole_organisation() -> None:
    batch = write(roster(**CITY))
    assert counts(batch) == (3, 0, 0, 0, 0)
    assert db.session.scalars(select(Section.code).order_by(Section.code)).all() == ["QY01", "QY02"]
    posting = find_posting(person("000218").id, TODAY)
    assert posting is not None
    assert posting.section.name == "企业登记科"
    term = db.session.scalars(select(ChiefTerm).order_by(ChiefTerm.section_id)).first()
    assert term is not None
    assert (term.staff.number, term.started_on) == ("000217", TODAY)


def test_a_dry_run_writes_nothing_but_its_own_record() -> None:
    before = organisation()
    batch = check(roster(**CITY))
    assert organisation() == before
    assert batch.state is BatchState.CHECKED
    assert batch.sha256 == hashlib.sha256(batch.content).hexdigest()


def test_the_same_file_again_changes_nothing() -> None:
    content = roster(**CITY)
    write(content)
    before = organisation()
    batch = check(content)
    assert counts(batch) == (0, 0, 3, 0, 0)
    assert batch.report["sections"] == {"new": 0, "changed": 0, "unchanged": 2, "left": 0}
    with pytest.raises(DomainError, match="Everything is already as in the file: there"):
        service.apply_roster(SYSTEM, batch.id, now=NOW)
    assert organisation() == before


def test_an_import_leaves_lines_in_the_audit_log() -> None:
    batch = write(roster(**CITY))
    lines = db.session.execute(select(AuditEvent.action, AuditEvent.details).order_by("id")).all()
    assert [str(line.action) for line in lines] == [
        "exchange:import",
        "org:change",
        "exchange:write",
    ]
    assert lines[2].details["sha256"] == batch.sha256


def test_the_file_is_forgotten_once_written() -> None:
    assert write(roster(**CITY)).content == b""


def test_a_file_that_waited_a_day_is_forgotten() -> None:
    old = check(roster(**CITY))
    later = NOW + timedelta(days=1, seconds=1)
    check_roster(SYSTEM, roster(**CITY), Reading("b.xlsx", TODAY, complete=False), now=later)
    with pytest.raises(DomainError, match="The file was deleted after a day without"):
        service.apply_roster(SYSTEM, old.id, now=later)


def test_undo_of_a_first_import_leaves_an_empty_organisation() -> None:
    before = organisation()
    undo(write(roster(**CITY)))
    assert organisation() == before


def test_an_import_can_be_repeated_after_its_undo() -> None:
    undo(write(roster(**CITY)))
    assert counts(write(roster(**CITY))) == (3, 0, 0, 0, 0)


def test_a_transfer_keeps_the_history_and_is_undone_exactly() -> None:
    old, new = make_section(code="A", name="甲科"), make_section(code="B", name="乙科")
    staff = make_staff(old, number="000001", name="周晓彤")
    before = organisation()
    head = ["工号", "姓名", "处室编码", "到本处室日期"]
    batch = write(roster([["000001", "周晓彤", "B", "2026-11-16"]], people_head=head))
    spans = db.session.execute(
        select(Posting.section_id, Posting.started_on, Posting.ended_on).order_by("started_on")
    ).all()
    assert spans == [
        (old.id, date(2020, 1, 1), date(2026, 11, 15)),
        (new.id, date(2026, 11, 16), None),
    ]
    (change,) = batch.report["changes"]
    assert (change["before"], change["after"]) == ("甲科", "乙科")
    assert change["params"] == {"day": "2026-11-16", "period": "2026-Q4"}
    assert "both sections" in change["effect"]
    undo(batch)
    assert organisation() == before
    assert find_posting(staff.id, TODAY) is not None


def test_a_transfer_without_a_date_counts_from_the_import_day() -> None:
    make_staff(make_section(code="A"), number="1", name="周晓彤")
    make_section(code="B")
    batch = write(roster([["1", "周晓彤", "B"]]))
    posting = find_posting(person("1").id, TODAY)
    assert posting is not None
    assert posting.started_on == TODAY
    assert "counts from today" in batch.report["findings"][0]["problem"]


def test_a_transfer_before_the_present_posting_is_refused() -> None:
    make_staff(make_section(code="A"), number="1", since=date(2026, 5, 1), name="周晓彤")
    make_section(code="B")
    head = ["工号", "姓名", "处室编码", "到本处室日期"]
    batch = check(roster([["1", "周晓彤", "B", "2026-05-01"]], people_head=head))
    (finding,) = batch.report["findings"]
    assert (finding["column"], finding["params"]) == ("posted_on", {"day": "2026-05-01"})
    with pytest.raises(DomainError, match="Correct the file and send it again: nothing"):
        service.apply_roster(SYSTEM, batch.id, now=NOW)


def test_a_corrected_day_of_arrival_moves_the_end_of_the_posting_before() -> None:
    old, new = make_section(code="A"), make_section(code="B")
    staff = make_staff(number="1", name="周晓彤")
    save(Posting(staff=staff, section=old, started_on=date(2020, 1, 1), ended_on=date(2026, 2, 28)))
    save(Posting(staff=staff, section=new, started_on=date(2026, 3, 1)))
    head = ["工号", "姓名", "处室编码", "到本处室日期"]
    batch = write(roster([["1", "周晓彤", "B", "2026-03-16"]], people_head=head))
    spans = db.session.execute(
        select(Posting.started_on, Posting.ended_on).order_by("started_on")
    ).all()
    assert spans == [
        (date(2020, 1, 1), date(2026, 3, 15)),
        (date(2026, 3, 16), None),
    ]
    assert batch.report["changes"][0]["column"] == "posted_on"


def test_a_transfer_into_a_closed_period_says_that_its_figures_stay() -> None:
    make_period("2026-Q3", state=PeriodState.PUBLISHED)
    make_staff(make_section(code="A"), number="1", name="周晓彤")
    make_section(code="B")
    head = ["工号", "姓名", "处室编码", "到本处室日期"]
    batch = check(roster([["1", "周晓彤", "B", "2026-08-01"]], people_head=head))
    (change,) = batch.report["changes"]
    assert change["params"] == {"day": "2026-08-01", "period": "2026-Q3"}
    assert "closed" in change["effect"]


def test_a_new_chief_follows_the_former_without_a_gap() -> None:
    section = make_section(code="A", name="甲科")
    old = make_chief(section, make_staff(section, number="1", name="王海宁"))
    new = make_staff(section, number="2", name="李娜")
    before = organisation()
    batch = write(roster(sections=[["A", "2"]], sections_head=["处室编码", "负责人工号"]))
    terms = db.session.execute(
        select(ChiefTerm.staff_id, ChiefTerm.started_on, ChiefTerm.ended_on).order_by("started_on")
    ).all()
    assert terms == [
        (old.id, date(2020, 1, 1), TODAY - timedelta(days=1)),
        (new.id, TODAY, None),
    ]
    assert (batch.report["changes"][0]["before"], batch.report["changes"][0]["after"]) == (
        "王海宁",
        "李娜",
    )
    undo(batch)
    assert organisation() == before


def test_a_chief_who_comes_with_the_file_leads_from_that_day() -> None:
    section = make_section(code="A")
    make_chief(section, make_staff(section, number="1"))
    make_staff(make_section(code="B"), number="2", name="李娜")
    write(
        roster(
            [["2", "李娜", "A", "2026-11-16"]],
            [["A", "2"]],
            people_head=["工号", "姓名", "处室编码", "到本处室日期"],
            sections_head=["处室编码", "负责人工号"],
        )
    )
    term = db.session.scalars(select(ChiefTerm).order_by(ChiefTerm.started_on.desc())).first()
    assert term is not None
    assert term.started_on == date(2026, 11, 16)


def test_a_chief_who_moves_away_leads_the_old_section_no_longer() -> None:
    section = make_section(code="A")
    make_chief(section, make_staff(section, number="1", name="王海宁"))
    make_section(code="B")
    batch = write(roster([["1", "王海宁", "B"]]))
    term = db.session.scalars(select(ChiefTerm)).one()
    assert term.ended_on == TODAY - timedelta(days=1)
    assert [change["column"] for change in batch.report["changes"]] == [
        "section_code",
        "chief_number",
    ]


def test_a_leader_in_charge_is_appointed_and_cleared() -> None:
    section = make_section(code="A")
    make_staff(number="9", name="赵立新")
    head = ["处室编码", "分管领导工号"]
    write(roster(sections=[["A", "9"]], sections_head=head))
    assert db.session.scalars(select(LeaderTerm.section_id)).all() == [section.id]
    term = db.session.scalars(select(LeaderTerm)).one()
    term.started_on = date(2026, 1, 1)
    db.session.commit()
    write(roster(sections=[["A", "<清空>"]], sections_head=head))
    assert db.session.scalars(select(LeaderTerm.ended_on)).all() == [TODAY - timedelta(days=1)]


def test_a_status_is_dated_and_ends_again() -> None:
    make_staff(make_section(code="A"), number="1", name="罗欣")
    head = ["工号", "姓名", "处室编码", "人员状态"]
    batch = write(roster([["1", "罗欣", "A", "孕产哺"]], people_head=head))
    status = db.session.scalars(select(StaffStatus)).one()
    assert (status.kind, status.started_on, status.ended_on) == (
        StatusKind.MATERNITY,
        TODAY,
        None,
    )
    assert batch.report["changes"][0]["effect"].startswith("Protected")
    before = organisation()
    same_day = write(roster([["1", "罗欣", "A", "在岗"]], people_head=head))
    assert db.session.scalars(select(StaffStatus)).all() == []
    undo(same_day)
    assert organisation() == before


def test_blank_cells_leave_and_cleared_cells_empty() -> None:
    make_staff(make_section(code="A"), number="1", name="罗欣", post="科员", rank="一级科员")
    head = ["工号", "姓名", "处室编码", "职务", "职级"]
    write(roster([["1", "罗欣", "A", None, "<清空>"]], people_head=head))
    assert (person("1").post, person("1").rank) == ("科员", None)


def test_who_is_missing_leaves_only_if_the_file_is_complete() -> None:
    section = make_section(code="A")
    make_staff(section, number="1", name="罗欣")
    gone = make_chief(section, make_staff(section, number="2", name="王海宁"))
    make_staff(make_section(code="B"), number="3")
    content = roster([["1", "罗欣", "A"]])
    assert counts(check(content)) == (0, 0, 1, 1, 0)
    before = organisation()
    batch = write(content, complete=True)
    assert find_posting(gone.id, TODAY) is None
    assert db.session.scalars(select(ChiefTerm.ended_on)).one() == TODAY - timedelta(days=1)
    assert counts(check(content, complete=True)) == (0, 0, 1, 0, 0)
    undo(batch)
    assert organisation() == before


def test_a_change_in_between_asks_for_a_new_check() -> None:
    section = make_section(code="A")
    staff = make_staff(section, number="1", name="罗欣", post="科员")
    head = ["工号", "姓名", "处室编码", "职务"]
    batch = check(roster([["1", "罗欣", "A", "副科长"]], people_head=head))
    staff.post = "科长"
    db.session.commit()
    before = organisation()
    with pytest.raises(DomainError, match="Since the check somebody changed sections or"):
        service.apply_roster(SYSTEM, batch.id, now=NOW)
    assert organisation() == before


def test_a_batch_is_written_and_undone_once() -> None:
    batch = write(roster(**CITY))
    with pytest.raises(DomainError, match="Look at it in the list of imports"):
        service.apply_roster(SYSTEM, batch.id, now=NOW)
    undo(batch)
    with pytest.raises(DomainError, match="This import is not written, or was undone"):
        undo(batch)


def test_undo_is_refused_after_a_ticket_for_a_new_person() -> None:
    batch = write(roster(**CITY))
    before = organisation()
    posting = db.session.scalars(select(Posting)).first()
    assert posting is not None
    save(
        Ticket(
            ticket_hash=b"t",
            rater_group=RaterGroup.RECIPIENT,
            channel=Channel.SLIP,
            served_on=TODAY,
            valid_until=TODAY,
        )
    )
    save(TicketStaff(ticket_hash=b"t", staff_id=posting.staff_id, section_id=posting.section_id))
    with pytest.raises(DomainError, match="1 tickets or ratings"):
        undo(batch)
    assert organisation() == before


@pytest.mark.parametrize(("period", "is_refused"), [("2026-Q4", True), ("2026-Q3", False)])
def test_undo_of_a_transfer_is_refused_after_a_rating_in_the_new_section(
    period: str, *, is_refused: bool
) -> None:
    staff = make_staff(make_section(code="A"), number="1", name="罗欣")
    new = make_section(code="B")
    batch = write(roster([["1", "罗欣", "B"]]))
    values = {"base_period": period, "section_id": new.id, "staff_id": staff.id}
    save(Tally(**values, rater_group=RaterGroup.RECIPIENT, ballots=1, bad=0))
    if is_refused:
        with pytest.raises(DomainError, match="tickets or ratings were made"):
            undo(batch)
    else:
        undo(batch)
        assert db.session.scalar(select(func.count()).select_from(Posting)) == 1


def test_undo_is_refused_once_a_new_person_has_an_account() -> None:
    batch = write(roster(**CITY))
    make_user(Role.STAFF, staff_id=person("000218").id)
    with pytest.raises(DomainError, match="1 accounts"):
        undo(batch)


def test_undo_is_refused_after_a_later_import_and_possible_after_its_undo() -> None:
    first = write(roster(**CITY))
    second = write(roster([["000218", "罗欣欣", "QY01"], ["000400", "田野", "QY02"]]))
    with pytest.raises(DomainError, match="Undo the later"):
        undo(first)
    undo(second)
    undo(first)
    assert db.session.scalars(select(Staff)).all() == []


def test_a_parent_may_be_new_in_the_same_file_and_undone_with_it() -> None:
    head = ["单位编码", "单位名称", "处室编码", "处室名称", "上级处室编码"]
    before = organisation()
    batch = write(
        roster(
            sections=[["YZ", "审批局", "B", "乙科", "A"], ["YZ", "审批局", "A", "甲科", None]],
            sections_head=head,
        )
    )
    codes = {row.code: row for row in db.session.scalars(select(Section))}
    assert codes["B"].parent_id == codes["A"].id
    undo(batch)
    assert organisation() == before


def test_hr_of_an_organ_imports_only_into_it() -> None:
    own, other = make_organ(code="OWN"), make_organ(code="OTHER")
    make_section(own, code="A", name="甲科")
    theirs = make_section(other, code="B", name="乙科")
    make_staff(theirs, number="7", name="李娜")
    actor = make_user(organ_id=own.id).actor
    batch = check(
        roster(
            [["7", "李娜", "A"], ["8", "田野", "B"]],
            [["OTHER", "x", "C", "丙科"], [None, None, "B", "乙科"], [None, None, "D", "丁科"]],
            sections_head=["单位编码", "单位名称", "处室编码", "处室名称"],
        ),
        actor,
    )
    problems = {(f["sheet"], f["row"], f["column"]) for f in batch.report["findings"]}
    assert {("人员", 2, "number"), ("人员", 3, "section_code")} <= problems
    assert {("单位处室", 2, "organ_code"), ("单位处室", 3, "code")} <= problems
    write(roster(sections=[["D", "丁科"]], sections_head=["处室编码", "处室名称"]), actor)
    section = db.session.scalars(select(Section).where(Section.code == "D")).one()
    assert section.organ_id == own.id


def test_a_batch_of_another_organ_is_absent() -> None:
    batch = check(roster(**CITY))
    actor = make_user(organ_id=make_organ().id).actor
    with pytest.raises(NotFound):
        service.apply_roster(actor, batch.id, now=NOW)


def test_a_chief_may_not_import() -> None:
    with pytest.raises(NotAllowed):
        check(roster(**CITY), Actor(Role.CHIEF))
    assert db.session.scalars(select(RosterBatch)).all() == []


def test_identity_numbers_reach_neither_rows_nor_report() -> None:
    head = ["工号", "姓名", "处室编码", "身份证号", "手机号"]
    make_section(code="A")
    rows = [
        ["1", "罗欣", "A", "11010519491231002X", "13812345678"],
        ["2", "田野", "A", "110105194912310021", "1381234567"],
    ]
    batch = check(roster(rows, people_head=head))
    assert batch.counts["error"] == 1
    text = str(batch.report)
    for secret in ("11010519491231002X", "13812345678", "110105194912310021", "1381234567"):
        assert secret not in text


def test_two_thousand_people_are_checked_written_and_undone_with_few_queries() -> None:
    sections = [["YZ", "审批局", f"S{n}", f"第{n}科", "窗口", None, None] for n in range(40)]
    people = [[f"{n:06}", f"张三{chr(0x4E00 + n)}", f"S{n % 40}"] for n in range(2_000)]
    content = roster(people, sections)
    with noted_statements() as queries:
        batch = check(content)
    assert len(queries) <= 18
    with noted_statements() as queries:
        service.apply_roster(SYSTEM, batch.id, now=NOW)
    assert len(queries) <= 38
    assert db.session.scalar(select(func.count()).select_from(Posting)) == 2_000
    with noted_statements() as queries:
        undo(batch)
    gone = {Organ.__table__, Section.__table__, Staff.__table__}
    keys = [key for table in metadata.sorted_tables for key in table.foreign_keys]
    asked = sum(key.column.table in gone for key in keys)
    assert len(queries) <= 20 + asked  # One for each key that could refer to what goes.
    assert db.session.scalars(select(Organ)).all() == []


def test_the_job_writes_once_even_if_started_again() -> None:
    batch = check(roster(**CITY))
    for _ in range(2):
        result = service.write_in_job(Progress(), {"batch": batch.id}, SYSTEM, NOW)
        assert result["url"] == f"/roster/{batch.id}"
    assert db.session.scalar(select(func.count()).select_from(Staff)) == 3

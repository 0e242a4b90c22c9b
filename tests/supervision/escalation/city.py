"""Many open matters, written as rows."""

from collections.abc import Sequence
from datetime import date
from itertools import cycle

from sqlalchemy import func, select

from evalsys.cases.deadlines.rules import nears_on, unit_of
from evalsys.cases.engine.models import Deadline, Party, Subject
from evalsys.cases.engine.rules.duties import OWNER
from evalsys.core.audit import unaudited_unit
from evalsys.core.extensions import db
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.rows import add_rows
from evalsys.supervision.duties import MatterDuty
from evalsys.supervision.matters.models import Matter
from evalsys.supervision.matters.rules import KIND, MATTER, MatterSource
from tests.supervision.office import Supervision, at

RULE = "hotline_wd"


def fill_matters(office: Supervision, count: int, assigned: date, due: date) -> None:
    """Write so many matters of one section in hand, all with the same term."""
    with unaudited_unit():
        write_matters([(office.section.id, office.member.id)], count, assigned, due)


def write_matters(
    seats: Sequence[tuple[int, int]], count: int, assigned: date, due: date
) -> Sequence[int]:
    """Write matters in hand within an open unit, of (section id, staff id) in turn; return ids."""
    near = nears_on(assigned, due, unit_of(RULE), working_days())
    of_year = (Subject.kind == KIND, Subject.year == assigned.year)
    last = db.session.scalar(select(func.max(Subject.serial)).where(*of_year)) or 0
    subject = {"kind": KIND, "year": assigned.year, "state": "handling", "opened_at": at(assigned)}
    nobody = {"section_id": None, "staff_id": None, "organ_id": None}
    matter = {"source": MatterSource.HOTLINE, "title": "食堂证照反复补件", "reference": None}
    term = {"rule": RULE, "duty": MATTER.owners[RULE], "amount": 5, "is_provisional": False}
    days = {"started_on": assigned, "due_on": due, "nears_on": near}
    serials = range(last + 1, last + count + 1)
    add_rows(Subject, ({"serial": n, "grounds": {}, **subject} for n in serials))
    written = select(Subject.id).where(*of_year, Subject.serial > last)
    ids = db.session.scalars(written.order_by(Subject.id)).all()
    rows = [(n, *seat) for n, seat in zip(ids, cycle(seats), strict=False)]
    for duty, key, at_seat in ((OWNER, "section_id", 1), (MatterDuty.HANDLER, "staff_id", 2)):
        values = {"duty": duty, **nobody}
        add_rows(Party, ({"subject_id": row[0], **values, key: row[at_seat]} for row in rows))
    add_rows(Matter, ({"subject_id": n, **matter} for n in ids))
    add_rows(Deadline, ({"subject_id": n, "is_met": False, **term, **days} for n in ids))
    return ids

"""Many open matters of one section, written as rows."""

from datetime import date

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
    """Write so many matters in hand, all with the same term."""
    near = nears_on(assigned, due, unit_of(RULE), working_days())
    last = db.session.scalar(select(func.max(Subject.serial))) or 0
    section, staff = office.section.id, office.member.id
    subject = {"kind": KIND, "year": assigned.year, "state": "handling", "opened_at": at(assigned)}
    owner = {"duty": OWNER, "section_id": section, "staff_id": None, "organ_id": None}
    handler = {**owner, "duty": MatterDuty.HANDLER, "section_id": None, "staff_id": staff}
    matter = {"source": MatterSource.HOTLINE, "title": "食堂证照反复补件", "reference": None}
    term = {"rule": RULE, "duty": MATTER.owners[RULE], "amount": 5, "is_provisional": False}
    days = {"started_on": assigned, "due_on": due, "nears_on": near}
    serials = range(last + 1, last + count + 1)
    with unaudited_unit():
        add_rows(Subject, ({"serial": n, "grounds": {}, **subject} for n in serials))
        ids = db.session.scalars(select(Subject.id).where(Subject.serial > last)).all()
        add_rows(Party, ({"subject_id": n, **owner} for n in ids))
        add_rows(Party, ({"subject_id": n, **handler} for n in ids))
        add_rows(Matter, ({"subject_id": n, **matter} for n in ids))
        add_rows(Deadline, ({"subject_id": n, "is_met": False, **term, **days} for n in ids))

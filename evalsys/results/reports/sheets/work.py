"""The sheet of the work of sections, beside their scores in the ranking."""

from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.foundation.spreadsheets.model import Sheet
from evalsys.organisation.org.models import Section
from evalsys.personnel.archive.achievements import read_achievements
from evalsys.personnel.archive.sheets import WorkRow, work_sheet
from evalsys.results.reports.section_page import work_of
from evalsys.results.reports.sheets.request import ExportRequest


def section_work_sheet(request: ExportRequest) -> Sheet[WorkRow]:
    """Return the figures of the sections of an export, by code."""
    query = select(Section).where(Section.id.in_(request.section_ids())).order_by(Section.code)
    sections = db.session.scalars(query).all()
    asked = work_of([row.id for row in sections], request.result.period, local_day(request.at))
    found = read_achievements(asked)
    rows = [WorkRow(one, asked, section) for section in sections for one in found[section.id]]
    return work_sheet(rows, of_sections=True)

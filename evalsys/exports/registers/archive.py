"""个人档案: the archive of a staff member as a workbook."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from evalsys.cases.engine.models import Looked
from evalsys.cases.engine.service import note_looks, page_of
from evalsys.cases.engine.titles import place_of
from evalsys.cases.engine.words import kind_words, stage_words, step_words
from evalsys.core.audit import unit_of_work
from evalsys.core.city import say
from evalsys.core.errors import N_, NP_
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.spreadsheets.facts import export_facts
from evalsys.foundation.spreadsheets.frames import book_name, internal_frame
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet
from evalsys.foundation.spreadsheets.words import NONE
from evalsys.foundation.spreadsheets.workbook import write_file
from evalsys.organisation.org.models import Staff
from evalsys.organisation.periods.sheets import period_words
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.personnel.archive.achievements import Whose, WorkAsked, read_achievements
from evalsys.personnel.archive.queries import (
    CaseRecord,
    ScoreLine,
    first_day,
    get_person,
    list_records,
    list_scores,
    read_timeline,
    sections_of,
)
from evalsys.personnel.archive.rules import Event, Mark
from evalsys.personnel.archive.sheets import WorkRow, work_sheet
from evalsys.personnel.archive.words import outcome_words, status_words
from evalsys.results.reports.queries import figure_of
from evalsys.results.reports.sheets.members import COLUMNS as MEMBER_COLUMNS
from evalsys.results.reports.sheets.members import MemberRow
from evalsys.scores.mixing import mixed_person

TITLE = NP_("sheet", "Archive")
SCORES, RECORD = NP_("archive", "Ratings"), N_("Record")
OF_PERSON = NP_("a workbook and whose it is", "%(title)s, %(name)s")
SAME_PERSON = {
    N_("Staff number"),
    N_("Name"),
    NP_("sheet", "Post"),
}  # Left out: the cover names the person.
PERIOD = Column[MemberRow](
    NP_("sheet", "Period"),
    lambda row: period_words(row.score.result.period.code),
    meaning=NP_("sheet", "closed periods"),
)
SCORE_COLUMNS = (PERIOD, *(each for each in MEMBER_COLUMNS if each.heading not in SAME_PERSON))


@dataclass(frozen=True)
class ArchiveRow:
    """A row of the record; its texts are in the language of the workbook."""

    on: date
    kind: str
    number: str
    what: str
    outcome: str
    section: str


RECORD_COLUMNS: tuple[Column[ArchiveRow], ...] = (
    Column(N_("Day"), lambda row: row.on, meaning=NP_("sheet", "when it was")),
    Column(
        NP_("sheet", "Kind"),
        lambda row: row.kind,
        meaning=N_("kind of case, training, section or status"),
    ),
    Column(
        NP_("sheet", "Case number"),
        lambda row: row.number or NONE,
        CellKind.CODE,
        N_("the number of the year among cases of its kind"),
    ),
    Column(
        NP_("sheet", "What"),
        lambda row: row.what,
        meaning=N_("the step, or what it was"),
        is_wide=True,
    ),
    Column(
        NP_("sheet", "Outcome"),
        lambda row: row.outcome or NONE,
        meaning=N_("decision, who, number; the whole is in the case"),
        is_wide=True,
    ),
    Column(
        N_("Section"),
        lambda row: row.section or NONE,
        meaning=N_("of the case, or where the person was"),
    ),
)


@dataclass(frozen=True)
class ArchiveRequest:
    """A request of `actor`, made at `at`, for the archive of `staff` in a language."""

    actor: Actor
    staff: Staff
    lang: str
    at: datetime


def request_archive(actor: Actor, number: str, *, lang: str, now: datetime) -> ArchiveRequest:
    """Return the request for an archive. Raises NoResultFound if it is out of scope."""
    return ArchiveRequest(actor, get_person(actor, number, on=local_day(now)), lang, now)


def export_archive(request: ArchiveRequest, path: Path) -> None:
    """Write an archive to a file, and record it.

    Staff members may export their own, and see who else exported it.
    """
    actor, staff, now = request.actor, request.staff, request.at
    on = local_day(now)
    records = list_records(actor, staff, on=on)
    asked = WorkAsked(Whose.PERSON, [staff.id], first_day(on), on, on)
    work = [WorkRow(one, asked) for one in read_achievements(asked)[staff.id]]
    sheets: list[Sheet[Any]] = [
        _scores_sheet(staff, list_scores(staff)),
        work_sheet(work),
        _record_sheet(read_timeline(staff, records, on=on), request.lang),
    ]
    section = sections_of([staff], on).get(staff.id)
    place = section.organ.name if section else NONE
    facts = [
        (N_("Name"), staff.name),
        (N_("Staff number"), staff.number),
        (N_("Section"), section.name if section else NONE),
        (NP_("sheet", "Post"), staff.post or NONE),
        *export_facts(actor.name, now, sheets, 1),
    ]
    title = OF_PERSON.filled(title=TITLE, name=staff.name)
    frame = internal_frame(title, place, actor.name, at=now, lang=request.lang)
    rows = write_file(path, sheets, frame, iter(facts), Progress())
    is_own = staff.id == actor.staff_id
    with unit_of_work(actor) as unit:
        note_looks(unit, [(staff.id, page_of(Looked.WORKBOOK))], now=now)
        # One's own archive needs no right to export.
        action = Action.CASE_VIEW if is_own else Action.EXCHANGE_EXPORT
        unit.record(action, staff, book="archive", rows=rows, persons=1)


def archive_file_name(request: ArchiveRequest) -> str:
    """Return the name of the file."""
    staff = request.staff
    return book_name(say(TITLE, request.lang), staff.number, staff.name, at=request.at)


def _scores_sheet(staff: Staff, lines: Sequence[ScoreLine]) -> Sheet[MemberRow]:
    mixed = mixed_person(staff.id)
    rows = [
        MemberRow(
            line.row,
            PolicyRules.from_json(line.row.result.policy.rules),
            figure_of(line.row),
            mixed.get((line.row.result_id, line.row.section_id)),
        )
        for line in lines
    ]
    return Sheet(SCORES, SCORE_COLUMNS, rows, len(rows), frozen=2, printed=11)


def _record_sheet(events: Sequence[Event], lang: str) -> Sheet[ArchiveRow]:
    """Return the sheet of all steps of cases, trainings, postings and statuses, latest first."""
    with force_locale(lang):
        rows = [row for event in events for row in _rows(event)]
    rows.sort(key=lambda row: row.on, reverse=True)
    return Sheet(RECORD, RECORD_COLUMNS, rows, len(rows), frozen=1)


def _rows(event: Event) -> Iterator[ArchiveRow]:
    subject = event.subject
    match event.mark:
        case Mark.CASE:
            yield from _steps(subject)
        case Mark.BROUGHT:
            assert event.line is not None  # A feature that adds an event describes it.
            kind, what, outcome = event.line(subject)
            yield ArchiveRow(event.on, kind, "", what, outcome, "")
        case Mark.STATUS:
            yield ArchiveRow(
                event.on,
                str(_("Status")),
                "",
                str(_(status_words(subject.kind))),
                _until(subject.ended_on),
                "",
            )
        case _:
            what = (
                _("Came to the section")
                if event.mark is Mark.POSTED
                else _("Began to lead the section")
            )
            yield ArchiveRow(
                event.on,
                str(_("Section")),
                "",
                str(what),
                _until(subject.ended_on),
                subject.section.name,
            )


def _until(day: date | None) -> str:
    return str(_("until %(day)s", day=day)) if day else ""


def _steps(record: CaseRecord) -> Iterator[ArchiveRow]:
    """Yield a row for each step, latest first, and one for the opening."""
    case = record.case
    kind, number, place = kind_words(case), case.number, place_of(case)
    for step in reversed(record.steps):
        outcome = "\n".join(f"{label}：{value}" for label, value in outcome_words(case, step))
        yield ArchiveRow(local_day(step.at), kind, number, step_words(case, step), outcome, place)
    stage = str(_("Stage: %(stage)s", stage=stage_words(case)))
    yield ArchiveRow(local_day(case.opened_at), kind, number, str(_("Opened")), stage, place)

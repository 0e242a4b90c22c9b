"""The replies to the tickets of a list, in its very columns, for the system that it came from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import Subject
from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.spreadsheets.frames import internal_frame
from evalsys.foundation.spreadsheets.model import CellKind, Column, Sheet, Value
from evalsys.foundation.spreadsheets.workbook import write_file
from evalsys.supervision.hotline.imports.check import headings_of
from evalsys.supervision.hotline.imports.columns import ONLY_OUT
from evalsys.supervision.hotline.imports.models import HotlineImport
from evalsys.supervision.hotline.imports.rows import LEVELS
from evalsys.supervision.hotline.models import HotlineTicket
from evalsys.supervision.matters.queries import select_answers

TITLE = N_("Replies to hotline tickets")
SHEET = "工单答复"
APPENDED = {"reply": "答复内容", "replied_on": "答复时间"}  # where the list has no column for it
WORDS = {level: words for words, level in LEVELS.items()}  # They go back as they are read.


@dataclass(frozen=True)
class ReplyLine:
    """A ticket with its reply, if there is one that stands."""

    ticket: HotlineTicket
    reply: str
    replied_at: datetime | None

    @property
    def replied_on(self) -> date | None:
        """The day of the reply."""
        return local_day(self.replied_at) if self.replied_at else None

    @property
    def is_done(self) -> bool:
        """Whether the ticket is done: its matter is closed, or it has none and the hotline says."""
        matter = self.ticket.matter
        return matter.closed_at is not None if matter else not self.ticket.is_open


def _flag(*, is_yes: bool | None) -> str | None:
    return None if is_yes is None else "是" if is_yes else "否"


VALUES: Mapping[str, Callable[[ReplyLine], Value]] = {
    "number": lambda row: row.ticket.number,
    "received_on": lambda row: row.ticket.received_on,
    "organ": lambda row: row.ticket.organ.name,
    "title": lambda row: row.ticket.title,
    "says": lambda row: row.ticket.says,
    "category": lambda row: row.ticket.category,
    "answer_by": lambda row: row.ticket.answer_by,
    "status": lambda row: "已办结" if row.is_done else "办理中",
    "called_on": lambda row: row.ticket.called_on,
    "reached": lambda row: _flag(is_yes=row.ticket.is_reached),
    "in_limit": lambda row: _flag(is_yes=row.ticket.in_limit),
    "solved": lambda row: _flag(is_yes=row.ticket.is_solved),
    "satisfaction": lambda row: WORDS[row.ticket.satisfaction] if row.ticket.satisfaction else None,
    "reply": lambda row: row.reply or None,
    "replied_on": lambda row: row.replied_on,
}


def reply_columns(row: HotlineImport) -> list[Column[ReplyLine]]:
    """Return the columns of a list in their order; those that were not taken stay empty."""
    by_heading = {heading: key for key, heading in row.columns.items()}
    pairs = [(heading, by_heading.pop(heading, "")) for heading in headings_of(row)]
    pairs += [(APPENDED[key], key) for key in sorted(ONLY_OUT - {*row.columns})]
    return [
        Column(
            heading,
            VALUES.get(key, lambda _: None),
            CellKind.CODE if key == "number" else CellKind.TEXT,
            is_wide=key in {"says", "reply"},
            widest=48 if key in {"says", "reply"} else 0,
        )
        for heading, key in pairs
    ]


def read_replies(row: HotlineImport) -> Iterator[ReplyLine]:
    """Yield the tickets that a list named last, by number, with the replies that stand."""
    named = HotlineTicket.import_id == row.id
    ids = select(Subject.id).join(HotlineTicket, HotlineTicket.matter_id == Subject.id).where(named)
    steps = db.session.scalars(select_answers(ids))
    replies = {step.subject_id: step for step in steps}
    query = select(HotlineTicket).where(named).order_by(HotlineTicket.number)
    options = (joinedload(HotlineTicket.organ), joinedload(HotlineTicket.matter))
    for ticket in db.session.scalars(query.options(*options)):
        step = replies.get(ticket.matter_id or 0)
        reply = str(step.entry.get("reply", "")) if step else ""
        yield ReplyLine(ticket, reply, step.at if step else None)


def export_replies(actor: Actor, row: HotlineImport, path: Path, *, at: datetime) -> int:
    """Write the replies to a file without a cover, record it, and return how many rows it has."""
    rows = list(read_replies(row))
    sheet: Sheet[Any] = Sheet(SHEET, reply_columns(row), rows, len(rows), 1)
    place = str(current_app.config["ORGANISATION"])
    frame = internal_frame(TITLE, place, actor.name, at=at, lang="zh")
    written = write_file(path, [sheet], frame, None, Progress())
    with unit_of_work(actor) as unit:
        unit.record(Action.REGISTER_EXPORT, row, register="hotline replies", rows=written)
    return written

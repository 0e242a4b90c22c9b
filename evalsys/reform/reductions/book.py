"""五减对照表 as a workbook: file, cover, audit line. It names nobody."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import current_app

from evalsys.core.audit import unit_of_work
from evalsys.core.city import say
from evalsys.core.errors import NP_
from evalsys.core.permissions import Action
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.spreadsheets.facts import Facts, export_facts
from evalsys.foundation.spreadsheets.frames import book_name, internal_frame
from evalsys.foundation.spreadsheets.model import Sheet
from evalsys.foundation.spreadsheets.workbook import write_file
from evalsys.reform.reductions.sheets import (
    TITLE,
    ReductionRequest,
    reduction_sheets,
    target_words,
)


def export_reductions(request: ReductionRequest, path: Path) -> int:
    """Write the workbook to a file, record it, and return the number of its rows."""
    sheets = reduction_sheets(request)
    place = str(current_app.config["ORGANISATION"])
    frame = internal_frame(TITLE, place, request.actor.name, at=request.at, lang=request.lang)
    rows = write_file(path, sheets, frame, _facts(request, sheets), Progress())
    wanted = {name: value for name, value in vars(request.wanted).items() if value}
    with unit_of_work(request.actor) as unit:
        unit.record(Action.REDUCTION_EXPORT, "reductions", filters=wanted, rows=rows)
    return rows


def file_name(request: ReductionRequest) -> str:
    """Return the file name: title, day of export."""
    return book_name(say(TITLE, request.lang), at=request.at)


def _facts(request: ReductionRequest, sheets: Sequence[Sheet[Any]]) -> Facts:
    yield NP_("sheet", "Targets"), target_words(request.targets)
    yield from export_facts(request.actor.name, request.at, sheets, 0)

"""Kinds of jobs that only the tests know. A worker process of the tests imports them, too."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor
from evalsys.jobs.service import Progress, handler
from evalsys.org.models import Organ


class TooEarly(DomainError):
    message = N_("%(code)s has not ended yet.")


@handler("test.write", "Write a file")
def write(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    progress.begin(2, "Writing")
    progress.result_path("名单.txt").write_text(f"{actor.name} {now:%Y}", encoding="utf-8")
    progress.advance(2)
    return {"message": "%(n)s lines", "params": {"n": 2}, "file": "名单.txt", "url": "/there"}


@handler("test.refuse", "Refuse")
def refuse(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    raise TooEarly(code="2026-Q3")


@handler("test.break", "Break")
def break_off(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    progress.result_path("half.txt").write_text("half")
    raise ZeroDivisionError


@handler("test.wait", "Wait for a file to appear")
def wait(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Change a row, then hold the write lock until the file is there or somebody cancels."""
    progress.begin(1000, "Waiting")
    with unit_of_work(actor) as unit:
        organ = Organ(code="W", name="written by the job")
        db.session.add(organ)
        unit.record(Action.ORG_CHANGE, organ)
        db.session.flush()
        while not Path(params["file"]).exists():
            time.sleep(0.02)
            progress.advance()
    return {"message": "Done"}


@handler("test.mark", "Leave a mark")
def mark(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    with Path(params["file"]).open("a", encoding="utf-8") as file:
        file.write("x")
    return {}

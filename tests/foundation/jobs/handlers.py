"""Kinds of jobs that only the tests know: theirs, and a worker process of theirs."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask

from evalsys.core.audit import unit_of_work
from evalsys.core.errors import N_, DomainError
from evalsys.core.extensions import db
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.jobs.handlers import JobKind, Progress, add_job
from evalsys.organisation.org.models import Organ


class TooEarly(DomainError):
    message = N_("%(code)s has not ended yet.")


def write(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    progress.begin(2, "Writing")
    progress.result_path("名单.txt").write_text(f"{actor.name} {now:%Y}", encoding="utf-8")
    progress.advance(2)
    return {"message": "%(n)s lines", "params": {"n": 2}, "file": "名单.txt", "url": "/there"}


def refuse(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    raise TooEarly(code="2026-Q3")


def break_off(
    progress: Progress, params: dict[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    progress.result_path("half.txt").write_text("half")
    raise ZeroDivisionError


def wait(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Change a row, then hold the write lock until a file exists or the job is cancelled."""
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


def mark(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    with Path(params["file"]).open("a", encoding="utf-8") as file:
        file.write("x")
    return {}


KINDS = (
    JobKind("test.write", "Write a file", write),
    JobKind("test.refuse", "Refuse", refuse),
    JobKind("test.break", "Break", break_off),
    JobKind("test.wait", "Wait for a file to appear", wait),
    JobKind("test.mark", "Leave a mark", mark),
)


def init_app(app: Flask) -> None:
    for kind in KINDS:
        add_job(app, kind)

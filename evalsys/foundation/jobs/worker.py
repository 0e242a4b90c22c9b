"""The worker process: it takes jobs from the queue, gives signs of life, keeps the schedule."""

import logging
import threading
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from huey import crontab
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI, now
from evalsys.core.permissions import SYSTEM, Actor
from evalsys.foundation.accounts.sessions.kept import forget_old
from evalsys.foundation.jobs import signs
from evalsys.foundation.jobs.handlers import Progress, schedule
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.queue import THIS_WORKER, Queue
from evalsys.foundation.jobs.rules import BEAT_EVERY, FILES_KEPT, due_keys
from evalsys.foundation.jobs.runner import remove_files
from evalsys.foundation.jobs.service import start_job, sweep

STOP_WITHIN = 5  # seconds for running jobs after a stop signal; then they count as lost

log = logging.getLogger("evalsys.jobs")


def work(app: Flask, *, threads: int, periodic: bool) -> None:
    """Work until a stop signal comes. Only one worker of an installation should be `periodic`.

    Raises what a check before the start raises.
    """
    queue: Queue = app.extensions["jobs"]
    with app.app_context():
        for check in queue.before_work:
            check()
    _ = queue.task  # Registered before the first message is read.
    queue.huey.periodic_task(crontab(), name="tick")(lambda: _tick(app))
    consumer = queue.huey.create_consumer(
        workers=threads,
        periodic=periodic,
        initial_delay=0.05,
        max_delay=0.5,
        graceful_signal="TERM",
        shutdown_timeout=STOP_WITHIN,
    )
    stopped = threading.Event()
    pulse = threading.Thread(target=_pulse, args=(app, stopped), daemon=True)
    pulse.start()
    log.info("worker started", extra={"worker": THIS_WORKER, "threads": threads})
    try:
        consumer.run()
    finally:
        stopped.set()
        pulse.join(timeout=2)
        with app.app_context():
            signs.end_beat(THIS_WORKER)


def keep_schedule(moment: datetime) -> None:
    """Start what is due today, each kind once, and give up what is lost."""
    for kind, key in due_keys(schedule(), moment.astimezone(SHANGHAI)).items():
        start_job(SYSTEM, kind, {}, now=moment, unique_key=key)
    sweep(now=moment)


def tidy(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Remove the result files and signs of jobs that ended long ago, and typed text of then."""
    limit = now - FILES_KEPT
    week_before = limit - timedelta(days=7)  # Nights without a worker are made up for.
    query = select(Job).where(Job.ended_at.between(week_before, limit))
    old = db.session.scalars(query).all()
    progress.begin(len(old))
    for job in old:
        remove_files(job.id)
        signs.forget(job.run_id)
        progress.advance()
    forget_old(now)
    return {}


def _tick(app: Flask) -> None:
    with app.app_context():
        keep_schedule(now())


def _pulse(app: Flask, stopped: threading.Event) -> None:
    """Give a sign of life every few seconds, however busy the handlers are."""
    with app.app_context():
        while True:
            try:
                signs.beat(THIS_WORKER, now())
            except Exception:
                log.exception("no sign of life could be given")
            if stopped.wait(BEAT_EVERY.total_seconds()):
                return

"""The worker process: runs queued jobs, sends heartbeats, keeps the schedule."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any

from flask import Flask
from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.core.pages import SHANGHAI, now
from evalsys.core.permissions import SYSTEM, Actor
from evalsys.foundation.accounts.sessions.kept import forget_old
from evalsys.foundation.jobs import signals
from evalsys.foundation.jobs.handlers import Progress, checks_of, schedule
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.rules import BEAT_EVERY, FILES_KEPT, due_keys
from evalsys.foundation.jobs.runner import THIS_WORKER, remove_files, run_next
from evalsys.foundation.jobs.service import start_job, sweep
from evalsys.foundation.jobs.statistics import gather_statistics

LOOK_EVERY = 0.3  # seconds between two polls of the queue
LOOK_AGAIN = 3  # seconds after a failed poll: the database may be down
TICK_EVERY = 60  # seconds between two checks of the schedule
STOP_WITHIN = 5  # seconds for running jobs after a stop signal; then they count as lost

log = logging.getLogger("evalsys.jobs")


def work(app: Flask, *, threads: int, periodic: bool) -> None:
    """Run jobs until a stop signal. Only one worker of an installation should be `periodic`.

    Raises the error of a failed check of `checks_of`.
    """
    with app.app_context():
        for check in checks_of(app):
            check()
    asked: SimpleQueue[int] = SimpleQueue()  # Its `put` is reentrant, as a signal handler needs.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: asked.put(number))
    stopped = threading.Event()
    pulse = _start(_send_heartbeats, app, stopped)
    hands = [_start(_take_jobs, app, stopped) for _ in range(threads)]
    log.info("worker started", extra={"worker": THIS_WORKER, "threads": threads})
    while True:
        if periodic:
            _tick(app)
        with suppress(Empty):
            asked.get(timeout=TICK_EVERY)
            break
    stopped.set()
    end = time.monotonic() + STOP_WITHIN
    for hand in hands:
        hand.join(max(0, end - time.monotonic()))
    pulse.join(timeout=2)
    with app.app_context():
        signals.end_heartbeat(THIS_WORKER)


def keep_schedule(moment: datetime) -> None:
    """Start the jobs due today, each kind once, and mark lost ones."""
    for kind, key in due_keys(schedule(), moment.astimezone(SHANGHAI)).items():
        start_job(SYSTEM, kind, {}, now=moment, unique_key=key)
    sweep(now=moment)


def tidy(progress: Progress, params: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Remove old result files, signals and kept posts, and update the planner's statistics."""
    limit = now - FILES_KEPT
    week_before = limit - timedelta(days=7)  # Covers nights without a worker.
    query = select(Job).where(Job.ended_at.between(week_before, limit))
    old = db.session.scalars(query).all()
    progress.begin(len(old))
    for job in old:
        remove_files(job.id)
        signals.forget(job.run_id)
        progress.advance()
    forget_old(now)
    gather_statistics()
    return {}


def _start(target: Callable[..., None], *given: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=given, daemon=True)
    thread.start()
    return thread


def _take_jobs(app: Flask, stopped: threading.Event) -> None:
    """Run queued jobs one after the other. A job that could not be claimed stays queued."""
    while not stopped.is_set():
        pause = LOOK_EVERY
        try:
            with app.app_context():  # Its teardown closes the database session.
                if run_next(THIS_WORKER, now()):
                    continue
        except Exception:
            log.exception("no job could be taken")
            pause = LOOK_AGAIN
        stopped.wait(pause)


def _tick(app: Flask) -> None:
    try:
        with app.app_context():
            keep_schedule(now())
    except Exception:
        log.exception("the schedule could not be kept")


def _send_heartbeats(app: Flask, stopped: threading.Event) -> None:
    """Send heartbeats from a thread of its own, however busy the handlers are."""
    with app.app_context():
        while True:
            try:
                signals.send_heartbeat(THIS_WORKER, now())
            except Exception:
                log.exception("no heartbeat could be sent")
            if stopped.wait(BEAT_EVERY.total_seconds()):
                return

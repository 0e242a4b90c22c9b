"""Escalation of late matters: near, urged, supervised, referred, once each."""

from datetime import time

from flask import Flask

from evalsys.core.errors import N_
from evalsys.foundation.jobs.handlers import JobKind, add_job
from evalsys.supervision.escalation import jobs, models

__all__ = ["models"]


def init_app(app: Flask) -> None:
    """Register the daily job, before that of the reminders, which sends the mails."""
    add_job(app, JobKind("matters.escalate", N_("Escalate late matters"), jobs.run, at=time(8, 40)))

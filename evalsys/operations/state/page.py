"""What the system administrator sees of an installation: checks, work of the week, versions."""

import platform
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import NamedTuple

from sqlalchemy import func, literal, select, union_all

from evalsys.core.extensions import db
from evalsys.core.reads import know
from evalsys.foundation.jobs.models import Job
from evalsys.foundation.jobs.queries import count_lost, select_lost
from evalsys.foundation.jobs.rules import JobState
from evalsys.operations.checks import CheckResult, Grade, examine
from evalsys.operations.revisions import known_revisions

WEEK = timedelta(days=7)
WORST_FIRST = (Grade.PROBLEM, Grade.WARNING, Grade.OK)
SHOWN = ("Flask", "SQLAlchemy", "granian", "openpyxl")


class WeeksWork(NamedTuple):
    """How often a kind of job was started in a week, and how often it came to grief."""

    kind: str
    started: int
    failed: int


def list_results(now: datetime) -> list[CheckResult]:
    """Return the results of all checks, the worst first."""
    return sorted(examine(now, on_page=True), key=lambda result: WORST_FIRST.index(result.grade))


def list_work(now: datetime) -> list[WeeksWork]:
    """Return the jobs of the last seven days by kind, failed ones first; refused is not failed.

    How many are lost, which the checks ask for as well, comes in the same query.
    """
    failed = func.count().filter(Job.state.in_((JobState.FAILED, JobState.LOST)))
    recent = select(Job.kind, func.count(), failed).where(Job.created_at >= now - WEEK)
    lost = select(literal(""), select_lost().scalar_subquery(), literal(0))
    both = union_all(lost, recent.group_by(Job.kind))
    (_, count, _), *rows = sorted(db.session.execute(both).all())
    know(count_lost, count)
    return sorted((WeeksWork(*row) for row in rows), key=lambda work: (-work.failed, work.kind))


def list_versions() -> Iterator[tuple[str, str]]:
    """Yield the versions that a report of a fault should name."""
    yield "Python", platform.python_version()
    for name in SHOWN:
        yield name, version(name)
    yield "SQL", known_revisions()[-1]

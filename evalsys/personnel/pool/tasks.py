"""The tasks of mentors: a note each week."""

from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from evalsys.cases.deadlines.rules import TermUnit, light, nears_on
from evalsys.cases.deadlines.words import mark_words
from evalsys.cases.engine.models import Subject
from evalsys.cases.engine.titles import masked
from evalsys.cases.engine.words import kind_words
from evalsys.core.frame.tasks import Task
from evalsys.core.pages import day_words, local_day, short_day
from evalsys.core.permissions import Actor
from evalsys.foundation.calendars.queries import working_days
from evalsys.personnel.pool.queries import WEEK, accompanied_by, list_accompanied


def count(actor: Actor, _now: datetime) -> Select[int] | None:
    """Return the query that counts the people the actor mentors."""
    if actor.staff_id is None:
        return None
    return select(func.count()).select_from(Subject).where(*accompanied_by(actor))


def tasks(actor: Actor, now: datetime, _number: int) -> Iterator[Task]:
    """Yield the next note due for each person the actor mentors."""
    on, days = local_day(now), working_days()
    for case, last_at in list_accompanied(actor):
        began = local_day(last_at)
        due = local_day(last_at + WEEK)
        shown = light(nears_on(began, due, TermUnit.DAYS, days), due, on)
        step = _("Write the note of the week")
        title = _("%(step)s by %(day)s", step=step, day=short_day(due))
        if due < on:
            title = _("%(step)s: it was due on %(day)s", step=step, day=short_day(due))
        elif due == on:
            title = _("%(step)s today", step=step)
        last = _("last note or step: %(day)s", day=day_words(began, weekday=False))
        yield Task(
            title=title,
            detail=f"{kind_words(case)} {case.number} · {masked(case.staff.name)} · {last}",
            mark=mark_words(shown, due, on, TermUnit.DAYS, days),
            kind=shown,
            endpoint="pool.note",
            button=_("Write a note"),
            params={"case_id": case.id},
            due_on=due,
            is_late=due < on,
        )

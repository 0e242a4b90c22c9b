"""The tasks of bad reviews: calls to raters."""

from collections.abc import Iterator
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from evalsys.cases.deadlines.rules import Light, TermUnit, light, nears_on
from evalsys.cases.deadlines.words import mark_words
from evalsys.core.frame.tasks import Task
from evalsys.core.pages import local_day, short_day
from evalsys.core.permissions import Actor
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.personnel.feedback.calls.service import list_calls


def call_light(due_on: date, on: date, days: WorkingDays) -> tuple[Light, str]:
    """Return the light of a call and its text, in working days."""
    unit = TermUnit.WORKING_DAYS
    shown = light(nears_on(min(on, due_on), due_on, unit, days), due_on, on)
    return shown, mark_words(shown, due_on, on, unit, days)


def tasks(actor: Actor, now: datetime, _number: int) -> Iterator[Task]:
    """Yield one task for all calls due, with the nearest day."""
    calls, on = list_calls(actor), local_day(now)
    if not calls:
        return
    due_on = calls[0].due_on
    shown, mark = call_light(due_on, on, working_days())
    calls_words = ngettext("%(num)s call", "%(num)s calls", len(calls))
    yield Task(
        title=_("Call raters who left a number, by %(day)s", day=short_day(due_on)),
        detail=_("Whom the call is about is not shown: the rating is not counted yet."),
        mark=f"{calls_words} · {mark}",
        kind=shown,
        endpoint="feedback.calls",
        button=_("Call"),
        due_on=due_on,
        is_late=due_on < on,
    )

"""The optional tasks of remedies: steps that can still be contested."""

from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select

from evalsys.cases.deadlines.words import left_words
from evalsys.cases.engine.words import kind_words, step_words
from evalsys.core.frame.tasks import Group, Task, counted
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor
from evalsys.personnel.remedies.service import contestable_steps, select_burdening
from evalsys.personnel.remedies.words import term_words


def count(actor: Actor, _now: datetime) -> Select[int] | None:
    """Return the query that counts the contestable steps about the actor."""
    if actor.staff_id is None:
        return None
    return counted(select_burdening(actor))


def tasks(actor: Actor, now: datetime, _number: int) -> Iterator[Task]:
    """Yield the steps the actor can contest, by law or internally, and until when."""
    on = local_day(now)
    for row in contestable_steps(actor, on=on):
        what = f"{kind_words(row.case)} {row.case.number} · {step_words(row.case, row.step)}"
        how = _("reconsideration under the law") if row.is_lawful else _("internal review")
        yield Task(
            title=_("You may contest: %(what)s", what=what),
            detail=f"{term_words(row.term)} · {how}",
            mark=left_words((row.term.ends_on - on).days),
            endpoint="remedies.apply_for",
            button=_("Apply"),
            params={"step_id": row.step.id},
            group=Group.RIGHT,
            due_on=row.term.ends_on,
        )

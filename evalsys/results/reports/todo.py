"""The task list of an account: steps, messages and rights, the most urgent first.

There may be thousands of cases: the database sorts and limits them. The few tasks of other features
are merged in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from heapq import merge
from itertools import islice
from typing import Any

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy.orm import joinedload

from evalsys.cases.engine.models import Notice, Subject
from evalsys.cases.engine.parties import is_about
from evalsys.cases.engine.queries import seen_among, select_cases
from evalsys.cases.engine.titles import load_titles, short_name
from evalsys.cases.inbox.demands import demands, message, own_choices
from evalsys.cases.inbox.lists import WaitingCase, WaitingCounts, list_waiting
from evalsys.cases.inbox.messages import News, read_news, select_notices
from evalsys.core.extensions import db
from evalsys.core.frame.tasks import Group, Task, own_tasks
from evalsys.core.pages import NearestPage, local_day, paginate
from evalsys.core.permissions import Action, Actor
from evalsys.core.reads import Together

FIRST, PER_PAGE = 8, 20  # tasks on the start page, on a page of the list
NEWEST = 5  # messages on the start page


@dataclass(frozen=True)
class Todo:
    """A page of the task list, and totals."""

    lines: Sequence[Task]
    page: Pagination
    late: int = 0
    today: int = 0
    on: date = date.max
    told: Sequence[Task] = ()
    untold: int = 0

    @property
    def due(self) -> list[Task]:
        """The tasks that are overdue or due today."""
        return [task for task in self.lines if self._is_due(task)]

    @property
    def new(self) -> list[Task]:
        """What is told and not due: what is asked for, if it is among the tasks, or the message."""
        asked = {task.params.get("case_id"): task for task in self.lines}
        found = [asked.get(task.params["case_id"], task) for task in self.told]
        return [task for task in found if not self._is_due(task)]

    @property
    def rest(self) -> list[Task]:
        """The tasks that have time, or no day, and are not new."""
        new = self.new
        return [task for task in self.lines if not self._is_due(task) and task not in new]

    def _is_due(self, task: Task) -> bool:
        return task.is_late or (bool(task.kind) and task.due_on == self.on)

    @property
    def total(self) -> int:
        """The number of tasks on all pages."""
        return self.page.total or 0

    @property
    def more(self) -> int:
        """The number of tasks after this page."""
        return self.total - self.page.last


class Lines(NearestPage):
    """A page merged from cases sorted and counted in SQL and tasks sorted here."""

    waiting = WaitingCounts(0, 0, 0)

    def _query_items(self) -> list[Task]:
        args, start = self._query_args, self._query_offset
        actor, on, end = args["actor"], args["on"], start + self.per_page
        cases: list[WaitingCase] = []
        if actor.may(Action.CASE_VIEW):
            cases, self.waiting = list_waiting(actor, on=on, limit=end, own=args["own"])
        ours = (
            (not row.is_late, row.day or date.max, 0, place, row.case_id)
            for place, row in enumerate(cases)
        )
        theirs = (
            (not task.is_late, task.due_on or date.max, 1, place, task)
            for place, task in enumerate(args["others"])
        )
        cut = list(islice(merge(ours, theirs, key=lambda entry: entry[:4]), start, end))
        ids = [each for *_, each in cut if not isinstance(each, Task)]
        asked = dict(zip(ids, demands(actor, ids, on), strict=True)) if ids else {}
        return [each if isinstance(each, Task) else asked[each] for *_, each in cut]

    def _query_count(self) -> int:
        return self.waiting.total + len(self._query_args["others"])


def _message(actor: Actor, notice: Notice, seen: set[int]) -> Task:
    staff = notice.subject.concerned
    is_own = staff is not None and staff.id == actor.staff_id
    name = "" if is_own else short_name(notice.subject)
    is_open = notice.subject_id in seen
    return message(notice, is_new=notice.read_at is None, name=name, is_open=is_open)


def read_todo(actor: Actor, show: str, page: Together, *, now: datetime) -> Todo:
    """Return the task list of the actor.

    `show` is a group, "all" for the paginated list, or "" for its first tasks; its counts are added
    to the queries of `page`.
    """
    on, size = local_day(now), PER_PAGE if show else FIRST
    if show == Group.MESSAGE:
        notices = paginate(select_notices(actor), size)
        load_titles([notice.subject for notice in notices.items])
        seen = seen_among(actor, {notice.subject_id for notice in notices.items}, on)
        return Todo([_message(actor, notice, seen) for notice in notices.items], notices)
    others = own_tasks(actor, now, page)
    own = show == Group.RIGHT
    if own:
        others += own_choices(actor, _own_cases(actor, on), now)
    if show in set(Group):
        others = [task for task in others if task.group == show]
    values: dict[str, Any] = {"actor": actor, "on": on, "own": own, "others": others}
    lines = Lines(None if show else 1, per_page=size, **values)
    late = lines.waiting.late + sum(task.is_late for task in others)
    today = lines.waiting.today + sum(task.due_on == on for task in others if task.kind)
    if show:
        return Todo(lines.items, lines, late, today)
    news = read_news(actor, on, NEWEST) if actor.may(Action.CASE_VIEW) else News([], 0)
    ids = {notice.subject_id for notice in news.notices}
    told = [_message(actor, notice, ids) for notice in news.notices]
    return Todo(lines.items, lines, late, today, on, told, news.cases - len(told))


def _own_cases(actor: Actor, on: date) -> Sequence[Subject]:
    """Return the open cases about the actor."""
    query = select_cases(actor, on=on, which="live")
    query = query.where(is_about(actor.staff_id)).options(joinedload(Subject.open_deadlines))
    return db.session.scalars(query).unique().all()

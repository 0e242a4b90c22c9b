"""Tasks of the start page from cases: a demand with its date, not a state."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import Flask
from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import Select, func, select

from evalsys.cases.deadlines.queries import running_first, terms_of
from evalsys.cases.deadlines.words import light_words
from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import Deadline, DeadlineChange, Notice, Subject
from evalsys.cases.engine.rules.duties import PERSON
from evalsys.cases.engine.rules.machine import Move
from evalsys.cases.engine.rules.next_steps import Terms, is_next, is_open_right, next_steps
from evalsys.cases.engine.titles import place_of, short_name
from evalsys.cases.engine.words import asked_words, kind_words, notice_words, stage_words
from evalsys.cases.inbox.lists import (
    list_asked,
    list_unopened,
    load_cases,
    select_asked,
    select_unopened,
)
from evalsys.core.frame.tasks import Group, Task, add_counted_tasks, counted
from evalsys.core.pages import day_words, local_day, short_day
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.organisation.policies.words import rule_words


@dataclass(frozen=True)
class Asked:
    """A case that asks something: which duties, which move, as of which day."""

    case: Subject
    duties: frozenset[str]
    move: Move | None
    on: date
    is_unread: bool

    @property
    def step(self) -> str:
        """The text of the step; for a decision its form, not an outcome."""
        if self.move is None:
            return stage_words(self.case)
        return str(_(kind_of(self.case).machine.shown(self.move).demand))

    def task(self, title: str, mark: str, more: str = "", **values: Any) -> Task:
        """Return the task; not about oneself it names the person, masked, or title, and place."""
        case = self.case
        is_own = PERSON in self.duties
        parts = [f"{kind_words(case)} {case.number}"]
        if not is_own:
            parts += [words for words in (short_name(case), place_of(case)) if words]
        parts += [stage_words(case), *([more] if more else [])]
        endpoint, params = "cases.show", dict[str, object](case_id=case.id)
        if is_own and self.move is not None and not self.is_unread:  # Links directly to the form.
            endpoint, params = "cases.step", {"case_id": case.id, "name": self.move.name}
        return Task(
            title=title,
            detail=" · ".join(parts),
            mark=mark,
            endpoint=endpoint,
            button=_("Go to it"),
            params=params,
            **values,
        )


def demands(actor: Actor, ids: Sequence[int], on: date) -> list[Task]:
    """Return the tasks of some cases for the actor, in their order, in few queries."""
    loaded, days = load_cases(ids, actor, on), working_days()
    tasks = []
    for row in loaded:
        case = row.case
        terms = running_first(case.open_deadlines, on)
        move = _demanded(case, row.duties, terms_of(terms, on), row.has)
        asked = Asked(case, row.duties, move, on, row.is_unread)
        due = _due(asked, terms)
        if row.calling:
            tasks.append(_called(asked, row.calling))
        elif due is None:
            tasks.append(_undated(asked, local_day(row.since)))
        else:
            tasks.append(_dated(asked, due, days))
    return tasks


def _demanded(
    case: Subject, duties: frozenset[str], terms: Terms, exists: Callable[[Move], bool]
) -> Move | None:
    """Return the move to take: preferably one that meets an open term."""
    machine = kind_of(case).machine
    moves = [
        move
        for move in machine.moves_from(case.state)
        if not duties.isdisjoint(move.duties)
        and exists(move)
        and (is_next(machine, move, terms) or is_open_right(machine, move, terms))
    ]
    return min(moves, key=lambda move: terms.live.isdisjoint(move.meets), default=None)


def _exists(facts: Any, move: Move) -> bool:
    return move.applies(facts)


def _due(asked: Asked, terms: Sequence[Deadline]) -> Deadline | None:
    """Return the deadline of the task: of its move, else the nearest duty of the case."""
    soft, move = kind_of(asked.case).machine.soft, asked.move
    running = [
        row
        for row in terms
        if row.paused_on is None
        and (row.rule not in soft or (row.duty in asked.duties and row.due_on >= asked.on))
    ]
    answered = [row for row in running if move is not None and row.rule in move.meets]
    return next(iter(answered or running), None)


def _dated(asked: Asked, due: Deadline, days: WorkingDays) -> Task:
    light, mark = light_words(due, asked.on, days)
    day = _near(due.due_on, asked.on)
    if due.is_provisional:
        day = _("%(day)s (provisional)", day=day)
    if due.due_on < asked.on:
        title = _("%(step)s: it was due on %(day)s", step=asked.step, day=day)
    elif due.due_on == asked.on:
        title = _("%(step)s today", step=asked.step)
    elif asked.move is not None and not asked.move.is_way and not asked.move.after:
        title = _("%(step)s: possible until %(day)s", step=asked.step, day=day)
    else:
        title = _("%(step)s by %(day)s", step=asked.step, day=day)
    is_right = due.rule in kind_of(asked.case).machine.rights
    return asked.task(
        title,
        mark,
        kind=light,
        due_on=due.due_on,
        is_late=due.due_on < asked.on,
        group=Group.RIGHT if is_right else Group.STEP,
    )


def _undated(asked: Asked, since: date) -> Task:
    day = _near(since, asked.on)
    title = _("%(step)s (waits since %(day)s)", step=asked.step, day=day)
    return asked.task(title, _("next step"))


def _called(asked: Asked, calling: Mapping[str, Any]) -> Task:
    """Return the task of an appointment: for the person when and where, for others to record it."""
    call = kind_of(asked.case).machine.appointments[asked.case.state]
    day = date.fromisoformat(calling[call.day])
    when = _near(day, asked.on)
    mark = _("today") if day == asked.on else when
    if PERSON not in asked.duties:
        title = _("%(step)s: it is on %(day)s", step=asked.step, day=when)
        if day < asked.on:
            title = _("%(step)s: it was on %(day)s", step=asked.step, day=when)
        return asked.task(title, mark, due_on=day)
    hour, place = (calling.get(name, "") for name in (call.hour, call.place))
    title = _("%(step)s on %(day)s", step=_(call.label), day=f"{when} {hour}".strip())
    return asked.task(title, mark, place, due_on=day)


def _near(day: date, on: date) -> str:
    """Return a day as text, with its year only if it is not the current one."""
    return short_day(day) if day.year == on.year else day_words(day, weekday=False)


def init_app(app: Flask) -> None:
    """Register the tasks of the start page besides waiting cases."""
    add_counted_tasks(app, Action.CASE_VIEW, count_unopened, unopened)
    add_counted_tasks(app, Action.DEADLINE_AGREE, count_asked, asked)


def count_unopened(actor: Actor, now: datetime) -> Select[int] | None:
    """Return the query that counts unopened messages of the actor about themselves."""
    if actor.staff_id is None:
        return None
    return select(func.count()).select_from(select_unopened(actor, local_day(now)).subquery())


def unopened(actor: Actor, now: datetime, _number: int) -> Iterator[Task]:
    """Yield the unopened messages of the actor about themselves."""
    for notice in list_unopened(actor, on=local_day(now)):
        yield message(notice, is_new=True)


def count_asked(actor: Actor, now: datetime) -> Select[int]:
    """Return the query that counts deadline changes awaiting the actor's agreement."""
    return counted(select_asked(actor, local_day(now)))


def asked(actor: Actor, now: datetime, _number: int) -> Iterator[Task]:
    """Yield the deadline changes awaiting the actor's agreement."""
    for change in list_asked(actor, on=local_day(now)):
        yield _asked_for(change)


def _asked_for(change: DeadlineChange) -> Task:
    case, day = change.deadline.subject, local_day(change.asked_at)
    return Task(
        title=_("Decide on a changed deadline"),
        detail=_(
            "%(case)s · %(rule)s · %(what)s, asked for on %(day)s",
            case=f"{kind_words(case)} {case.number}",
            rule=rule_words(change.deadline.rule),
            what=_(asked_words(change.kind)),
            day=day_words(day, weekday=False),
        ),
        mark=_("second person"),
        endpoint="cases.change",
        button=_("Go to it"),
        params={"change_id": change.id},
        due_on=change.deadline.due_on,
    )


def message(notice: Notice, *, is_new: bool, name: str = "", is_open: bool = True) -> Task:
    """Return the task of a message; `name` is the person concerned, if somebody else.

    What is not open to the reader any more has no button, and says why.
    """
    sent_on = day_words(local_day(notice.at), weekday=False)
    title = notice_words(notice)
    why = name if is_open else _("you cannot open it any more: it is not with you now")
    details = [_("sent on %(day)s", day=sent_on), why]
    return Task(
        title=_("Please read: %(message)s", message=title) if is_new and is_open else title,
        detail=" · ".join(filter(None, details)),
        mark=pgettext("message", "new") if is_new else _("read"),
        endpoint="cases.show",
        button=_("Read") if is_open else "",
        params={"case_id": notice.subject_id},
        group=Group.MESSAGE,
    )


def own_choices(actor: Actor, cases: Sequence[Subject], now: datetime) -> Iterator[Task]:
    """Yield the optional steps in the actor's own cases."""
    on = local_day(now)
    for case in cases:
        kind = kind_of(case)
        if not any(PERSON in move.duties for move in kind.machine.moves_from(case.state)):
            continue  # Most states wait for somebody else: then no facts are gathered.
        terms = terms_of(case.open_deadlines, on)
        person = frozenset({PERSON})
        facts = kind.facts(case, now)
        asked_for = _demanded(case, person, terms, partial(_exists, facts))
        steps = next_steps(kind.machine, case.state, person, facts, terms)
        for step in steps:
            if step.is_mine and step.is_ready and step.move is not asked_for:
                yield Task(
                    title=_("You may: %(step)s", step=_(step.move.label)),
                    detail=f"{kind_words(case)} {case.number} · {stage_words(case)}",
                    mark=_("optional"),
                    endpoint="cases.step",
                    button=_("Go to it"),
                    params={"case_id": case.id, "name": step.move.name},
                    group=Group.RIGHT,
                )

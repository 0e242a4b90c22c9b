"""What the start page says of cases: a demand with its date, not a state."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from evalsys.cases.deadlines.queries import open_deadlines, terms_of
from evalsys.cases.deadlines.words import light_words
from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import CaseStep, Deadline, DeadlineChange, Notice, Subject
from evalsys.cases.engine.queries import duties_among
from evalsys.cases.engine.rules.duties import PERSON
from evalsys.cases.engine.rules.machine import Move
from evalsys.cases.engine.rules.next_steps import Terms, is_next, is_open_right, next_steps
from evalsys.cases.engine.words import asked_words, kind_words, masked, notice_words, stage_words
from evalsys.cases.inbox.lists import (
    list_asked,
    list_callings,
    list_unread,
    list_untold,
    load_cases,
    moved_on,
)
from evalsys.core.frame.tasks import Group, Task
from evalsys.core.pages import day_words, local_day, short_day
from evalsys.core.permissions import Action, Actor
from evalsys.foundation.calendars.queries import working_days
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.organisation.policies.words import rule_words


@dataclass(frozen=True)
class Asked:
    """A case that asks something: of whom, which step, on which day it is looked at."""

    case: Subject
    duties: frozenset[str]
    move: Move | None
    on: date
    is_unread: bool

    @property
    def step(self) -> str:
        """What is to be done, in words."""
        return str(_(self.move.demand)) if self.move is not None else stage_words(self.case)

    def task(self, title: str, mark: str, more: str = "", **values: Any) -> Task:
        """Return the line; about others it says who and where, the name masked."""
        case = self.case
        is_own = PERSON in self.duties
        parts = [f"{kind_words(case)} {case.number}"]
        if not is_own and case.concerned is not None:
            parts.append(f"{masked(case.concerned.name)} {case.concerned.number}")
        if not is_own and case.home is not None:
            parts.append(case.home.name)
        parts += [stage_words(case), *([more] if more else [])]
        endpoint, params = "cases.show", dict[str, object](case_id=case.id)
        if is_own and self.move is not None and not self.is_unread:  # One click to the answer.
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
    """Return what some cases ask of the actor, in their order, in few questions."""
    loaded, days = load_cases(ids), working_days()
    cases = [one.case for one in loaded]
    duties, dues = duties_among(actor, cases, on), open_deadlines(ids, on)
    callings, since, unread = list_callings(cases), moved_on(cases), list_unread(actor, ids)
    found = []
    for case, one in zip(cases, loaded, strict=True):
        terms = dues.get(case.id, [])
        move = _demanded(case, duties[case.id], terms_of(terms, on), one.has)
        asked = Asked(case, duties[case.id], move, on, case.id in unread)
        due = _due(asked, terms)
        if case.id in callings:
            found.append(_called(asked, callings[case.id]))
        elif due is None:
            found.append(_undated(asked, local_day(since[case.id])))
        else:
            found.append(_dated(asked, due, days))
    return found


def _demanded(
    case: Subject, duties: frozenset[str], terms: Terms, exists: Callable[[Move], bool]
) -> Move | None:
    """Return what is to be done: rather what answers an open term than another step."""
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
    """Return the term that the demand is about: of its step, else the nearest duty of the case."""
    soft, move = kind_of(asked.case).machine.soft, asked.move
    running = [
        one
        for one in terms
        if one.paused_on is None
        and (one.rule not in soft or (one.duty in asked.duties and one.due_on >= asked.on))
    ]
    answered = [one for one in running if move is not None and one.rule in move.meets]
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


def _called(asked: Asked, calling: CaseStep) -> Task:
    """Say when and where the person has to be, or whoever records it that it is recorded then."""
    call = kind_of(asked.case).machine.appointments[asked.case.state]
    day = date.fromisoformat(calling.entry[call.day])
    when = _near(day, asked.on)
    mark = _("today") if day == asked.on else when
    if PERSON not in asked.duties:
        title = _("%(step)s: it is on %(day)s", step=asked.step, day=when)
        if day < asked.on:
            title = _("%(step)s: it was on %(day)s", step=asked.step, day=when)
        return asked.task(title, mark, due_on=day)
    hour, place = (calling.entry.get(name, "") for name in (call.hour, call.place))
    title = _("%(step)s on %(day)s", step=_(call.label), day=f"{when} {hour}".strip())
    return asked.task(title, mark, place, due_on=day)


def _near(day: date, on: date) -> str:
    """Write a day, with its year only where that is another one."""
    return short_day(day) if day.year == on.year else day_words(day, weekday=False)


def tasks(actor: Actor, now: datetime) -> Iterator[Task]:
    """Name what somebody was told about themselves and has not opened, and what needs a second."""
    on = local_day(now)
    if actor.may(Action.CASE_VIEW):
        for notice in list_untold(actor, on=on):
            yield message(notice, is_new=True)
    if actor.may(Action.CASE_DECIDE):
        for change in list_asked(actor, on=on):
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


def message(notice: Notice, *, is_new: bool, name: str = "") -> Task:
    """Return a line for a message; `name` is whom it is about, where that is somebody else."""
    told = day_words(local_day(notice.at), weekday=False)
    title = notice_words(notice)
    return Task(
        title=_("Please read: %(message)s", message=title) if is_new else title,
        detail=_("sent on %(day)s", day=told) + (f" · {name}" if name else ""),
        mark=pgettext("message", "new") if is_new else _("read"),
        endpoint="cases.show",
        button=_("Read"),
        kind="",
        params={"case_id": notice.subject_id},
        group=Group.MESSAGE,
    )


def own_choices(actor: Actor, cases: Sequence[Subject], now: datetime) -> Iterator[Task]:
    """Name what somebody may do in their own cases beside what they are asked for."""
    on = local_day(now)
    dues = open_deadlines([case.id for case in cases], on)
    for case in cases:
        kind = kind_of(case)
        if not any(PERSON in move.duties for move in kind.machine.moves_from(case.state)):
            continue  # Most states wait for somebody else: then no facts are gathered.
        terms = terms_of(dues.get(case.id, []), on)
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

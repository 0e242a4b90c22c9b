"""Texts of terms: the light, the time left, the explanation of a date."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from evalsys.cases.deadlines.queries import light_of
from evalsys.cases.deadlines.rules import Due, Light, TermUnit, days_off, due_on, length, unit_of
from evalsys.cases.engine.kinds import kind_of
from evalsys.cases.engine.models import Deadline, Subject
from evalsys.cases.engine.rules.machine import always
from evalsys.core.errors import N_
from evalsys.core.pages import day_words, short_day
from evalsys.foundation.calendars.rules import WorkingDays
from evalsys.organisation.policies.words import rule_words

MOVED = N_(
    "It was moved by an extension or a stopped clock, or announced before the calendar changed."
)


def light_words(deadline: Deadline, on: date, days: WorkingDays) -> tuple[Light, str]:
    """Return the light of a deadline and its text, in the unit of the term."""
    shown, unit = light_of(deadline, on), unit_of(deadline.rule)
    match shown:
        case Light.MET:
            words = str(_("done"))
        case Light.PAUSED:
            words = str(_("clock stopped"))
        case Light.ENDED:
            words = over_words(deadline.subject, deadline.rule)
        case Light.TODAY if deadline.rule in kind_of(deadline.subject).machine.soft:
            words = str(_("last day today"))
        case _:
            words = mark_words(shown, deadline.due_on, on, unit, days)
    return shown, words


def mark_words(shown: Light, end: date, on: date, unit: TermUnit, days: WorkingDays) -> str:
    """Return the text for the distance to the end of a term, by its light."""
    match shown:
        case Light.TODAY:
            return str(_("due today"))
        case Light.RED:
            return late_words(length(end, on, unit, days), (on - end).days, unit)
        case _:
            return left_words(length(on, end, unit, days), unit)


def left_words(count: int, unit: TermUnit = TermUnit.DAYS) -> str:
    """Return the text for the time left of a term."""
    if unit is TermUnit.WORKING_DAYS:
        return str(ngettext("%(num)s working day left", "%(num)s working days left", count))
    return str(ngettext("%(num)s day left", "%(num)s days left", count))


def late_words(count: int, since: int, unit: TermUnit) -> str:
    """Return the text for the time overdue; `since` are the days, without a working day yet."""
    if unit is TermUnit.WORKING_DAYS and count:
        return str(ngettext("%(num)s working day overdue", "%(num)s working days overdue", count))
    return str(ngettext("%(num)s day overdue", "%(num)s days overdue", since))


def end_words(due: Due) -> str:
    """Return the end of a term as text, marked if provisional."""
    day = day_words(due.on)
    return str(_("%(day)s (provisional)", day=day)) if due.is_provisional else day


def over_words(case: Subject, rule: str) -> str:
    """Return the text of a right or span that is over, with the step it allows.

    A step is named only if every case has it.
    """
    machine = kind_of(case).machine
    words = str(_(machine.soft[rule]))
    moves = [move for move in machine.moves_from(case.state) if rule in machine.before(move)]
    if not moves:
        return words
    if rule in machine.rights and all(move.target in machine.finals for move in moves):
        return str(_("%(over)s, the case can be closed", over=words))
    step = next((move for move in moves if move.applies is always), None)
    if step is None:
        return words
    demand = _(machine.shown(step).demand)
    return str(_("%(over)s, possible now: %(step)s", over=words, step=demand))


def why_words(deadline: Deadline, days: WorkingDays) -> str:
    """Return the explanation of a deadline's end: rule, start, days left out."""
    unit = unit_of(deadline.rule)
    start = day_words(deadline.started_on, weekday=False)
    count = {
        TermUnit.WORKING_DAYS: N_(
            "%(rule)s: %(n)s working days, counted from the day after %(start)s."
        ),
        TermUnit.DAYS: N_("%(rule)s: %(n)s days, counted from the day after %(start)s."),
        TermUnit.MONTHS: N_("%(rule)s: %(n)s months from %(start)s."),
    }[unit]
    sentences = [str(_(count, rule=rule_words(deadline.rule), n=deadline.amount, start=start))]
    due = due_on(deadline.started_on, deadline.amount, unit, days)
    if unit is TermUnit.WORKING_DAYS:
        off = [day for day in days_off(deadline.started_on, due.on, days) if not _is_weekend(day)]
        if off:
            sentences.append(str(_("Public holidays left out: %(days)s.", days=_day_list(off))))
        swapped = [
            day for day in days.counted(deadline.started_on, deadline.amount) if _is_weekend(day)
        ]
        if swapped:
            sentences.append(str(_("Working weekends counted: %(days)s.", days=_day_list(swapped))))
    if due.rolled_from is not None:
        sentences.append(
            str(
                _(
                    "It would have ended on %(day)s, a day off, and ends on the next working day.",
                    day=day_words(due.rolled_from),
                )
            )
        )
    if due.on != deadline.due_on:
        sentences.append(str(_(MOVED)))
    if deadline.is_provisional:
        sentences.append(
            str(_("Provisional: the calendar of that year is not announced; it is counted anew."))
        )
    return " ".join(sentences)


def _is_weekend(day: date) -> bool:
    return day.weekday() > 4  # noqa: PLR2004  # Friday.


def _day_list(days: list[date]) -> str:
    return str(_(", ")).join(short_day(day) for day in days)

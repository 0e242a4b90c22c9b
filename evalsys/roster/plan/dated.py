"""Plan what is dated about one person: transfer, status, leaving. Pure."""

from collections.abc import Sequence
from datetime import date

from evalsys.core.errors import N_, DomainError
from evalsys.organisation.org.rules import (
    DAY,
    Assignment,
    Ref,
    Write,
    begin_on,
    change_status,
    covers,
    current,
    move,
    restart,
)
from evalsys.roster.parsing import RosterEntry
from evalsys.roster.plan.changes import RosterChange, RosterPlan, effect_of_move, section_words
from evalsys.roster.words import ON_DUTY, PROTECTED, in_words


def note_person(
    plan: RosterPlan,
    entry: RosterEntry,
    column: str,
    words: tuple[str, str],
    effect: tuple[str, dict[str, str]] = ("", {}),
) -> None:
    """Add a row to the list of changes; `words` are the values before and after."""
    who = entry.values["number"], entry.values["name"]
    plan.changes.append(RosterChange("people", *who, column, *words, *effect))


def plan_section(plan: RosterPlan, entry: RosterEntry, staff_id: int) -> None:
    """Plan a transfer, a first posting, or a corrected first day."""
    postings = plan.state.postings.get(staff_id, ())
    here = current(postings, plan.on)
    code = entry.values["section_code"]
    section = plan.section(code)
    given = entry.values.get("posted_on")
    effect: tuple[str, dict[str, str]]
    if _stays_until_planned(postings, plan.on, section, given):
        return
    try:
        if here is not None and here.holder == section:
            if given is not None and given != here.started_on:
                plan.writes += restart(postings, here, given)
                words = here.started_on.isoformat(), given.isoformat()
                effect = N_("Counts from %(day)s"), {"day": given.isoformat()}
                note_person(plan, entry, "posted_on", words, effect)
            return
        start = given or plan.on
        if section is None:
            raise ValueError("the section was looked up before")
        plan.writes += move(staff_id, postings, section, start)
    except DomainError as error:
        advice = N_("Look at the date, or undo the earlier import")
        column = "posted_on" if given else "section_code"
        plan.refuse(entry, column, error.message, advice, **error.params)
        return
    if given is None:
        advice = N_("Fill in 到本科室日期 if the move was on another day")
        plan.warn(entry, "posted_on", N_("Blank: the move counts from today"), advice)
    plan.begun[entry.values["number"]] = (code, start)
    if here is not None:
        plan.moved[staff_id] = (here.holder, start)
    old = plan.state.section_name(here.holder) if here else "—"
    effect = effect_of_move(plan, start)
    note_person(plan, entry, "section_code", (old, section_words(plan, code)), effect)


def _stays_until_planned(
    postings: Sequence[Assignment], on: date, section: int | Ref | None, given: date | None
) -> bool:
    """Return whether a row repeats where somebody is until a later posting, which is planned."""
    here = next((span for span in postings if covers(span, on)), None)
    if here is None or here is current(postings, on):
        return False
    return here.holder == section and given in {None, here.started_on}


def plan_status(plan: RosterPlan, entry: RosterEntry, staff_id: int) -> None:
    """Plan a change of status from a day on, or the corrected first day of the present one."""
    wanted = entry.values.get("status")
    since = entry.values.get("status_on")
    if wanted is None and since is None:
        return
    spans, day = plan.state.statuses.get(staff_id, ()), since or plan.on
    here = current([span for span in spans if span.started_on <= plan.on], plan.on)
    old = here.holder if here else ON_DUTY
    wanted = old if wanted is None else wanted
    later = [span.started_on for span in spans if span is not here and span.lasts_on(day)]
    if here is not None and since is not None and wanted == old:
        _begin_status_on(plan, entry, spans, here)
        return
    if wanted == old:
        return
    if later or (here is not None and day < here.started_on):
        problem = N_("The date must be after %(day)s, since when the present entry holds")
        begun = max([*later, *([here.started_on] if here else [])])
        plan.refuse(entry, "status_on", problem, day=begun.isoformat())
        return
    plan.writes += change_status(staff_id, spans, None if wanted == ON_DUTY else wanted, day)
    effect: tuple[str, dict[str, str]] = (N_("From %(day)s"), {"day": day.isoformat()})
    if wanted in PROTECTED:
        effect = N_("Protected: no return to the pool may be proposed"), {}
    elif old in PROTECTED:
        effect = N_("No longer protected"), {}
    words = in_words("status", old), in_words("status", wanted)
    note_person(plan, entry, "status", words, effect)


def _begin_status_on(
    plan: RosterPlan, entry: RosterEntry, spans: Sequence[Assignment], here: Assignment
) -> None:
    """Plan the corrected first day of the present status."""
    day = entry.values["status_on"]
    if day == here.started_on:
        return
    try:
        plan.writes.append(begin_on("staff_status", spans, here, day))
    except DomainError as error:
        plan.refuse(entry, "status_on", error.message, **error.params)
        return
    words = here.started_on.isoformat(), day.isoformat()
    note_person(plan, entry, "status_on", words, (N_("From %(day)s"), {"day": day.isoformat()}))


def has_left(plan: RosterPlan, entry: RosterEntry, staff_id: int) -> bool:
    """Return whether a row with a last day is about somebody in no section any more."""
    last, spans = entry.values.get("left_on"), plan.state.postings.get(staff_id, ())
    if last is None or not spans or current(spans, plan.on) is not None:
        return False
    ended = max(span.ended_on for span in spans if span.ended_on is not None)
    if ended != last:
        problem = N_("In no section since %(day)s: the last day was stored already")
        plan.refuse(entry, "left_on", problem, day=ended.isoformat())
    return True


def plan_leaving(plan: RosterPlan, entry: RosterEntry, staff_id: int) -> None:
    """Plan the last day in a section for 离开日期, and why the posting ended or ends."""
    last, reason = entry.values.get("left_on"), entry.values.get("left_reason")
    moved = plan.moved.get(staff_id)
    if moved is not None:
        if last is not None:
            problem = N_("A transfer needs no last day: it ends the former posting itself")
            plan.refuse(entry, "left_on", problem, N_("Leave the cell blank"))
        elif reason is not None:
            _give_reason(plan, staff_id, reason)
        return
    spans = plan.state.postings.get(staff_id, ())
    if last is not None and any(covers(s, plan.on) and s.ended_on == last for s in spans):
        return
    here = current(spans, plan.on)
    if last is None or here is None:
        if reason is not None and (here is None or here.ended_on is None):
            problem = N_("A reason needs the last day")
            plan.refuse(entry, "left_reason", problem, N_("Fill in 离开日期"))
        return
    if last < here.started_on:
        problem = N_("The date must not be before %(day)s, when the posting began")
        plan.refuse(entry, "left_on", problem, day=here.started_on.isoformat())
        return
    before, after = {"ended_on": here.ended_on}, {"ended_on": last}
    if last == here.ended_on:
        return
    if reason is not None:
        before, after = {**before, "end_reason": None}, {**after, "end_reason": reason}
    plan.writes.append(Write("posting", here.id, before, after))
    plan.moved[staff_id] = (here.holder, last + DAY)
    words = (in_words("left_on", here.ended_on), last.isoformat())
    effect = N_("Counts until %(day)s"), {"day": last.isoformat()}
    note_person(plan, entry, "left_on", words, effect)


def _give_reason(plan: RosterPlan, staff_id: int, reason: str) -> None:
    """Let the planned end of a posting bear its reason."""
    left, _day = plan.moved[staff_id]
    ended = {span.id for span in plan.state.postings.get(staff_id, ()) if span.holder == left}
    for place, write in enumerate(plan.writes):
        if write.table == "posting" and write.id in ended and write.before and write.after:
            before = {**write.before, "end_reason": None}
            plan.writes[place] = Write(
                "posting", write.id, before, {**write.after, "end_reason": reason}
            )

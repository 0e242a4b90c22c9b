"""Plan the terms of chiefs and leaders in charge. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date

from evalsys.core.errors import N_, DomainError
from evalsys.organisation.org.rules import (
    DAY,
    Assignment,
    Ref,
    appoint,
    begin_on,
    covers,
    current,
    end,
)
from evalsys.roster.parsing import CLEARED, RosterEntry
from evalsys.roster.plan.changes import RosterChange, RosterPlan, suggest

TERMS = {"chief_number": "chief_term", "leader_number": "leader_term"}


def plan_chiefs(plan: RosterPlan) -> None:
    """Plan the terms in the file, and end those of chiefs who leave their section."""
    named = set()
    for entry in plan.roster.sections:
        section = plan.section(entry.values.get("code", ""))
        if section is None or not entry.is_sound:
            continue
        for column in TERMS:
            number = entry.values.get(column)
            if number is CLEARED and isinstance(section, int):
                _dismiss(plan, entry, column, section)
            elif isinstance(number, str):
                _appoint(plan, entry, column, section, number)
                named.add((column, section))
        if isinstance(section, Ref) and "chief_number" not in entry.values:
            words = N_("The section has no chief"), N_("Fill in 负责人工号 as soon as there is one")
            plan.warn(entry, "chief_number", *words)
    _count(plan)
    _end_terms_of_leavers(plan, named)


def _count(plan: RosterPlan) -> None:
    """Count the existing sections as changed or unchanged."""
    changed = {change.code for change in plan.changes if change.sheet == "sections"}
    for entry in plan.roster.sections:
        code = entry.values.get("code")
        if code in plan.state.sections and (entry.sheet, entry.row) not in plan.roster.refused:
            plan.section_counts["changed" if code in changed else "unchanged"] += 1


def _terms(plan: RosterPlan, column: str, section: int | Ref) -> Sequence[Assignment]:
    table = plan.state.chiefs if column == "chief_number" else plan.state.leaders
    return table.get(section, ()) if isinstance(section, int) else ()


def _appoint(
    plan: RosterPlan, entry: RosterEntry, column: str, section: int | Ref, number: str
) -> None:
    person = plan.person(number)
    if person is None:
        refused = {e.values.get("number") for e in plan.roster.people}
        if number not in refused:  # Otherwise that row has its own error.
            names = {n: str(row["name"]) for n, row in plan.state.staff.items()}
            names |= {e.values["number"]: e.values["name"] for e in _whole_people(plan)}
            advice, params = suggest(number, names)
            plan.refuse(entry, column, N_("Nobody has this staff number"), advice, **params)
        return
    terms = _terms(plan, column, section)
    given = entry.values.get("chief_since") if column == "chief_number" else None
    if given is not None and _is_dated(plan, entry, terms, person, given):
        return
    here = current(terms, plan.on)
    start = given or _start(plan, entry, column, number, here)
    writes = appoint(TERMS[column], section, terms, person, start)
    if not writes:
        return
    plan.writes += writes
    if column == "chief_number":
        _warn_stranger(plan, entry, number)
    old = _name(plan, here.holder) if here else "—"
    effect = N_("The section's score counts for this chief from %(day)s")
    if column != "chief_number":
        effect = N_("From %(day)s")
    _note(plan, entry, column, (old, _name_of(plan, number)), (effect, start))


def _is_dated(
    plan: RosterPlan,
    entry: RosterEntry,
    terms: Sequence[Assignment],
    person: int | Ref,
    given: date,
) -> bool:
    """Plan what 负责人任职日期 says of the present chief; return whether nobody is appointed."""
    here = next((term for term in terms if covers(term, plan.on)), None)
    if here is not None and here.holder == person:
        if given != here.started_on:
            _begin_on(plan, entry, terms, here, given)
        return True
    begun = max((term.started_on for term in terms), default=None)
    if begun is None or given > begun:
        return False
    problem = N_("The date must be after %(day)s, since when the present entry holds")
    plan.refuse(entry, "chief_since", problem, day=begun.isoformat())
    return True


def _begin_on(
    plan: RosterPlan,
    entry: RosterEntry,
    terms: Sequence[Assignment],
    here: Assignment,
    given: date,
) -> None:
    """Plan the corrected first day of the present term."""
    try:
        plan.writes.append(begin_on("chief_term", terms, here, given))
    except DomainError as error:
        plan.refuse(entry, "chief_since", error.message, **error.params)
        return
    words = (here.started_on.isoformat(), given.isoformat())
    effect = N_("The section's score counts for this chief from %(day)s")
    _note(plan, entry, "chief_since", words, (effect, given))


def _whole_people(plan: RosterPlan) -> list[RosterEntry]:
    return [e for e in plan.roster.people if {"number", "name"} <= e.values.keys()]


def _start(
    plan: RosterPlan, entry: RosterEntry, column: str, number: str, here: Assignment | None
) -> date:
    """Return the first day of a new term.

    The start of a new section, the posting of a chief who joins with this file, or the import day.
    """
    code = entry.values["code"]
    begun = plan.begun.get(number)
    came = begun[1] if column == "chief_number" and begun and begun[0] == code else None
    if code in plan.new_sections:
        return max(plan.new_sections[code], came or plan.new_sections[code])
    if came is not None and (here is None or here.started_on < came):
        return came
    return plan.on


def _warn_stranger(plan: RosterPlan, entry: RosterEntry, number: str) -> None:
    """Warn of a chief who does not belong to the section."""
    row = plan.state.staff.get(number)
    here = current(plan.state.postings.get(row["id"], ()), plan.on) if row else None
    section = plan.section(entry.values["code"])
    begun = plan.begun.get(number)
    belongs = begun[0] == entry.values["code"] if begun else here and here.holder == section
    if not belongs:
        advice = N_("Nothing to do if they lead it in addition")
        plan.warn(entry, "chief_number", N_("The chief belongs to another section"), advice)


def _dismiss(plan: RosterPlan, entry: RosterEntry, column: str, section: int) -> None:
    """Plan the end of a term for `<清空>`."""
    here = current(_terms(plan, column, section), plan.on)
    if here is None or here.started_on > plan.on - DAY:
        if here is not None:
            plan.refuse(entry, column, N_("The term began today and cannot end yesterday"))
        return
    plan.writes.append(end(TERMS[column], here, plan.on - DAY))
    _note(plan, entry, column, (_name(plan, here.holder), "—"), (N_("From %(day)s"), plan.on))


def _end_terms_of_leavers(plan: RosterPlan, named: set[tuple[str, int | Ref]]) -> None:
    """End the terms of chiefs who leave their section, unless the file names them."""
    codes = {row["id"]: code for code, row in plan.state.sections.items()}
    for section, terms in plan.state.chiefs.items():
        here = current(terms, plan.on)
        gone = plan.moved.get(here.holder) if here else None
        if here is None or gone is None or gone[0] != section:
            continue
        if ("chief_number", section) in named:
            continue
        if gone[1] <= here.started_on and _refuse_before_term(plan, here):
            continue
        plan.writes.append(end("chief_term", here, gone[1] - DAY))
        words = (_name(plan, here.holder), "—")
        code = codes.get(section, "—")
        effect = N_("The section has no chief from %(day)s: name one in 单位科室")
        params: Mapping[str, str] = {"day": gone[1].isoformat()}
        name = plan.state.section_name(section)
        plan.changes.append(
            RosterChange("sections", code, name, "chief_number", *words, effect, params)
        )


def _refuse_before_term(plan: RosterPlan, term: Assignment) -> bool:
    """Refuse the row of a chief who leaves before their term began; return whether there is one."""
    numbers = {number for number, row in plan.state.staff.items() if row["id"] == term.holder}
    row = next((each for each in plan.roster.people if each.values.get("number") in numbers), None)
    if row is not None:
        column = "left_on" if row.values.get("left_on") else "posted_on"
        problem = N_("Chief of the section since %(day)s: they cannot have left it before")
        advice = N_("Look at the date, or put 负责人任职日期 right first")
        plan.refuse(row, column, problem, advice, day=term.started_on.isoformat())
    return row is not None


def _note(
    plan: RosterPlan,
    entry: RosterEntry,
    column: str,
    words: tuple[str, str],
    effect: tuple[str, date],
) -> None:
    code = entry.values["code"]
    row = plan.state.sections.get(code)
    name = entry.values.get("name") or (row["name"] if row else code)
    params = {"day": effect[1].isoformat()}
    plan.changes.append(RosterChange("sections", code, name, column, *words, effect[0], params))


def _name(plan: RosterPlan, staff_id: int) -> str:
    names = (row["name"] for row in plan.state.staff.values() if row["id"] == staff_id)
    return str(next(names, "—"))


def _name_of(plan: RosterPlan, number: str) -> str:
    row = plan.state.staff.get(number)
    if row is not None:
        return str(row["name"])
    return str(next(e.values["name"] for e in _whole_people(plan) if e.values["number"] == number))

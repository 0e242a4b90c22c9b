"""Plan the people: new ones, transfers, changes of status and data. Pure."""

from collections.abc import Mapping
from typing import Any

from evalsys.core.errors import N_
from evalsys.organisation.org.rules import (
    DAY,
    Assignment,
    Ref,
    Write,
    change_status,
    end,
    insert,
)
from evalsys.roster.columns import PEOPLE
from evalsys.roster.parsing import RosterEntry
from evalsys.roster.plan.changes import (
    Naming,
    Rename,
    RosterChange,
    RosterPlan,
    doubled,
    filled,
    section_words,
    suggest,
    warn_case,
)
from evalsys.roster.plan.dated import has_left, note_person, plan_leaving, plan_section, plan_status
from evalsys.roster.words import ON_DUTY, in_words

SIMPLE = (
    "name",
    "sex",
    "post",
    "rank",
    "employment",
    "faces_recipients",
    "window_no",
    "post_since",
    "rank_since",
    "remark",
)
DEFAULTS = {"employment": "civil_servant", "status": ON_DUTY, "faces_recipients": True}


def plan_people(plan: RosterPlan) -> None:
    """Plan every person in the file, then those missing from it."""
    twins = doubled(plan.roster.people, "number")
    warn_case(plan, plan.roster.people, "number", plan.state.numbers)
    shortened = _without_zeros(plan)
    defaulted: dict[str, int] = {}
    for entry in plan.roster.people:
        number = entry.values.get("number")
        if number is None:
            continue
        known = shortened.get(number.lstrip("0"), number)
        if entry.row in twins:
            advice = N_("Keep one row of each person; give two people two numbers")
            problem = N_("The same as in row %(row)s")
            plan.refuse(entry, "number", problem, advice, row=twins[entry.row])
        elif number in plan.state.elsewhere:
            problem = N_("This number belongs to somebody of another organ")
            advice = N_("Transfers between organs are imported by the personnel office of the city")
            plan.refuse(entry, "number", problem, advice)
        elif number not in plan.state.numbers and known != number:
            advice = N_("Is it %(code)s? Set the column to “Text”, so that zeros in front stay")
            plan.refuse(entry, "number", N_("Zeros in front are missing"), advice, code=known)
        elif _section_is_known(plan, entry) and entry.is_sound:
            if number in plan.state.staff:
                _change(plan, entry)
            else:
                _add(plan, entry, defaulted)
    _notice_defaults(plan, defaulted)
    _leave(plan)


def _without_zeros(plan: RosterPlan) -> dict[str, str]:
    """Map digits without leading zeros to the full staff number."""
    numbers = [entry.values.get("number") for entry in plan.roster.people]
    known = [*(number for number in numbers if number), *plan.state.numbers]
    return {
        number.lstrip("0"): number
        for number in sorted(known, key=len)
        if number.isdigit() and number.startswith("0")
    }


def _section_is_known(plan: RosterPlan, entry: RosterEntry) -> bool:
    code = entry.values.get("section_code")
    if code is None:
        return False
    if plan.section(code) is not None:
        return True
    names = {known: row["name"] for known, row in plan.state.sections.items()}
    for row in plan.roster.sections:
        if row.values.get("code") and row.values.get("name"):
            names[row.values["code"]] = row.values["name"]
    advice, params = suggest(code, names)
    plan.refuse(entry, "section_code", N_("There is no such section"), advice, **params)
    return False


def _add(plan: RosterPlan, entry: RosterEntry, defaulted: dict[str, int]) -> None:
    """Plan a new person with the documented defaults."""
    number, values = entry.values["number"], dict(entry.values)
    for key, value in {**DEFAULTS, "posted_on": plan.on}.items():
        if key not in values:
            values[key] = value
            defaulted[key] = defaulted.get(key, 0) + 1
    _warn_namesake(plan, entry)
    plan.new_staff.add(number)
    plan.begun[number] = (values["section_code"], values["posted_on"])
    staff = Ref("staff", number)
    section = plan.section(values["section_code"])
    if section is None:
        raise ValueError("the section was looked up before")
    if "left_on" in values and values["left_on"] < values["posted_on"]:
        problem = N_("The date must not be before %(day)s, when the posting began")
        plan.refuse(entry, "left_on", problem, day=values["posted_on"].isoformat())
    fields = {key: filled(values.get(key)) for key in SIMPLE}
    plan.writes.append(insert("staff", number=number, **fields))
    plan.writes.append(_first_posting(staff, section, values))
    if values["status"] != ON_DUTY:
        since = values.get("status_on", plan.on)
        plan.writes += change_status(staff, (), values["status"], since)
    plan.counts["new"] += 1
    effect = N_("Counts from %(day)s"), {"day": values["posted_on"].isoformat()}
    after = section_words(plan, values["section_code"])
    plan.changes.append(RosterChange("people", number, values["name"], "new", "—", after, *effect))


def _first_posting(staff: Ref, section: int | Ref, values: Mapping[str, Any]) -> Write:
    last = {"ended_on": values.get("left_on"), "end_reason": values.get("left_reason")}
    start = values["posted_on"]
    return insert("posting", staff_id=staff, section_id=section, started_on=start, **last)


def _warn_namesake(plan: RosterPlan, entry: RosterEntry) -> None:
    others = [n for n in plan.state.names.get(entry.values["name"], ()) if n in plan.state.numbers]
    if others:
        problem = N_("Somebody of the same name already has the number %(number)s")
        advice = N_("If it is the same person, use that number")
        plan.warn(entry, "name", problem, advice, number=others[0])


def _notice_defaults(plan: RosterPlan, defaulted: dict[str, int]) -> None:
    for key, count in defaulted.items():
        value = DEFAULTS.get(key, plan.on)
        plan.notice(
            N_("%(column)s is blank for %(count)s new people: %(word)s was taken"),
            column=PEOPLE.by_key[key].zh,
            count=count,
            word=in_words(key, value),
        )


def _change(plan: RosterPlan, entry: RosterEntry) -> None:
    """Plan the differences of an existing person."""
    changes, errors = len(plan.changes), plan.errors
    row = plan.state.staff[entry.values["number"]]
    given = {key: entry.values[key] for key in SIMPLE if key in entry.values}
    if given["name"] != row["name"]:
        _decide_name(plan, entry, row["name"], given)
    after = plan.change("staff", row, given)
    for key, value in after.items():
        note_person(plan, entry, key, (in_words(key, row[key]), in_words(key, value)))
    if has_left(plan, entry, int(row["id"])):
        return
    plan_section(plan, entry, int(row["id"]))
    plan_status(plan, entry, int(row["id"]))
    plan_leaving(plan, entry, int(row["id"]))
    if plan.errors == errors:
        plan.counts["unchanged" if len(plan.changes) == changes else "changed"] += 1


def _decide_name(plan: RosterPlan, entry: RosterEntry, stored: str, given: dict[str, Any]) -> None:
    """Keep the stored name unless it was decided that the other one is new."""
    number = entry.values["number"]
    plan.renames.append(Rename(number, stored, given["name"]))
    naming = plan.naming(number)
    if naming is not Naming.NEW:
        del given["name"]
    if naming is None:
        problem = N_("Stored under this number: %(name)s")
        advice = N_("Say whether it is a new name or a mistake")
        plan.refuse(entry, "name", problem, advice, name=stored)


def _leave(plan: RosterPlan) -> None:
    """Count people missing from the file's sections; end their postings if it is complete."""
    if not plan.roster.has_people:
        return
    listed = {entry.values.get("number") for entry in plan.roster.people}
    codes = {entry.values.get("section_code") for entry in plan.roster.people}
    covered = {row["id"] for code, row in plan.state.sections.items() if code in codes}
    last = plan.on - DAY
    for number, row in sorted(plan.state.staff.items()):
        here = _open_posting(plan, row["id"])
        if number in listed or here is None or here.holder not in covered:
            continue
        plan.counts["left"] += 1
        if not plan.complete:
            continue
        plan.writes.append(end("posting", here, last))
        plan.moved[row["id"]] = (here.holder, plan.on)
        effect = N_("Counts until %(day)s"), {"day": max(last, here.started_on).isoformat()}
        words = plan.state.section_name(here.holder), "—"
        plan.changes.append(RosterChange("people", number, row["name"], "left", *words, *effect))


def _open_posting(plan: RosterPlan, staff_id: int) -> Assignment | None:
    spans = plan.state.postings.get(staff_id, ())
    return next((span for span in spans if span.ended_on is None), None)

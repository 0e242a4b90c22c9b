"""Plan the organs and sections. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from evalsys.core.errors import N_
from evalsys.organisation.org.rules import Ref, Write, find_cycle, insert
from evalsys.roster.columns import SECTIONS
from evalsys.roster.parsing import CLEARED, RosterEntry
from evalsys.roster.plan.changes import (
    RosterChange,
    RosterPlan,
    doubled,
    filled,
    suggest,
    warn_case,
)
from evalsys.roster.words import in_words

SIMPLE = ("name", "kind", "is_front_line", "establishment", "started_on")
DEFAULTS = {"kind": "general", "is_front_line": False}


def plan_sections(plan: RosterPlan) -> None:
    """Plan organs, sections and their parents."""
    roster = plan.roster
    twins = doubled(roster.sections, "code")
    warn_case(plan, roster.sections, "code", plan.state.sections.keys() | plan.state.taken)
    organs = _plan_organs(plan)
    for entry in roster.sections:
        code = entry.values.get("code")
        if code is None:
            continue
        if entry.row in twins:
            _refuse_twin(plan, entry, twins[entry.row])
        elif code in plan.state.taken:
            words = N_("Another organ uses this code"), N_("Choose another code")
            plan.refuse(entry, "code", *words)
        elif code not in plan.state.sections:
            _add(plan, entry, organs)
        elif entry.is_sound:
            _change(plan, entry)
    _plan_parents(plan)


def _refuse_twin(plan: RosterPlan, entry: RosterEntry, row: int) -> None:
    advice = N_("Keep one row of each section")
    plan.refuse(entry, "code", N_("The same as in row %(row)s"), advice, row=row)


def _plan_organs(plan: RosterPlan) -> dict[str, int | Ref]:
    """Plan the organs; map every usable code of the file to its organ."""
    state = plan.state
    usable: dict[str, int | Ref] = {}
    for entry in plan.roster.sections:
        code = entry.values.get("organ_code")
        if code is None:
            continue
        if state.own_organ not in (None, code):
            problem = N_("This is not your organ")
            advice = N_("You may import sections of %(organ)s")
            plan.refuse(entry, "organ_code", problem, advice, organ=state.own_organ)
        elif code in state.organs:
            if code not in usable:
                _change_organ(plan, entry, state.organs[code])
            usable[code] = int(state.organs[code]["id"])
        elif code not in usable:
            name = entry.values.get("organ_name")
            if not name:
                plan.refuse(entry, "organ_name", N_("A new organ needs a name"))
                continue
            usable[code] = Ref("organ", code)
            credit = filled(entry.values.get("credit_code"))
            plan.writes.append(insert("organ", code=code, name=name, credit_code=credit))
            plan.changes.append(RosterChange("sections", code, name, "new", "—", name))
    return usable


def _change_organ(plan: RosterPlan, entry: RosterEntry, row: Mapping[str, Any]) -> None:
    wanted = {
        "name": entry.values.get("organ_name"),
        "credit_code": entry.values.get("credit_code"),
    }
    given = {key: value for key, value in wanted.items() if value is not None}
    for key, value in plan.change("organ", row, given).items():
        column = "organ_name" if key == "name" else key
        words = in_words(column, row[key]), in_words(column, value)
        plan.changes.append(RosterChange("sections", row["code"], row["name"], column, *words))


def _add(plan: RosterPlan, entry: RosterEntry, organs: Mapping[str, int | Ref]) -> None:
    """Plan a new section, which starts on its own date, its first posting or the import day."""
    state, values = plan.state, entry.values
    code, name = values["code"], values.get("name")
    organ_code = values.get("organ_code") or state.own_organ
    if organ_code is None and len(state.organs) == 1:
        organ_code = next(iter(state.organs))
    known = {**{known: row["id"] for known, row in state.organs.items()}, **organs}
    if organ_code is None:
        plan.refuse(entry, "organ_code", N_("A new section needs its organ"))
    if not name and "name" not in _refused(plan, entry):
        plan.refuse(entry, "name", N_("A new section needs a name"))
    start = values.get("started_on") or _first_arrival(plan, code) or plan.on
    plan.new_sections[code] = start
    if not name or not entry.is_sound or organ_code is None or known.get(organ_code) is None:
        return
    _notice_defaults(plan, entry)
    plan.writes.append(
        insert(
            "section",
            organ_id=known[organ_code],
            code=code,
            name=name,
            parent_id=None,
            kind=values.get("kind", DEFAULTS["kind"]),
            is_front_line=values.get("is_front_line", DEFAULTS["is_front_line"]),
            establishment=filled(values.get("establishment")),
            started_on=start,
            ended_on=None,
        )
    )
    plan.section_counts["new"] += 1
    effect = N_("Counts from %(day)s"), {"day": start.isoformat()}
    plan.changes.append(RosterChange("sections", code, name, "new", "—", name, *effect))


def _notice_defaults(plan: RosterPlan, entry: RosterEntry) -> None:
    for column in ("kind", "is_front_line"):
        if column not in entry.values:
            plan.notice(
                N_("Row %(row)s: %(column)s is blank; %(word)s was taken"),
                row=entry.row,
                column=SECTIONS.by_key[column].zh,
                word=in_words(column, DEFAULTS[column]),
            )


def _refused(plan: RosterPlan, entry: RosterEntry) -> set[str]:
    place = (entry.sheet, entry.row)
    return {f.column for f in plan.roster.findings if f.is_error and (f.sheet, f.row) == place}


def _first_arrival(plan: RosterPlan, code: str) -> date | None:
    days = [
        entry.values["posted_on"]
        for entry in plan.roster.people
        if entry.values.get("section_code") == code and "posted_on" in entry.values
    ]
    return min(days, default=None)


def _change(plan: RosterPlan, entry: RosterEntry) -> None:
    """Plan the differences of an existing section, which cannot move to another organ."""
    row = plan.state.sections[entry.values["code"]]
    organ_code = entry.values.get("organ_code")
    if organ_code is not None and organ_code != row["organ_code"]:
        problem = N_("The section belongs to %(organ)s; an import does not move it")
        advice = N_("Leave the cell blank, or choose a new code for a new section")
        plan.refuse(entry, "organ_code", problem, advice, organ=row["organ_code"])
        return
    given = {key: entry.values[key] for key in SIMPLE if key in entry.values}
    for key, value in plan.change("section", row, given).items():
        words = in_words(key, row[key]), in_words(key, value)
        effect = N_("Compared with sections of the new kind") if key == "kind" else ""
        plan.changes.append(RosterChange("sections", row["code"], row["name"], key, *words, effect))


def _plan_parents(plan: RosterPlan) -> None:
    """Plan the parents; reject unknown ones and cycles."""
    state = plan.state
    ids = {row["id"]: code for code, row in state.sections.items()}
    parents = {code: ids.get(row["parent_id"]) for code, row in state.sections.items()}
    wanted = {}
    for entry in plan.roster.sections:
        parent, code = entry.values.get("parent_code"), entry.values.get("code")
        if parent is None or code is None or plan.section(code) is None:
            continue
        if parent is not CLEARED and plan.section(parent) is None:
            names = {known: row["name"] for known, row in state.sections.items()}
            advice, params = suggest(parent, names)
            plan.refuse(entry, "parent_code", N_("There is no such section"), advice, **params)
            continue
        wanted[code] = entry
        parents[code] = filled(parent)
    for code, entry in wanted.items():
        way = find_cycle(parents, code)
        if way:
            problem = N_("The sections form a circle: %(way)s")
            advice = N_("Leave the parent of one of them blank, or write <清空>")
            plan.refuse(entry, "parent_code", problem, advice, way=" → ".join(way))
        elif entry.is_sound:
            _write_parent(plan, code, parents[code])


def _write_parent(plan: RosterPlan, code: str, parent: str | None) -> None:
    row = plan.state.sections.get(code)
    new = plan.section(parent) if parent else None
    old = row["parent_id"] if row else None
    if new == old:
        return
    key = row["id"] if row else Ref("section", code)
    plan.writes.append(Write("section", key, {"parent_id": old}, {"parent_id": new}))
    if row:
        words = plan.state.section_name(old) if old else "—", parent or "—"
        plan.changes.append(RosterChange("sections", code, row["name"], "parent_code", *words))

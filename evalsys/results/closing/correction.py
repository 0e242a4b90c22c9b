"""The preview of a correction: changes by cause, with ranks and proposals.

A result is computed as a correction would and compared with the newest version. Every change of a
member has a cause decided since: a rating excluded, a seat kept, a late ballot, a corrected
posting, a number of services entered. Changes without one are listed apart, so that a correction
never silently exceeds its reason.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from evalsys.core.extensions import db
from evalsys.organisation.org.models import Section, Staff
from evalsys.results.closing.models import Proposal
from evalsys.results.holds.proposing import suggest
from evalsys.scores.assembly import ComputedResult
from evalsys.scores.models import MemberScore, Result, SectionScore
from evalsys.scores.publication import parties, printed
from evalsys.scores.rows import FreshMember, FreshSection
from evalsys.supervision.holds.queries import blocked_in

MOST_ROWS = 200  # shown of each list; counts are of all
SEAT = ("days", "share", "is_chief", "is_expected")
TICKETS = ("asked", "matched", "services")


class Cause(StrEnum):
    """The cause of a member's changed figure."""

    SET_ASIDE = "set_aside"
    KEPT = "kept"
    LATE = "late"
    POSTING = "posting"
    TICKETS = "tickets"
    UNKNOWN = "unknown"


@dataclass
class Difference:
    """The differences: count per cause, and the rows. All JSON values."""

    causes: Counter[str] = field(default_factory=Counter)
    members: list[dict[str, Any]] = field(default_factory=list)
    sections: list[dict[str, Any]] = field(default_factory=list)
    proposals: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self, version: int, digest: str) -> dict[str, Any]:
        """Return the preview; `version` and `digest` are those of the compared results."""
        lists = {
            "members": self.members, "sections": self.sections, "proposals": self.proposals,
        }  # fmt: skip
        return {
            "version": version,
            "digest": digest,
            "causes": dict(self.causes),
            "totals": {name: len(rows) for name, rows in lists.items()},
            **{name: rows[:MOST_ROWS] for name, rows in lists.items()},
        }


def compare_with(result: Result, computed: ComputedResult) -> Difference:
    """Return how a computed result differs from a frozen one."""
    difference = Difference()
    touched = _compare_members(difference, result, computed.members)
    _compare_sections(difference, result, computed.sections, touched)
    _compare_proposals(difference, result, computed)
    return difference


def _compare_members(
    difference: Difference, result: Result, after: Sequence[FreshMember]
) -> frozenset[int]:
    """Add the members that differ; return their sections."""
    query = select(MemberScore).where(MemberScore.result_id == result.id)
    rows = db.session.scalars(query.options(*parties(MemberScore)))
    before = {(row.section_id, row.staff_id): row for row in rows}
    now = {(row.section_id, row.staff_id): row for row in after}
    staff, sections = _names(before.keys() | now.keys())
    touched = set()
    for key in sorted(before.keys() | now.keys()):
        old, new = before.get(key), now.get(key)
        causes = dict(_causes(old, new))
        if not causes:
            continue
        difference.causes.update(causes)
        touched.add(key[0])
        difference.members.append(
            {
                "section": sections[key[0]],
                "staff": staff[key[1]],
                "causes": sorted(causes),
                "before": _text(printed(old).score if old else None),
                "after": _text(printed(new).score if new else None),
            }
        )
    return frozenset(touched)


def _causes(old: MemberScore | None, new: FreshMember | None) -> Iterator[tuple[str, int]]:
    """Yield (cause, number of ballots or seats) of the differences in a seat."""
    if old is None or new is None:
        kept = new is not None and new.is_frozen
        yield (Cause.KEPT if kept else Cause.POSTING), 1
        return
    if new.is_frozen != old.is_frozen:  # The last score is kept, whatever came since.
        yield Cause.KEPT, 1
        return
    is_explained = False
    aside = new.excluded - old.excluded
    if aside:
        yield Cause.SET_ASIDE, abs(aside)
        is_explained = True
    late = new.ballots + new.excluded - old.ballots - old.excluded
    if late:
        yield Cause.LATE, abs(late)
        is_explained = True
    if any(getattr(old, name) != getattr(new, name) for name in SEAT):
        yield Cause.POSTING, 1
        is_explained = True
    if old.asked is not None and any(getattr(old, name) != getattr(new, name) for name in TICKETS):
        yield Cause.TICKETS, 1
    if not is_explained and old.score != new.score:
        yield Cause.UNKNOWN, 1


def _compare_sections(
    difference: Difference, result: Result, after: Sequence[FreshSection], touched: frozenset[int]
) -> None:
    """Add the sections whose figures or ranks differ, and whether a member of theirs does."""
    rows = db.session.scalars(
        select(SectionScore)
        .where(SectionScore.result_id == result.id)
        .options(*parties(SectionScore))
    )
    before = {row.section_id: row for row in rows}
    now = {row.section_id: row for row in after}
    ids = before.keys() | now.keys()
    query = select(Section.id, Section.name).where(Section.id.in_(ids)).order_by(Section.code)
    for section_id, name in db.session.execute(query):
        old, new = before.get(section_id), now.get(section_id)
        pair = (printed(row) if row else None for row in (old, new))
        shown = [[_text(getattr(row, key, None)) for key in SHOWN] for row in pair]
        if shown[0] != shown[1]:
            difference.sections.append(
                {
                    "section": name,
                    "is_own": section_id in touched,
                    "before": dict(zip(SHOWN, shown[0], strict=True)),
                    "after": dict(zip(SHOWN, shown[1], strict=True)),
                }
            )


SHOWN = ("total", "rate", "theta", "rank")


def _compare_proposals(difference: Difference, result: Result, computed: ComputedResult) -> None:
    """Add the proposals that would appear or disappear."""
    version = result.period.policy.version
    rows = db.session.execute(
        select(Proposal.section_id, Proposal.kind).where(Proposal.result_id == result.id)
    )
    before = {(row[0], row[1]) for row in rows}
    blocked = blocked_in(result.period_id)
    now = {
        (row.section_id, kind)
        for row in computed.sections
        if row.section_id not in blocked
        for kind, _grounds in suggest(row, computed.rules, policy_version=version)
    }
    ids = {key[0] for key in before ^ now}
    names = dict(
        db.session.execute(select(Section.id, Section.name).where(Section.id.in_(ids))).all()
    )
    for section_id, kind in sorted(before ^ now):
        is_new = (section_id, kind) in now
        difference.proposals.append(
            {"section": names[section_id], "kind": kind.value, "is_new": is_new}
        )


def _names(keys: Any) -> tuple[Mapping[int, str], Mapping[int, str]]:
    """Return (staff id -> name and number, section id -> name)."""
    people = select(Staff.id, Staff.name, Staff.number)
    staff = {row[0]: f"{row[1]} {row[2]}" for row in db.session.execute(people)}
    sections = {row[0]: row[1] for row in db.session.execute(select(Section.id, Section.name))}
    return staff, sections


def _text(value: Any) -> str | None:
    return None if value is None else str(value)

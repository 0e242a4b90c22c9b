"""What the recount of a result is made of, read with a fixed number of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import func, select

from evalsys.core.extensions import db
from evalsys.organisation.org.models import Staff
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.reports.queries import select_members
from evalsys.results.reports.sheets.recount.layout import FIRST
from evalsys.results.reports.sheets.request import ExportRequest
from evalsys.scores.models import MemberScore, SectionScore
from evalsys.scores.publication import printed
from evalsys.scores.regrouping import ComparedUnit, ComparisonGroup, comparison_groups
from evalsys.scores.rules.disclosure import EXACT


@dataclass(frozen=True)
class RecountFacts:
    """The printed rows in the order of the sheets, and the comparison groups.

    `is_whole`: every section of the result is there, so that the groups can be recounted too.
    """

    sections: Sequence[SectionScore]
    members: Mapping[int, Sequence[MemberScore]]
    groups: Mapping[str, ComparisonGroup]
    rules: PolicyRules
    lang: str
    is_whole: bool

    @cached_property
    def labels(self) -> list[str]:
        """The groups that the sheets need, in order."""
        used = {row.group_label for row in self.sections}
        return [label for label in self.groups if label in used]

    @cached_property
    def in_order(self) -> list[MemberScore]:
        """The members, section by section."""
        return [row for score in self.sections for row in self.members.get(score.section_id, ())]

    @cached_property
    def member_lines(self) -> Mapping[tuple[int, int], int]:
        """The line of each member."""
        return {
            (row.section_id, row.staff_id): line
            for line, row in enumerate(self.in_order, start=FIRST)
        }

    @cached_property
    def section_lines(self) -> Mapping[int, int]:
        """The line of each section."""
        return {row.section_id: line for line, row in enumerate(self.sections, start=FIRST)}

    @cached_property
    def group_lines(self) -> Mapping[tuple[str, bool], int]:
        """The line of each group, by its label and whether it is of members."""
        keys = [(label, of_members) for label in self.labels for of_members in (False, True)]
        return {key: line for line, key in enumerate(keys, start=FIRST)}

    @cached_property
    def compared(self) -> frozenset[tuple[str, int, int | None]]:
        """The units of each group: its label, the section, the member or None."""
        return frozenset(
            (label, unit.section_id, unit.staff_id)
            for label in self.labels
            for unit in self.units(label, of_members=False) + self.units(label, of_members=True)
        )

    def units(self, label: str, *, of_members: bool) -> tuple[ComparedUnit, ...]:
        """Return the units of a group; () if they are too few to adjust anything."""
        group = self.groups[label]
        found = group.members if of_members else group.sections
        return found.units if found.figures else ()

    def lines_of(self, section_id: int) -> tuple[int, int] | None:
        """Return the first and last line of a section's members; None without any."""
        rows = self.members.get(section_id, ())
        if not rows:
            return None
        first = self.member_lines[section_id, rows[0].staff_id]
        return first, first + len(rows) - 1

    def adds_up(self, section_id: int) -> bool:
        """Return whether every member of a section is printed in full, so that sums are too."""
        return all(row.extent in EXACT for row in self.members.get(section_id, ()))


def has_seat(row: MemberScore) -> bool:
    """Return whether a member enters the coverage."""
    return row.is_expected or row.contribution is not None


def read_recount(request: ExportRequest) -> RecountFacts:
    """Read the sections of a request, their members, and the groups of the result."""
    result = request.result
    sections = [printed(row) for row in db.session.scalars(request.select_sections())]
    rows = db.session.scalars(
        select_members(request.actor, result)
        .join(MemberScore.staff)
        .where(MemberScore.section_id.in_(request.section_ids()))
        .order_by(MemberScore.is_chief.desc(), MemberScore.share.desc(), Staff.number)
    )
    members: dict[int, list[MemberScore]] = defaultdict(list)
    for row in rows:
        members[row.section_id].append(printed(row))
    counted = select(func.count()).where(SectionScore.result_id == result.id)
    return RecountFacts(
        sections=sections,
        members=members,
        groups=comparison_groups(result, request.rules),
        rules=request.rules,
        lang=request.lang,
        is_whole=len(sections) == db.session.scalar(counted),
    )

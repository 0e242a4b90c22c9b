"""The rows of 退人台账 and 不胜任池台账: a case with its related rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalsys.cases.engine.models import Subject
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.organisation.org.models import Section
from evalsys.personnel.pool.models import TrainingUnit
from evalsys.personnel.sheets.rows import CaseLine


@dataclass(frozen=True)
class PoolLine:
    """A return or a stay; `before` is the return that a stay follows."""

    line: CaseLine
    before: CaseLine | None = None
    remedies: Sequence[CaseLine] | None = None
    units: Sequence[TrainingUnit] = ()
    notes: int = 0
    evidence: Sequence[EvidenceKind] = ()
    receiver: Section | None = None

    @property
    def case(self) -> Subject:
        """The case of the line."""
        return self.line.case


def remedies_of(
    remedies: Mapping[int, list[CaseLine]] | None, *case_ids: int
) -> Sequence[CaseLine] | None:
    """Return the remedies against some cases; None for readers who may not know of them."""
    if remedies is None:
        return None
    return [line for case_id in case_ids for line in remedies.get(case_id, ())]

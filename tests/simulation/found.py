"""What many closings of the made-up city found, kind of section by kind."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.closing.models import ProposalKind
from evalsys.results.holds.proposing import suggest
from evalsys.scores.rows import FreshSection
from evalsys.scores.rules.formulas import Z95
from evalsys.scores.rules.funnel import GroupStanding, deviation, standing
from tests.simulation.city import CITY, closings


@dataclass
class Found:
    """Counts over the closings of one kind of section."""

    seen: int = 0
    proposals: Counter[ProposalKind] = field(default_factory=Counter)
    words: Counter[GroupStanding] = field(default_factory=Counter)
    own_holds: int = 0  # the interval of F6b holds the true mean
    adjusted_holds: int = 0  # that of F7 does

    def add(self, row: FreshSection, true: float, kinds: Iterable[ProposalKind]) -> None:
        """Count a section of a closing."""
        self.seen += 1
        self.proposals.update(kinds)
        if None in (row.rate, row.own_se, row.lo, row.hi, row.variance, row.group_mean):
            return
        reach = Z95 * float(row.own_se or 0)
        self.own_holds += abs(float(row.rate or 0) - true) <= reach
        self.adjusted_holds += float(row.lo or 0) <= true <= float(row.hi or 0)
        figures = (row.rate, row.variance, row.group_mean, row.group_tau2 or 0.0)
        self.words[standing(deviation(*figures))] += 1  # type: ignore[arg-type]  # Not None.

    def percent(self, times: int) -> float:
        """Return a count as a percentage of the sections seen."""
        return 100 * times / self.seen


def simulate(rules: PolicyRules, times: int, seed: int = 2026) -> dict[str, Found]:
    """Return what so many closings found, by kind of section."""
    found = {name: Found() for name in CITY}
    for result, truth in closings(CITY, rules, times, seed):
        for row in result.sections:
            name, true = truth[row.section_id]
            kinds = [kind for kind, _ in suggest(row, rules, policy_version=1)]
            found[name].add(row, true, kinds)
    return found

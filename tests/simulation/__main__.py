"""Print what 500 closings find, under the rules of today and those before F6b and F11."""

import sys

from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.closing.models import ProposalKind
from evalsys.scores.rules.funnel import GroupStanding
from tests.simulation.found import simulate

TIMES = 500
RULES = {
    "rules before F6b and F11": PolicyRules(own_spread=False, above_group=False),
    "rules of today": PolicyRules(),
}
BELOW = (GroupStanding.PROBABLY_BELOW, GroupStanding.SURELY_BELOW)
ABOVE = (GroupStanding.PROBABLY_ABOVE, GroupStanding.SURELY_ABOVE)


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")


def main() -> None:
    """Print one table for each set of rules, in percent of the sections of a kind."""
    for title, rules in RULES.items():
        tell(f"\n{title}, {TIMES} closings, percent")
        heads = ("interview", "commended", "below", "above", "F6b holds", "F7 holds")
        tell(f"{'':22}" + "".join(f"{head:>12}" for head in heads))
        for name, kind in simulate(rules, TIMES).items():
            counts = (
                kind.proposals[ProposalKind.INTERVIEW],
                kind.proposals[ProposalKind.COMMENDATION],
                sum(kind.words[word] for word in BELOW),
                sum(kind.words[word] for word in ABOVE),
                kind.own_holds,
                kind.adjusted_holds,
            )
            tell(f"{name:22}" + "".join(f"{kind.percent(count):12.1f}" for count in counts))


if __name__ == "__main__":
    main()

"""Print what 500 closings find, under the rules of today and older ones, and what F14 finds."""

import sys

from evalsys.organisation.policies.rules import PolicyRules
from evalsys.results.closing.models import ProposalKind
from evalsys.scores.rules.anomalies import Feature
from evalsys.scores.rules.funnel import GroupStanding
from tests.simulation.found import simulate
from tests.simulation.signs import ATTACKS, detected, honest_years

TIMES = 500
YEARS, ATTACKED = 200, 100
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
    _tell_signs()


def _tell_signs() -> None:
    """Print the false alarms of F14 among honest people, and the shares of attacks found."""
    alarms = honest_years(YEARS)
    tell(f"\nsigns (F14), false alarms a year among 100 honest people, {YEARS} years")
    for feature in Feature:
        tell(f"{feature.value:22}{alarms[feature] / YEARS:12.2f}")
    tell(f"{'all':22}{alarms.total() / YEARS:12.2f}")
    tell(f"\nattacks of a quarter, percent found by each sign, {ATTACKED} times")
    for attack in ATTACKS:
        found = detected(attack, ATTACKED)
        told = ", ".join(f"{feature.value} {100 * share:.0f}" for feature, share in found.items())
        tell(f"{attack:22}{told}")


if __name__ == "__main__":
    main()

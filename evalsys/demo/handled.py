"""Tickets and services handled of the demo's closed quarters (F13).

In the latest one a section gives far fewer tickets for its services than the others, and some
persons have more tickets than services.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from random import Random

from evalsys.demo.ballots import DemoBallot
from evalsys.demo.desk import NOT_ENTERED, count_issuing
from evalsys.demo.organisation import DemoKeys
from evalsys.foundation.rows import add_rows
from evalsys.organisation.periods.rules import PeriodSpan
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.ratings.services.models import ServicesHandled

FEW_TICKETS = "CG06"  # 园林绿化科: tickets for about two services of five in the latest quarter
# Of a quarter, counted back, and a section: whose busiest person has more tickets than services.
IN_EXCESS = frozenset({(0, "CG05"), (0, "SP06"), (2, "SP06")})
MISSED = 0.22  # Services without a ticket for each one with a ticket, elsewhere.


def enter_quarter(
    tickets: Sequence[DemoBallot], keys: DemoKeys, span: PeriodSpan, ago: int
) -> None:
    """Tally who issued the tickets of a closed quarter, and enter its services."""
    # Of its own, so that the ballots drawn later do not depend on it.
    random = Random(span.code)  # noqa: S311  # The city must be reproducible.
    count_issuing(tickets, keys, random)
    counts = Counter(
        (ballot.served_on, ballot.number, ballot.section)
        for ballot in tickets
        if ballot.group == RaterGroup.RECIPIENT
    )
    busiest = _busiest(counts, ago)
    rows = []
    for (day, number, section), n in sorted(counts.items()):
        missed = sum(random.random() < MISSED for _ in range(n))
        if section == FEW_TICKETS and not ago:
            missed = n + random.randint(0, 2)
        services = n // 2 if number in busiest else n + missed
        if random.random() >= NOT_ENTERED:
            place = {"staff_id": keys.people[number], "section_id": keys.sections[section]}
            about = {"services": services, "entered_by": keys.hr.user_id}
            rows.append({"served_on": day, **place, **about, "entered_on": span.ends_on})
    add_rows(ServicesHandled, rows)


def _busiest(counts: Counter[tuple[date, str, str]], ago: int) -> set[str]:
    """Return the persons with the most tickets in the sections that have too many."""
    sums = Counter[tuple[str, str]]()
    for (_day, number, section), n in counts.items():
        sums[section, number] += n
    found = set()
    for quarter, section in IN_EXCESS:
        if quarter == ago:
            own = {number: n for (code, number), n in sums.items() if code == section}
            found.add(max(own, key=lambda number: (own[number], number)))
    return found

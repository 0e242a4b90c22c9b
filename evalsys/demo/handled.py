"""Tickets and services handled of the demo's closed quarters (F13).

In the latest one a section gives far fewer tickets for its services than the others.
"""

from collections import Counter
from collections.abc import Sequence
from random import Random

from evalsys.demo.ballots import DemoBallot
from evalsys.demo.desk import NOT_ENTERED, count_issuing
from evalsys.demo.organisation import DemoKeys
from evalsys.foundation.rows import add_rows
from evalsys.organisation.periods.rules import PeriodSpan
from evalsys.ratings.ballots.models import RaterGroup
from evalsys.ratings.services.models import ServicesHandled

FEW_TICKETS = "CG06"  # 园林绿化科: tickets for about two services of five in the latest quarter
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
    rows = []
    for (day, number, section), n in sorted(counts.items()):
        missed = sum(random.random() < MISSED for _ in range(n))
        if section == FEW_TICKETS and not ago:
            missed = n + random.randint(0, 2)
        if random.random() >= NOT_ENTERED:
            place = {"staff_id": keys.people[number], "section_id": keys.sections[section]}
            about = {"services": n + missed, "entered_by": keys.hr.user_id}
            rows.append({"served_on": day, **place, **about, "entered_on": span.ends_on})
    add_rows(ServicesHandled, rows)

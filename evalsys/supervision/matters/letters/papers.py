"""Which step of a matter brings which letter. Pure."""

from evalsys.cases.letters.rules.papers import Paper, Papers
from evalsys.core.errors import NP_
from evalsys.supervision.matters.letters import conclusion, tickets

ASSIGNED = (Paper(NP_("letter", "Assignment of a matter"), tickets.assignment),)
PAPERS: Papers = {
    "assign": ASSIGNED,
    "assign_finally": ASSIGNED,
    "task": ASSIGNED,
    "near": (Paper(NP_("letter", "Supervision ticket (yellow)"), tickets.yellow_ticket),),
    "urge": (Paper(NP_("letter", "Urging letter"), tickets.urging),),
    "supervise": (Paper(NP_("letter", "Supervision ticket (red)"), tickets.red_ticket),),
    "close": (Paper(NP_("letter", "Conclusion of supervision"), conclusion.conclusion),),
}

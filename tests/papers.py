"""Every letter of every kind of case, as the kinds bring them; needs no application."""

from collections.abc import Mapping, Sequence

from evalsys.cases.letters.rules.papers import Paper
from evalsys.personnel.chiefs.commending import COMMENDATION_KIND
from evalsys.personnel.chiefs.service import LADDER_KIND
from evalsys.personnel.feedback.service import REVIEW_KIND
from evalsys.personnel.pool.service import POOL_KIND, RETURN_KIND
from evalsys.personnel.remedies.service import REMEDY_KIND
from evalsys.supervision.coordination.service import COORDINATION_KIND
from evalsys.supervision.holds.service import HOLD_KIND
from evalsys.supervision.matters.service import MATTER_KIND
from evalsys.supervision.objections.service import OBJECTION_KIND
from evalsys.supervision.referrals.service import REFERRAL_KIND

BROUGHT = (
    *(REVIEW_KIND, LADDER_KIND, COMMENDATION_KIND, RETURN_KIND, POOL_KIND, REMEDY_KIND),
    *(MATTER_KIND, REFERRAL_KIND, COORDINATION_KIND, OBJECTION_KIND, HOLD_KIND),
)
ABOUT_NOBODY = frozenset(
    {
        *(MATTER_KIND.name, REFERRAL_KIND.name, COORDINATION_KIND.name),
        *(OBJECTION_KIND.name, HOLD_KIND.name),
    }
)
KINDS = {kind.name: kind for kind in BROUGHT}
# (kind of case, move): the letters of that step, the main one first.
PAPERS: Mapping[tuple[str, str], tuple[Paper, ...]] = {
    (kind.name, move): papers for kind in BROUGHT for move, papers in kind.papers.items()
}


def papers_of(kind: str, move: str) -> Sequence[Paper]:
    """The letters that a step gives, the main one first."""
    return KINDS[kind].papers_of(move)

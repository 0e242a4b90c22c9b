"""Which step of which kind of case says something on paper. One table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evalsys.cases.letters.rules import Written
from evalsys.core.errors import NP_
from evalsys.personnel.chiefs.letters import commendation, talks
from evalsys.personnel.letters.rules.source import Source
from evalsys.personnel.pool.letters import returns, stays
from evalsys.personnel.remedies import letters

Builder = Callable[[Source], Written]


@dataclass(frozen=True)
class Paper:
    """A letter that a step gives: what a link to it says, and who makes it.

    `only` names a field and the values with which the step gives this letter; `is_form` is what
    somebody fills in by hand at the step that follows.
    """

    label: str
    build: Builder
    only: Mapping[str, frozenset[str]] | None = None
    is_form: bool = False

    def fits(self, entry: Mapping[str, Any]) -> bool:
        """Say whether a step with this entry gives the letter."""
        return all(entry.get(name) in values for name, values in (self.only or {}).items())


# (kind of case, move): the letters of that step, the main one first.
PAPERS: dict[tuple[str, str], tuple[Paper, ...]] = {
    ("chief", "notice"): (
        Paper(NP_("letter", "Interview notice"), talks.interview_notice),
        Paper(NP_("letter", "Interview record, to fill in"), talks.interview_form, is_form=True),
    ),
    ("chief", "interview"): (Paper(NP_("letter", "Interview record"), talks.interview_record),),
    ("chief", "advise_admonition"): (
        Paper(NP_("letter", "Advice of an admonition"), talks.admonition_advice),
    ),
    ("chief", "admonish"): (Paper(NP_("letter", "Admonition"), talks.admonition),),
    ("chief", "advise_adjustment"): (
        Paper(NP_("letter", "Advice of an adjustment"), talks.adjustment_advice),
    ),
    ("chief", "decide"): (
        Paper(NP_("letter", "Decision on an adjustment"), talks.adjustment_decision),
    ),
    ("commendation", "publish_notice"): (
        Paper(NP_("letter", "Public notice of a commendation"), commendation.public_notice),
    ),
    ("commendation", "commend"): (
        Paper(NP_("letter", "Decision to commend"), commendation.decision),
        Paper(NP_("letter", "Certificate of honour"), commendation.certificate),
    ),
    ("return", "propose"): (Paper(NP_("letter", "Proposal of a return"), returns.proposal),),
    ("return", "notify"): (
        Paper(NP_("letter", "Notice of the right to be heard"), returns.hearing_notice),
    ),
    ("return", "verify"): (
        Paper(NP_("letter", "Record of the talk, to fill in"), returns.talk_form, is_form=True),
    ),
    ("return", "talk"): (Paper(NP_("letter", "Record of the talk"), returns.talk_record),),
    ("return", "admit"): (Paper(NP_("letter", "Decision of admission"), returns.admission),),
    ("return", "move_directly"): (
        Paper(NP_("letter", "Notice of the new post"), returns.direct_move),
    ),
    ("return", "reject"): (Paper(NP_("letter", "Decision against a return"), returns.rejection),),
    ("pool", "plan"): (Paper(NP_("letter", "Training plan"), stays.plan),),
    ("pool", "pass"): (Paper(NP_("letter", "Assessment"), stays.assessment),),
    ("pool", "fail"): (Paper(NP_("letter", "Assessment"), stays.assessment),),
    ("pool", "fail_again"): (Paper(NP_("letter", "Assessment"), stays.assessment),),
    ("pool", "extend"): (Paper(NP_("letter", "Decision on the extension"), stays.extension),),
    ("pool", "reassign"): (Paper(NP_("letter", "Notice of reassignment"), stays.reassignment),),
    ("pool", "measure"): (Paper(NP_("letter", "Decision on a measure"), stays.measure),),
    ("remedy", "decide"): (
        Paper(NP_("letter", "Decision on a reconsideration"), letters.reconsideration),
    ),
    ("remedy", "decide_appeal"): (
        Paper(NP_("letter", "Decision on an appeal"), letters.appeal_decision),
    ),
}


def papers_of(kind: str, move: str, entry: Mapping[str, Any]) -> list[Paper]:
    """Return the letters that a step gives, the main one first."""
    return [paper for paper in PAPERS.get((kind, move), ()) if paper.fits(entry)]

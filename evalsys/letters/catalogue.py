"""Which step of which kind of case says something on paper. One table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evalsys.core.errors import NP_
from evalsys.letters import texts_chief, texts_pool, texts_praise, texts_remedy, texts_return
from evalsys.letters.rules import Written
from evalsys.letters.source import Source

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
        Paper(NP_("letter", "Interview notice"), texts_chief.interview_notice),
        Paper(
            NP_("letter", "Interview record, to fill in"), texts_chief.interview_form, is_form=True
        ),
    ),
    ("chief", "interview"): (
        Paper(NP_("letter", "Interview record"), texts_chief.interview_record),
    ),
    ("chief", "advise_admonition"): (
        Paper(NP_("letter", "Advice of an admonition"), texts_chief.admonition_advice),
    ),
    ("chief", "admonish"): (Paper(NP_("letter", "Admonition"), texts_chief.admonition),),
    ("chief", "advise_adjustment"): (
        Paper(NP_("letter", "Advice of an adjustment"), texts_chief.adjustment_advice),
    ),
    ("chief", "decide"): (
        Paper(NP_("letter", "Decision on an adjustment"), texts_chief.adjustment_decision),
    ),
    ("commendation", "publish_notice"): (
        Paper(NP_("letter", "Public notice of a commendation"), texts_praise.public_notice),
    ),
    ("commendation", "commend"): (
        Paper(NP_("letter", "Decision to commend"), texts_praise.decision),
        Paper(NP_("letter", "Certificate of honour"), texts_praise.certificate),
    ),
    ("return", "propose"): (Paper(NP_("letter", "Proposal of a return"), texts_return.proposal),),
    ("return", "notify"): (
        Paper(NP_("letter", "Notice of the right to be heard"), texts_return.hearing_notice),
    ),
    ("return", "verify"): (
        Paper(
            NP_("letter", "Record of the talk, to fill in"), texts_return.talk_form, is_form=True
        ),
    ),
    ("return", "talk"): (Paper(NP_("letter", "Record of the talk"), texts_return.talk_record),),
    ("return", "admit"): (Paper(NP_("letter", "Decision of admission"), texts_return.admission),),
    ("return", "move_directly"): (
        Paper(NP_("letter", "Notice of the new post"), texts_return.direct_move),
    ),
    ("return", "reject"): (
        Paper(NP_("letter", "Decision against a return"), texts_return.rejection),
    ),
    ("pool", "plan"): (Paper(NP_("letter", "Training plan"), texts_pool.plan),),
    ("pool", "pass"): (Paper(NP_("letter", "Assessment"), texts_pool.assessment),),
    ("pool", "fail"): (Paper(NP_("letter", "Assessment"), texts_pool.assessment),),
    ("pool", "fail_again"): (Paper(NP_("letter", "Assessment"), texts_pool.assessment),),
    ("pool", "extend"): (Paper(NP_("letter", "Decision on the extension"), texts_pool.extension),),
    ("pool", "reassign"): (
        Paper(NP_("letter", "Notice of reassignment"), texts_pool.reassignment),
    ),
    ("pool", "measure"): (Paper(NP_("letter", "Decision on a measure"), texts_pool.measure),),
    ("remedy", "decide"): (
        Paper(NP_("letter", "Decision on a reconsideration"), texts_remedy.reconsideration),
    ),
    ("remedy", "decide_appeal"): (
        Paper(NP_("letter", "Decision on an appeal"), texts_remedy.appeal_decision),
    ),
}


def papers_of(kind: str, move: str, entry: Mapping[str, Any]) -> list[Paper]:
    """Return the letters that a step gives, the main one first."""
    return [paper for paper in PAPERS.get((kind, move), ()) if paper.fits(entry)]

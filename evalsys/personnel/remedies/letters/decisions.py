"""Letters of a remedy: the decision on a reconsideration, and on an appeal. Pure."""

from evalsys.cases.letters.rules.blocks import Block, Heading, Letter
from evalsys.cases.letters.rules.papers import Paper, Papers
from evalsys.cases.letters.rules.phrases import addressed, texts
from evalsys.cases.letters.rules.source import BLANK, Source, day_words
from evalsys.core.errors import NP_
from evalsys.personnel.remedies.letters.rights import appeal, reappeal

# (kind, move) contested -> its name in letters.
ACTS = {
    ("chief", "interview"): "约谈",
    ("chief", "admonish"): "诫勉",
    ("chief", "decide"): "岗位调整决定",
    ("return", "admit"): "纳入不胜任现职人员管理的决定",
    ("return", "move_directly"): "岗位调整决定",
    ("pool", "extend"): "延长管理期的决定",
    ("pool", "measure"): "组织处理决定",
    ("pool", "reassign"): "重新安排工作的决定",
    ("review", "classify"): "差评认定",
    ("review", "reject_objection"): "差评异议处理决定",
}
# As official documents word it.
OUTCOMES = {
    "uphold": NP_("letter", "Upheld"),
    "change": NP_("letter", "Changed in the applicant's favour"),
    "revoke": NP_("letter", "Revoked"),
}


def reconsideration(source: Source) -> Letter:
    """Write the decision on a reconsideration, with the appeal that remains."""
    return _decision(source, "复核", appeal(source, "本复核决定"))


def appeal_decision(source: Source) -> Letter:
    """Write the decision on an appeal."""
    return _decision(source, "申诉处理", reappeal(source))


def _decision(source: Source, word: str, remedy: tuple[str, ...]) -> Letter:
    text = source.entered("grounds", "appeal", "appeal_directly", blank="")
    request = text if word != "复核" and text else str(source.grounds.get("says") or BLANK)
    body: tuple[Block, ...] = (
        *texts(
            f"申请人{source.comrade}（工号{source.staff_number}，{source.place}）对{_act(source)}不服，"
            f"于{_filed(source, word)}提出{word[:2]}。经审理，现已办理终结。"
        ),
        Heading("一、申请人的请求和理由"),
        *texts(request),
        Heading("二、查明的事实和理由"),
        *texts(source.entered("reasons")),
        Heading("三、决定"),
        *texts(
            f"经{source.entered('decider')}决定：对{_act(source)}，"
            f"{source.chosen('outcome', OUTCOMES)}。",
            f"申请人不因提出{word[:2]}而受到加重处理。",
        ),
    )
    return addressed(source, f"{word}决定书", body, remedy=remedy)


def _act(source: Source) -> str:
    """Return the contested act with its day."""
    against = str(source.grounds.get("against") or "")
    before = source.before
    if before is None:
        return BLANK
    words = ACTS.get((before.kind, against), BLANK)
    day = before.days.get(against)
    return f"{day_words(day)}作出的{words}" if day else words


def _filed(source: Source, word: str) -> str:
    if word == "复核":
        return day_words(source.opened_on)
    return next(
        (
            day_words(source.days[move])
            for move in ("appeal", "appeal_directly")
            if move in source.days
        ),
        day_words(source.opened_on),
    )


PAPERS: Papers = {
    "decide": (Paper(NP_("letter", "Decision on a reconsideration"), reconsideration),),
    "decide_appeal": (Paper(NP_("letter", "Decision on an appeal"), appeal_decision),),
}

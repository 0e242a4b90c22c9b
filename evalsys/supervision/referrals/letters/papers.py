"""The referral to the discipline organ, and its answer. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from evalsys.cases.letters.rules.blocks import Heading, Letter
from evalsys.cases.letters.rules.papers import Paper, Papers
from evalsys.cases.letters.rules.phrases import sent, texts
from evalsys.cases.letters.rules.source import BLANK, EvidencePiece, Source
from evalsys.core.errors import NP_
from evalsys.supervision.matters.letters.parts import (
    REGULATION,
    marks_text,
    matter_texts,
    owner_texts,
    standing,
    term_text,
    told_of,
)
from evalsys.supervision.referrals import limits

ORGAN = "纪检监察机关"
# Move: what was decided, as official documents word it.
DECISIONS = {
    "file_clue": "作为问题线索受理，依规依纪依法处置",
    "return_it": "退回你单位继续督办",
    "open_none": "不予立案",
}


def referral(source: Source) -> Letter:
    """Refer a matter: what it is, what was done about it, on which grounds, what is asked for."""
    told = told_of(source)
    letter = sent(
        source,
        "移送函",
        ORGAN,
        (
            *texts(
                f"依照{REGULATION}第二十三条，现将以下督办事项的有关情况和问题线索移送你机关。",
            ),
            Heading("一、移送事项"),
            *matter_texts(told, _number(source)),
            *owner_texts(told),
            Heading("二、办理和督办情况"),
            *texts(
                f"本事项{term_text(told)}。截至本函发出，{standing(source)}。",
                f"交办要求：{told.demand or BLANK}",
                marks_text(told),
            ),
            Heading("三、移送理由"),
            *texts(source.entered("reasons")),
            Heading("四、批准"),
            *texts(
                f"本函经{source.entered('decider')}批准（{REGULATION}第二十一条、第二十三条）。本函移送的是情况和"
                "线索，不是对任何人的结论；是否受理、是否立案，由你机关依法决定。",
            ),
            Heading("五、请予反馈"),
            *texts(
                f"请自收到之日起{source.term(limits.RECEIVE)}个工作日内（{source.due(limits.RECEIVE)}前）确认签收，"
                f"签收后{source.term(limits.DECIDE)}日内作出处理决定，并将结果书面反馈我单位。",
            ),
        ),
        signed_by=told.office,
        receipt=True,
    )
    annexes = ("督办案卷", *(f"{piece.kind}：{piece.title}" for piece in _evidence(source)))
    return replace(letter, annexes=annexes)


def answer(source: Source) -> Letter:
    """Tell the supervision office what the discipline organ decided."""
    told = told_of(source)
    return sent(
        source,
        "处理结果反馈函",
        told.office,
        texts(
            f"你单位{source.day_of('send')}移送的督办 {_number(source)}“{told.title or BLANK}”"
            f"（主办：{told.owner or BLANK}；责任人：{told.handler or BLANK}），我机关于"
            f"{source.day_of('receive')}收到，经研究，决定：{DECISIONS.get(source.step, BLANK)}。",
            f"理由：{source.entered('reasons')}",
            f"决定人：{source.entered('decider')}",
            *_afterwards(source),
            "特此函告。",
        ),
        signed_by=ORGAN,
    )


def _afterwards(source: Source) -> tuple[str, ...]:
    """Return what follows for the matter where it comes back, and where it does not."""
    if source.step == "return_it":
        return ("本事项由你单位按照督查工作有关规定继续督办，相关材料一并退回。",)
    return ("本事项的办理期限和责任不因移送而改变，请督促主办单位继续办理。",)


def _number(source: Source) -> str:
    return source.before.number if source.before else BLANK


def _evidence(source: Source) -> Sequence[EvidencePiece]:
    return source.before.evidence if source.before else ()


_ANSWER = (Paper(NP_("letter", "Answer to a referral"), answer),)
PAPERS: Papers = {
    "send": (Paper(NP_("letter", "Referral"), referral),),
    "file_clue": _ANSWER,
    "return_it": _ANSWER,
    "open_none": _ANSWER,
}

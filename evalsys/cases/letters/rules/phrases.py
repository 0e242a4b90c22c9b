"""Sentences that several letters share: the number, who signs, how it was decided. Pure."""

from collections.abc import Sequence

from evalsys.cases.letters.rules.blocks import Block, Letter, Text
from evalsys.cases.letters.rules.source import SHORT, Say, Source
from evalsys.organisation.periods.rules import BadPeriod, period_message

OFFICE = "组织人事部门"


def number_of(source: Source) -> str:
    """Return the number of the document, or one with room for it."""
    return source.entered("document", blank=f"{SHORT}〔{source.on.year}〕{SHORT}号")


def file_note(source: Source) -> str:
    """Return the note (附注) that says to which case file a letter belongs."""
    return f"案卷：{source.file_word} {source.number}"


def office(source: Source) -> str:
    """Name the personnel office of the organ."""
    return f"{source.organ}{OFFICE}"


def votes(source: Source) -> str:
    """Say how a collective decision was taken; what the record lacks stays blank."""
    told = {name: source.entered(name, blank=SHORT) for name in VOTES}
    words = (
        "应到{entitled}人，实到并参加表决{present}人，同意{in_favour}票、反对{against}票、"
        "弃权{abstained}票"
    ).format(**told)
    recused = source.entered("recused", blank="")
    return f"{words}；{recused}按规定回避。" if recused else f"{words}。"


def together(source: Source) -> str:
    """Say who decided together, how the votes fell, and who answers for it by name."""
    decider = source.entered("decider")
    return f"经{source.organ}党组集体研究（{votes(source)[:-1]}；决定人：{decider}），决定"


VOTES = ("entitled", "present", "in_favour", "against", "abstained")


def period_words(code: str, words: Say) -> str:
    """Write the code of a period in words; what is no code as it is."""
    try:
        return words(period_message(code))
    except BadPeriod:
        return code


def addressed(
    source: Source,
    title: str,
    paragraphs: Sequence[Block],
    *,
    remedy: Sequence[str] = (),
    signed_by: str = "",
) -> Letter:
    """Return a letter to the person: head, number, file and receipt are the same in all of them.

    The organ signs unless somebody else is named.
    """
    return Letter(
        title=title,
        number=number_of(source),
        addressee=source.comrade,
        paragraphs=paragraphs,
        remedy=remedy,
        signed_by=signed_by or source.organ,
        dated_on=source.on,
        head=source.organ,
        note=file_note(source),
        receipt=True,
    )


def say(*words: str) -> tuple[Text, ...]:
    """Return paragraphs."""
    return tuple(Text(one) for one in words)

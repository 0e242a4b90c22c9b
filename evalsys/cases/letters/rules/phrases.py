"""Phrases shared by letters: number, signature, collective decision. Pure."""

from collections.abc import Sequence

from evalsys.cases.letters.rules.blocks import (
    Block,
    BodyText,
    FormRow,
    Heading,
    Letter,
    PaperForm,
)
from evalsys.cases.letters.rules.source import SHORT, Source, Translate
from evalsys.organisation.periods.rules import BadPeriod, period_message

OFFICE = "组织人事部门"


def number_of(source: Source) -> str:
    """Return the number of the document, or a blank form of it."""
    return source.entered("document", blank=f"{SHORT}〔{source.on.year}〕{SHORT}号")


def file_note(source: Source) -> str:
    """Return the note (附注) with the case number of a letter."""
    return f"案卷：{source.file_word} {source.number}"


def office(source: Source) -> str:
    """Return the name of the organ's personnel office."""
    return f"{source.organ}{OFFICE}"


def votes(source: Source) -> str:
    """Return the sentence on a vote; missing figures are blanks."""
    figures = {name: source.entered(name, blank=SHORT) for name in VOTES}
    words = (
        "应到{entitled}人，实到并参加表决{present}人，同意{in_favour}票、反对{against}票、"
        "弃权{abstained}票"
    ).format(**figures)
    recused = source.entered("recused", blank="")
    return f"{words}；{recused}按规定回避。" if recused else f"{words}。"


def together(source: Source) -> str:
    """Return the phrase of a collective decision: votes and responsible person."""
    decider = source.entered("decider")
    return f"经{source.organ}党组集体研究（{votes(source)[:-1]}；决定人：{decider}），决定"


VOTES = ("entitled", "present", "in_favour", "against", "abstained")


def period_words(code: str, words: Translate) -> str:
    """Return the name of a period code; other texts unchanged."""
    try:
        return words(period_message(code))
    except BadPeriod:
        return code


def sent(  # noqa: PLR0913  # Each is a part of the letter.
    source: Source,
    title: str,
    addressee: str,
    paragraphs: Sequence[Block],
    *,
    signed_by: str,
    head: str = "",
    remedy: Sequence[str] = (),
    receipt: bool = False,
) -> Letter:
    """Return a letter with the common number and note. Who signs heads it, unless `head` does."""
    return Letter(
        title=title,
        number=number_of(source),
        addressee=addressee,
        paragraphs=paragraphs,
        remedy=remedy,
        signed_by=signed_by,
        dated_on=source.on,
        head=head or signed_by,
        note=file_note(source),
        receipt=receipt,
    )


def addressed(
    source: Source,
    title: str,
    paragraphs: Sequence[Block],
    *,
    remedy: Sequence[str] = (),
    signed_by: str = "",
) -> Letter:
    """Return a letter to the person, with the common head, number, note and receipt.

    The organ signs unless `signed_by` is given.
    """
    return sent(
        source,
        title,
        source.comrade,
        paragraphs,
        signed_by=signed_by or source.organ,
        head=source.organ,
        remedy=remedy,
        receipt=True,
    )


def ruled(source: Source, title: str, *rows: FormRow, remedy: Sequence[str] = ()) -> Letter:
    """Return a form of a case, such as a record or a plan."""
    form, number = PaperForm(rows), f"案卷 {source.number}"
    return Letter(title=title, number=number, paragraphs=(form,), remedy=remedy)


def decided(source: Source, *words: str) -> tuple[Block, ...]:
    """Return the reasons of a step, and what was decided, each below its heading."""
    return (
        Heading("一、事实和理由"),
        *texts(source.entered("reasons")),
        Heading("二、决定"),
        *texts(*words),
    )


def texts(*words: str) -> tuple[BodyText, ...]:
    """Return body paragraphs."""
    return tuple(BodyText(sentence) for sentence in words)

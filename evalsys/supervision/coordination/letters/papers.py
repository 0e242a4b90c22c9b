"""The minutes (纪要) of what was decided at a top-level coordination. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from evalsys.cases.letters.rules.blocks import Heading, Letter
from evalsys.cases.letters.rules.papers import Paper, Papers
from evalsys.cases.letters.rules.phrases import file_note, number_of, texts
from evalsys.cases.letters.rules.source import BLANK, Source, day_words
from evalsys.core.errors import NP_


@dataclass(frozen=True)
class CoordinationTold:
    """What letters say of a coordination. `called` are the sections called up to the step."""

    title: str = ""
    says: str = ""
    conveners: str = ""
    raised_on: date | None = None
    called: Sequence[str] = ()


NOTHING = CoordinationTold()


def minutes(source: Source) -> Letter:
    """Record the decision: what it was about, what was decided, who was there.

    Minutes have no addressee and bear no seal (GB/T 9704-2012, 10.3).
    """
    told = source.more.get("coordination")
    told = told if isinstance(told, CoordinationTold) else NOTHING
    title = told.title or BLANK
    return Letter(
        title="会议纪要",
        subject=f"关于“{title}”的顶格协调会议纪要",
        number=number_of(source),
        paragraphs=(
            *texts(
                f"{day_words(source.on)}，{told.conveners or BLANK}主持召开顶格协调会议，研究"
                f"“{title}”有关事项。现将会议议定事项纪要如下。",
            ),
            Heading("一、协调事项"),
            *texts(
                told.says or BLANK,
                f"本事项于{day_words(told.raised_on)}提出。"
                f"被召集参加协调的单位：{'、'.join(told.called) or '无'}。",
            ),
            Heading("二、议定事项"),
            *texts(source.entered("conclusion")),
            Heading("三、任务落实"),
            *texts(
                "议定事项需要落实的，由主要负责人逐项交办，明确主办单位、责任人和反馈日期，另行印发交办单；"
                "不得退回，逾期的按照督办规则催办、督办。",
            ),
        ),
        attendance=(("出席", source.entered("attendees")),),
        signed_by=source.organ,
        dated_on=source.on,
        head=source.organ,
        note=file_note(source),
    )


PAPERS: Papers = {"decide": (Paper(NP_("letter", "Minutes of the meeting"), minutes),)}

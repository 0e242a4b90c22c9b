"""What all letters on a supervised matter share: the matter, its owner, its term. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from evalsys.cases.letters.rules.blocks import Block, BodyText, Heading
from evalsys.cases.letters.rules.phrases import texts
from evalsys.cases.letters.rules.source import BLANK, Source, day_words
from evalsys.foundation.calendars.rules import WorkingDays

REGULATION = "《政府督查工作条例》（国务院令第733号）"
OFFICE = "督查机构"


@dataclass(frozen=True)
class MatterTold:
    """What letters say of a matter, as it was at the step.

    `office` issues them; `source` is where it comes from, in words; `owner` the organ and section
    that it is assigned to, "" before; `is_task` says that the head gave it in a coordination;
    `is_excused` that its lateness no longer counts, by the decision on an objection;
    `term` the working days of the assignment, None before; `due_on` its end then, moved or not;
    `marks` the moves that warned of it, with their days.
    """

    office: str = OFFICE
    title: str = ""
    source: str = ""
    reference: str = ""
    says: str = ""
    owner: str = ""
    handler: str = ""
    co_owners: Sequence[str] = ()
    demand: str = ""
    assigned_on: date | None = None
    is_final: bool = False
    is_task: bool = False
    is_excused: bool = False
    term: int | None = None
    due_on: date | None = None
    marks: Sequence[tuple[str, date]] = field(default=())


NOTHING = MatterTold()
MARKS = {
    "near": "临期提醒（黄灯）",
    "urge": "催办",
    "supervise": "下达督办单（红灯）",
}


def told_of(source: Source) -> MatterTold:
    """Return what the kind says of the matter of a letter; blanks if it says nothing."""
    told = source.more.get("matter")
    return told if isinstance(told, MatterTold) else NOTHING


def matter_texts(told: MatterTold, number: str) -> tuple[BodyText, ...]:
    """Return the paragraphs on the matter itself: number, source, title, what it is about."""
    reference = f"（来源编号：{told.reference}）" if told.reference else ""
    return texts(
        f"事项编号：督办 {number}",
        f"事项名称：{told.title or BLANK}",
        f"事项来源：{told.source or BLANK}{reference}",
        *([f"反映情况：{told.says}"] if told.says else []),
    )


def owner_texts(told: MatterTold) -> tuple[BodyText, ...]:
    """Return the paragraphs on owner, responsible person and co-owners."""
    return texts(
        f"主办：{told.owner or BLANK}",
        f"责任人：{told.handler or BLANK}",
        f"协办：{'、'.join(told.co_owners) or '无'}",
    )


def owner_of(told: MatterTold) -> str:
    """Return the addressee of a letter to the owner."""
    return told.owner or BLANK


def term_text(told: MatterTold) -> str:
    """Return the term of the assignment and its end."""
    term = f"{told.term}个工作日" if told.term is not None else f"{BLANK}个工作日"
    begins = f"于{day_words(told.assigned_on)}交办" if told.assigned_on else "交办"
    return f"{begins}，办理期限{term}，至{day_words(told.due_on)}止"


def standing(source: Source) -> str:
    """Return how the term stands on the letter's day: how much is left, or how late it is."""
    told, on = told_of(source), source.on
    if told.due_on is None:
        return f"办理期限至{day_words(None)}"
    if on < told.due_on:
        left = source.calendar.between(on, told.due_on)
        return f"办理期限将于{day_words(told.due_on)}届满，还剩{left}个工作日"
    if on == told.due_on:
        return f"办理期限于今日（{day_words(on)}）届满"
    late = late_length(told.due_on, on, source.calendar)
    return f"办理期限已于{day_words(told.due_on)}届满，逾期{late}"


def late_length(due_on: date, on: date, days: WorkingDays) -> str:
    """Return how late a day is, in working days, or in days before one has passed."""
    late = days.between(due_on, on)
    return f"{late}个工作日" if late else f"{(on - due_on).days}日"


def answer_text(told: MatterTold) -> str:
    """Return what is to be fed back: nobody asked for a task of a coordination from outside."""
    return "办理结果" if told.is_task else "办理结果和对诉求人的答复"


def marks_text(told: MatterTold) -> str:
    """Return every warning given, with its day."""
    given = "；".join(f"{day_words(day)}{MARKS[move]}" for move, day in told.marks)
    return f"{given}。" if given else "此前未作提醒、催办、督办。"


def about(source: Source) -> tuple[Block, ...]:
    """Return the first part of each letter: the matter, and who owns it."""
    told = told_of(source)
    return (
        Heading("一、督办事项"),
        *matter_texts(told, source.number),
        *owner_texts(told),
    )

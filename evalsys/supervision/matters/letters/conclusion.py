"""The conclusion on a supervised matter, and what may be said against it. Pure."""

from evalsys.cases.letters.rules.blocks import Heading, Letter
from evalsys.cases.letters.rules.phrases import sent, texts
from evalsys.cases.letters.rules.source import BLANK, Source, day_words
from evalsys.supervision.matters import limits
from evalsys.supervision.matters.letters.parts import (
    REGULATION,
    about,
    late_length,
    marks_text,
    owner_of,
    term_text,
    told_of,
)
from evalsys.supervision.matters.rules import ANSWERS


def conclusion(source: Source) -> Letter:
    """Conclude: what was done, what the petitioner says, whether in time; the objection."""
    told = told_of(source)
    return sent(
        source,
        "督查结论",
        owner_of(told),
        (
            *texts(
                f"根据{REGULATION}，对以下事项的办理情况进行了督查，现将结论反馈如下。",
            ),
            *about(source),
            Heading("二、办理情况"),
            *texts(
                f"本事项{term_text(told)}；{_answered(source)}。",
                f"办理结果：{source.entered('result', 'feed_back')}",
                f"答复内容：{source.entered('reply', 'feed_back')}",
                *([f"办理期间：{marks_text(told)}"] if told.marks else []),
            ),
            Heading("三、核查情况"),
            *texts(
                f"{source.entered_day('asked_on')}向诉求人核查，诉求人评价："
                f"{source.chosen('answer', ANSWERS)}。",
            ),
            Heading("四、结论"),
            *texts(source.entered("conclusion")),
        ),
        signed_by=told.office,
        remedy=objection(source),
        receipt=True,
    )


def objection(source: Source) -> tuple[str, ...]:
    """Return how a conclusion may be objected to: 30 days, decided in 30, by others."""
    days, office = source.term(limits.OBJECT), told_of(source).office
    return (
        (
            f"对本结论有异议的，可以自收到之日起{days}日内（当日收到的，至"
            f"{source.due(limits.OBJECT)}止），向{office}申请复核；自收到申请之日起"
            f"{source.term(limits.OBJECT_DECIDE)}日内作出复核决定。"
        ),
        f"参与作出本结论的工作人员在复核中应当回避（{REGULATION}第十七条）。",
    )


def _answered(source: Source) -> str:
    """Return on which day the owner answered, and whether in time."""
    answered_on, due_on = source.days.get("feed_back"), told_of(source).due_on
    if answered_on is None or due_on is None:
        return f"反馈日期{BLANK}"
    if answered_on <= due_on:
        return f"于{day_words(answered_on)}反馈，未逾期"
    late = late_length(due_on, answered_on, source.calendar)
    excused = "；经异议复核，该逾期不予计入" if told_of(source).is_excused else ""
    return f"于{day_words(answered_on)}反馈，逾期{late}{excused}"

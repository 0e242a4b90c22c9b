"""Assignment, yellow and red supervision ticket, urging letter. Pure."""

from evalsys.cases.letters.rules.blocks import Block, Heading, Letter
from evalsys.cases.letters.rules.phrases import sent, texts
from evalsys.cases.letters.rules.source import Source, day_words
from evalsys.supervision.matters import limits
from evalsys.supervision.matters.letters.parts import (
    REGULATION,
    MatterTold,
    about,
    answer_text,
    marks_text,
    owner_of,
    standing,
    term_text,
    told_of,
)


def assignment(source: Source) -> Letter:
    """Give a matter to its owner: what is demanded, by when, how to refuse, how to answer."""
    told = told_of(source)
    days = source.term(limits.SIGN)
    is_task = source.step == "task"
    until = f"请于{source.entered_day('until')}前反馈" if is_task else term_text(told)
    routing = "（二）本事项由顶格协调议定交办，不得退回。" if is_task else _routing(told)
    help_text = (
        [f"（三）协办单位请在{source.term(limits.CO_OWNER)}个工作日内向主办单位反馈意见。"]
        if told.co_owners
        else []
    )
    return _ticket(
        source,
        "交办单",
        f"根据{REGULATION}和督查工作有关规定，现将以下事项交由你单位办理。",
        Heading("二、办理要求"),
        *texts(source.entered("demand"), f"本事项{until}。"),
        Heading("三、签收和反馈"),
        *texts(
            f"（一）请自交办之日起{days}个工作日内（{source.due(limits.SIGN)}前）签收。",
            routing,
            *help_text,
            f"（{'四' if help_text else '三'}）{answer_text(told)}，请在期限届满前反馈。"
            "确需延期的，请在届满前说明理由提出申请，经批准可以延长一次。",
            "期限临近的亮黄灯提醒；届满未反馈的予以催办；逾期的亮红灯，下达督办单。",
        ),
    )


def _routing(told: MatterTold) -> str:
    """Return whether and how the owner may refuse a matter."""
    return (
        f"（二）认为不属于本单位职责的，请在同一期限内书面说明理由和应当承办的单位，一次性退回；"
        f"退回以一次为限，由{told.office}指定承办。"
        if not told.is_final
        else f"（二）本事项曾以不属于职责范围为由退回，现由{told.office}指定承办，不得再次退回。"
    )


def yellow_ticket(source: Source) -> Letter:
    """Warn the owner that the term comes near."""
    told = told_of(source)
    return _ticket(
        source,
        "督办单（黄）",
        f"以下事项{standing(source)}，至今未反馈办理结果，亮黄灯。现予提醒。",
        *_demanded(told),
        Heading("三、督办要求"),
        *texts(
            _still(source),
        ),
    )


def _still(source: Source) -> str:
    """Say what can still be done: what comes after the end of the term asks for no day before."""
    told = told_of(source)
    if told.due_on is not None and source.on > told.due_on:
        return f"请立即办理，反馈{answer_text(told)}，并说明逾期的原因。"
    return (
        f"请抓紧办理，于{day_words(told.due_on)}前反馈{answer_text(told)}。确需延期的，请在届满前"
        "说明理由提出申请，经批准可以延长一次。"
    )


def urging(source: Source) -> Letter:
    """Urge the owner when the term ends, with a copy to the leader in charge."""
    told = told_of(source)
    return _ticket(
        source,
        "催办单",
        f"以下事项{standing(source)}，至今未反馈办理结果。现予催办。",
        *_demanded(told),
        Heading("三、催办要求"),
        *texts(
            source.entered("demand", blank="请立即办理，当日反馈办理结果。"),
            "请主要负责同志督促落实，并将本单报送分管领导。逾期仍未反馈的，将下达督办单（红）。",
        ),
    )


def red_ticket(source: Source) -> Letter:
    """Issue the last order: explain the delay in writing, say when it is done."""
    told = told_of(source)
    return _ticket(
        source,
        "督办单（红）",
        f"以下事项{standing(source)}，至今未反馈办理结果，亮红灯。现予督办。",
        *_demanded(told),
        Heading("三、提醒和催办情况"),
        *texts(marks_text(told)),
        Heading("四、督办要求"),
        *texts(
            source.entered("demand", blank="请立即办理，限期反馈办理结果。"),
            "请书面说明逾期的原因、责任和办结日期，由主要负责人签字，自本单下达之日起1个工作日内反馈。",
        ),
        Heading("五、逾期不办的处理"),
        *texts(
            f"仍未办结的，将依照{REGULATION}第二十一条，根据督查结论提出追究责任的建议，经本级人民政府或者其行政首长"
            "批准后，交有权机关调查处理；发现公职人员涉嫌职务违法或者职务犯罪的问题线索，依照第二十三条移送。",
        ),
    )


def _demanded(told: MatterTold) -> tuple[Block, ...]:
    """Repeat what the assignment demanded, and by when."""
    demand = told.demand or "按照交办单的要求办理。"
    return (Heading("二、原办理要求"), *texts(demand, f"本事项{term_text(told)}。"))


def _ticket(source: Source, title: str, opening: str, *rest: Block) -> Letter:
    told = told_of(source)
    return sent(
        source,
        title,
        owner_of(told),
        (*texts(opening), *about(source), *rest),
        signed_by=told.office,
    )

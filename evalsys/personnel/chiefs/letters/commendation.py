"""Letters of a commendation: the public notice, the decision, the certificate. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalsys.cases.letters.rules.blocks import (
    Annex,
    Certificate,
    FormCell,
    FormRow,
    Heading,
    Letter,
    PaperForm,
)
from evalsys.cases.letters.rules.papers import Paper, Papers
from evalsys.cases.letters.rules.phrases import file_note, number_of, period_words, texts
from evalsys.cases.letters.rules.source import BLANK, Source, Translate, day_words
from evalsys.core.errors import NP_
from evalsys.personnel.chiefs import limits

CHOSEN = ("choose", "publish_notice")  # Once the notice itself asked for it.
LIST = "表彰名单"
COLUMNS = ("序号", "姓名", "科室", "职务", "评价周期")


@dataclass(frozen=True)
class Honoured:
    """A chief in the list of a decision."""

    name: str
    section: str
    post: str
    period: str


def public_notice(source: Source) -> Letter:
    """Announce who is to be commended, until when and where one may object."""
    days = source.term(limits.NOTICE)
    return Letter(
        title="关于拟表彰对象的公示",
        number=number_of(source),
        paragraphs=texts(
            f"根据{_period(source)}服务对象等评价情况和本单位表彰规定，经组织人事部门核实，拟对"
            f"{source.place}{_name(source)}予以表彰。为充分听取意见，现予以公示。",
            f"一、主要事迹：{_deeds(source)}",
            f"二、公示时间：{days}个工作日，自{_next(source)}起至{source.due(limits.NOTICE)}止。",
            f"三、公示地点：{source.entered('where', *CHOSEN)}",
            "四、公示期间，任何单位和个人可以对公示对象有关情况提出异议。以单位名义的，应当加盖公章；"
            "以个人名义的，可以署真实姓名，也可以不署名。对反映人的信息严格保密。",
            f"五、受理单位和电话：{source.entered('contact', *CHOSEN)}",
        ),
        signed_by=source.organ,
        dated_on=source.on,
        head=source.organ,
    )


def decision(source: Source) -> Letter:
    """Write the decision to commend, after the notice and its objections."""
    return Letter(
        title="表彰决定",
        number=number_of(source),
        addressee=source.in_terms("机关各科室"),
        paragraphs=(
            *texts(
                f"{source.place}{_name(source)}，{_deeds(source)}",
                f"{_period(source)}评价情况经核实，于{source.day_of('publish_notice')}起公示"
                f"{source.term(limits.NOTICE)}个工作日，{_objections(source)}",
            ),
            Heading("一、决定"),
            *texts(
                f"经{source.entered('decider')}决定，对{_all(source)}予以表彰（名单附后）。",
                f"理由：{source.entered('reasons')}",
            ),
            Heading("二、希望"),
            *texts(
                source.in_terms(
                    "希望受到表彰的同志珍惜荣誉、再接再厉；希望各科室学习先进，主动服务，提高效率。"
                )
            ),
        ),
        signed_by=source.organ,
        dated_on=source.on,
        annexes=(LIST,),
        head=source.organ,
        note=file_note(source),
        annex=Annex(LIST, _list(source)),
    )


def certificate(source: Source) -> Certificate:
    """Write the certificate of a chief: what for, by whom, on which day."""
    return Certificate(
        title="荣誉证书",
        addressee=source.comrade,
        words=(
            f"你在{source.section}{source.post}岗位上履职尽责，{_period(source) or BLANK}服务对象等"
            "评价成绩突出，经研究，决定予以表彰。特发此证，以资鼓励。"
        ),
        signed_by=source.organ,
        dated_on=source.on,
        number=f"表彰决定：{number_of(source)}",
    )


def _deeds(source: Source) -> str:
    return source.entered("deeds", *CHOSEN)


def _honoured(source: Source) -> tuple[Honoured, ...]:
    """Return all whom the decision commends, at least the person."""
    alone = Honoured(source.person, source.section, source.post, _period(source))
    return tuple(source.more.get("honoured", ())) or (alone,)


def _all(source: Source) -> str:
    count = len(_honoured(source))
    return f"{source.comrade}等{count}名同志" if count > 1 else source.comrade


def _list(source: Source) -> PaperForm:
    """Return the list of the commended in the order of their decisions."""
    head = FormRow(tuple(FormCell(source.in_terms(words), is_label=True) for words in COLUMNS))
    lines = (
        (str(number), row.name, row.section, row.post, row.period)
        for number, row in enumerate(_honoured(source), 1)
    )
    return PaperForm(
        (head, *(FormRow(tuple(map(FormCell, line))) for line in lines)), (3, 5, 7, 6, 9)
    )


def _name(source: Source) -> str:
    return f"{source.post}{source.comrade}" if source.post else source.comrade


def _period(source: Source) -> str:
    return praised_for(source.words, source.entries.get("choose", {}), source.grounds)


def _next(source: Source) -> str:
    """Return the first day of the notice, the working day after its publication."""
    return day_words(source.calendar.add(source.on, 1))


def _objections(source: Source) -> str:
    if "object" not in source.days:
        return "公示期间未收到异议。"
    return f"公示期间收到异议，经核实：{source.entered('finding', 'answer')}"


def praised_for(words: Translate, choice: Mapping[str, Any], grounds: Mapping[str, Any]) -> str:
    """Return the periods of a commendation: as chosen, or the one that opened an older case."""
    codes = str(choice.get("periods") or grounds.get("period") or "")
    return "、".join(period_words(code, words) for code in codes.split())


PAPERS: Papers = {
    "publish_notice": (Paper(NP_("letter", "Public notice of a commendation"), public_notice),),
    "commend": (
        Paper(NP_("letter", "Decision to commend"), decision),
        Paper(NP_("letter", "Certificate of honour"), certificate),
    ),
}

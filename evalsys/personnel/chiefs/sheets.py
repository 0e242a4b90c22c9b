"""约谈记录 and 表彰名单: what was said to chiefs, for the better and for the worse."""

from evalsys.cases.engine.kinds import all_kinds
from evalsys.cases.engine.rules.machine import day_of
from evalsys.core.errors import N_
from evalsys.core.pages import local_day
from evalsys.foundation.spreadsheets.model import Column, Sheet, Value, Words
from evalsys.foundation.spreadsheets.words import NO, NONE, YES, join
from evalsys.organisation.periods.sheets import period_words
from evalsys.personnel.sheets.registers import Register
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import CaseLine, case_columns, read_lines
from evalsys.personnel.sheets.words import page_words

TALKS = Words("约谈记录", "Interviews")
PRAISED = Words("表彰名单", "Commendations")
TEXT = 24  # characters of a column of text: eleven columns shall fit a page
HELD = {"chief": "interview", "return": "talk"}  # kind of case -> the move that records a talk


def talks_sheet(request: CaseRequest) -> Sheet[CaseLine]:
    """Return the sheet of the talks that were held in the span, by day."""
    lines = []
    for line in read_lines(request.select_cases(*HELD)):
        step = line.find(HELD[line.case.kind])
        if step is not None and request.has_day(day_of(step.entry, "held_on")):
            lines.append((day_of(step.entry, "held_on"), line))
    rows = [line for _day, line in sorted(lines, key=lambda each: each[0])]
    return Sheet(
        TALKS,
        (*TALK_COLUMNS, *case_columns(lambda row: row.case)),
        rows,
        len(rows),
        frozen=2,
        printed=11,
    )


def praised_sheet(request: CaseRequest) -> Sheet[CaseLine]:
    """Return the sheet of the chiefs whose commendation was decided in the span."""
    rows = [
        line
        for line in read_lines(request.select_cases("commendation"))
        if (step := line.find("commend")) is not None and request.has_day(local_day(step.at))
    ]
    columns = (*PRAISE_COLUMNS, *case_columns(lambda row: row.case))
    return Sheet(PRAISED, columns, rows, len(rows), frozen=1, printed=12)


def _time(line: CaseLine) -> Value:
    """Return day and hour; the hour is that of the notice, if the talk was held on its day."""
    step, notice = line.find(*HELD.values()), line.find("notice")
    day = str(step.entry["held_on"]) if step else ""
    is_same = notice is not None and str(notice.entry.get("held_on")) == day
    hour = str(notice.entry.get("hour", "")) if notice is not None and is_same else ""
    return f"{day} {hour}".strip() or NONE


def _matter(line: CaseLine) -> Value:
    """Return what a talk was about: as its notice says, or the situation of the return."""
    if line.case.kind == "return":
        return line.chosen("situation", "propose")
    return line.said("matter", "notice")


def _signed(line: CaseLine) -> Value:
    step = line.find(*HELD.values())
    return YES if step and step.entry.get("signed") else NO


def _period(line: CaseLine) -> Value:
    choice = line.find("choose")
    codes = choice.entry.get("periods") if choice else None
    codes = str(codes or line.case.grounds.get("period") or "").split()
    return join([period_words(code) for code in codes], "、", ", ") if codes else NONE


def _objections(line: CaseLine) -> Value:
    made = line.count("object")
    if not made:
        return Words("无", "none")
    return Words(f"{made}件，已查核", f"{made}, examined")


TALK_COLUMNS: tuple[Column[CaseLine], ...] = (
    Column(
        Words("约谈人", "Interviewer"),
        lambda row: row.said(
            "talker" if row.case.kind == "return" else "interviewer", *HELD.values()
        ),
        meaning=Words("姓名和职务", "name and post"),
    ),
    Column(
        Words("被约谈人", "Interviewed"),
        lambda row: row.case.staff.name,
        meaning=Words("姓名", "name"),
    ),
    Column(
        Words("记录人", "Recorder"),
        lambda row: row.said("recorder", *HELD.values()),
        meaning=Words("现场记录人", "who took the record"),
    ),
    Column(Words("时间", "Time"), _time, meaning=Words("约谈日期和时刻", "day and hour")),
    Column(
        Words("地点", "Place"),
        lambda row: row.said("place", *HELD.values()),
        meaning=Words("约谈地点", "where it was held"),
    ),
    Column(
        Words("事由", "Matter"),
        _matter,
        meaning=Words(
            "约谈通知所列事由；退人谈话为依据情形", "as the notice says; of a return the situation"
        ),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        Words("内容", "What was said"),
        lambda row: row.said("reason", *HELD.values()),
        meaning=Words("指出的问题", "the reason that was stated"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        Words("本人说明", "Own explanation"),
        lambda row: row.said(
            "heard" if row.case.kind == "return" else "explanation", *HELD.values()
        ),
        meaning=Words("被约谈人的说明，原话", "what the person said, word for word"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        Words("整改措施", "Measures"),
        lambda row: (
            row.said("plan", "file_plan")
            if row.find("file_plan")
            else row.said("requirements", "interview")
        ),
        meaning=Words(
            "整改方案；未交的为约谈要求", "the plan; before it is filed the requirements"
        ),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        Words("时限", "Until"),
        lambda row: row.due("plan_wd", "follow_up_d"),
        meaning=Words("整改方案或跟踪期限届满日", "when the term of plan or follow-up ends"),
    ),
    Column(Words("签字", "Signed"), _signed, meaning=Words("双方是否签字", "whether both signed")),
    Column(
        Words("承诺", "Commitment"),
        lambda row: row.said("commitment", "interview"),
        meaning=Words("被约谈人的承诺", "what the person committed to"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        Words("类别", "Kind"),
        lambda row: page_words(all_kinds()[row.case.kind].label),
        meaning=Words("{科长}约谈或退人谈话", "of a chief, or within a return"),
    ),
    Column(
        Words("{科室}", "Section"),
        lambda row: row.case.section.name,
        meaning=Words("立案时的{科室}", "the section of the case"),
    ),
)
PRAISE_COLUMNS: tuple[Column[CaseLine], ...] = (
    Column(Words("姓名", "Name"), lambda row: row.case.staff.name, meaning=Words("姓名", "name")),
    Column(
        Words("{科室}", "Section"),
        lambda row: row.case.section.name,
        meaning=Words("立案时的{科室}", "the section of the case"),
    ),
    Column(
        Words("职务", "Post"),
        lambda row: row.case.staff.post or NONE,
        meaning=Words("花名册中的现职务", "the present post in the roster"),
    ),
    Column(
        Words("评价周期", "Period"),
        _period,
        meaning=Words("选定时所依据的评价周期", "the periods for which it was chosen"),
    ),
    Column(
        Words("表彰事由", "What for"),
        lambda row: row.said("deeds", "choose", "publish_notice"),
        meaning=Words("公示的事迹", "as the public notice says"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        Words("公示开始", "Notice from"),
        lambda row: row.day("publish_notice"),
        meaning=Words("公示第一日", "first day of the public notice"),
    ),
    Column(
        Words("公示截止", "Notice until"),
        lambda row: row.due("commend_notice_wd"),
        meaning=Words("公示最后一日", "last day of the public notice"),
    ),
    Column(
        Words("公示地点", "Where"),
        lambda row: row.said("where", "choose", "publish_notice"),
        meaning=Words("公示张贴处", "where the notice was put up"),
    ),
    Column(
        Words("异议情况", "Objections"),
        _objections,
        meaning=Words("公示期内收到的异议", "that came during the notice"),
    ),
    Column(
        Words("决定人", "Decided by"),
        lambda row: row.said("decider", "commend"),
        meaning=Words("姓名和职务", "name and post"),
    ),
    Column(
        Words("决定文号", "Document"),
        lambda row: row.said("document", "commend"),
        meaning=Words("表彰决定的文号", "number of the decision"),
    ),
    Column(
        Words("表彰日期", "Commended on"),
        lambda row: row.day("commend"),
        meaning=Words("作出决定的日期", "day of the decision"),
    ),
)

INTERVIEWS = Register(
    "interviews",
    Words("约谈记录", "Interviews"),
    N_("Interviews of chiefs and talks within returns that were held in these days"),
    talks_sheet,
)
COMMENDATIONS = Register(
    "commendations",
    Words("表彰名单", "Commendations"),
    N_("Commendations that were decided in these days"),
    praised_sheet,
)

"""The registers 约谈记录 and 表彰名单: interviews and commendations of chiefs."""

from evalsys.cases.engine.kinds import all_kinds
from evalsys.cases.engine.rules.machine import day_of
from evalsys.core.errors import N_, NP_, Message
from evalsys.core.pages import local_day
from evalsys.foundation.spreadsheets.model import Column, Sheet, Value
from evalsys.foundation.spreadsheets.words import COMMA, NO, NONE, YES, join
from evalsys.organisation.periods.sheets import period_words
from evalsys.personnel.sheets.registers import Register
from evalsys.personnel.sheets.request import CaseRequest
from evalsys.personnel.sheets.rows import CaseLine, case_columns, read_lines

TALKS = NP_("sheet", "Interviews")
PRAISED = NP_("sheet", "Commendations")
TEXT = 24  # characters of a text column: eleven columns fit a page
HELD = {"chief": "interview", "return": "talk"}  # kind of case -> the move that records a talk


def talks_sheet(request: CaseRequest) -> Sheet[CaseLine]:
    """Return the sheet of the talks held in the span, by day."""
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
    """Return the sheet of the commendations decided in the span."""
    rows = [
        line
        for line in read_lines(request.select_cases("commendation"))
        if (step := line.find("commend")) is not None and request.has_day(local_day(step.at))
    ]
    columns = (*PRAISE_COLUMNS, *case_columns(lambda row: row.case))
    return Sheet(PRAISED, columns, rows, len(rows), frozen=1, printed=12)


def _time(line: CaseLine) -> Value:
    """Return day and hour; the hour is from the notice if the talk was held on its day."""
    step, notice = line.find(*HELD.values()), line.find("notice")
    day = str(step.entry["held_on"]) if step else ""
    is_same = notice is not None and str(notice.entry.get("held_on")) == day
    hour = str(notice.entry.get("hour", "")) if notice is not None and is_same else ""
    return f"{day} {hour}".strip() or NONE


def _matter(line: CaseLine) -> Value:
    """Return the matter of a talk: from its notice, or the situation of the return."""
    if line.case.kind == "return":
        return line.chosen("situation", "propose")
    return line.entered("matter", "notice")


def _signed(line: CaseLine) -> Value:
    step = line.find(*HELD.values())
    return YES if step and step.entry.get("signed") else NO


def _period(line: CaseLine) -> Value:
    choice = line.find("choose")
    codes = choice.entry.get("periods") if choice else None
    codes = str(codes or line.case.grounds.get("period") or "").split()
    return join([period_words(code) for code in codes], COMMA) if codes else NONE


def _objections(line: CaseLine) -> Value:
    count = line.count("object")
    if not count:
        return N_("none")
    return NP_("sheet", "%(made)s, examined").filled(made=count)


TALK_COLUMNS: tuple[Column[CaseLine], ...] = (
    Column(
        NP_("sheet", "Interviewer"),
        lambda row: row.entered(
            "talker" if row.case.kind == "return" else "interviewer", *HELD.values()
        ),
        meaning=NP_("sheet", "name and post"),
    ),
    Column(
        NP_("sheet", "Interviewed"),
        lambda row: row.case.staff.name,
        meaning=NP_("person", "name"),
    ),
    Column(
        N_("Recorder"),
        lambda row: row.entered("recorder", *HELD.values()),
        meaning=NP_("sheet", "who took the record"),
    ),
    Column(N_("Time"), _time, meaning=NP_("sheet", "day and hour")),
    Column(
        N_("Place"),
        lambda row: row.entered("place", *HELD.values()),
        meaning=NP_("sheet", "where it was held"),
    ),
    Column(
        NP_("sheet", "Matter"),
        _matter,
        meaning=N_("as the notice says; of a return the situation"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("sheet", "What was said"),
        lambda row: row.entered("reason", *HELD.values()),
        meaning=N_("the reason that was stated"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("sheet", "Own explanation"),
        lambda row: row.entered(
            "heard" if row.case.kind == "return" else "explanation", *HELD.values()
        ),
        meaning=N_("what the person said, word for word"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("sheet", "Measures"),
        lambda row: (
            row.entered("plan", "file_plan")
            if row.find("file_plan")
            else row.entered("requirements", "interview")
        ),
        meaning=N_("the plan; before it is filed the requirements"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("sheet", "Until"),
        lambda row: row.due("plan_wd", "follow_up_d"),
        meaning=N_("when the term of plan or follow-up ends"),
    ),
    Column(NP_("sheet", "Signed"), _signed, meaning=NP_("sheet", "whether both signed")),
    Column(
        NP_("sheet", "Commitment"),
        lambda row: row.entered("commitment", "interview"),
        meaning=N_("what the person committed to"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("sheet", "Kind"),
        lambda row: Message(all_kinds()[row.case.kind].label),
        meaning=N_("of a chief, or within a return"),
    ),
    Column(
        N_("Section"),
        lambda row: row.case.section.name,
        meaning=N_("the section of the case"),
    ),
)
PRAISE_COLUMNS: tuple[Column[CaseLine], ...] = (
    Column(N_("Name"), lambda row: row.case.staff.name, meaning=NP_("person", "name")),
    Column(
        N_("Section"),
        lambda row: row.case.section.name,
        meaning=N_("the section of the case"),
    ),
    Column(
        NP_("sheet", "Post"),
        lambda row: row.case.staff.post or NONE,
        meaning=N_("the present post in the roster"),
    ),
    Column(
        NP_("sheet", "Period"),
        _period,
        meaning=N_("the periods for which it was chosen"),
    ),
    Column(
        NP_("sheet", "What for"),
        lambda row: row.entered("deeds", "choose", "publish_notice"),
        meaning=N_("as the public notice says"),
        is_wide=True,
        widest=TEXT,
    ),
    Column(
        NP_("sheet", "Notice from"),
        lambda row: row.day("publish_notice"),
        meaning=N_("first day of the public notice"),
    ),
    Column(
        NP_("sheet", "Notice until"),
        lambda row: row.due("commend_notice_wd"),
        meaning=N_("last day of the public notice"),
    ),
    Column(
        NP_("sheet", "Where"),
        lambda row: row.entered("where", "choose", "publish_notice"),
        meaning=N_("where the notice was put up"),
    ),
    Column(
        NP_("sheet", "Objections"),
        _objections,
        meaning=N_("that came during the notice"),
    ),
    Column(
        N_("Decided by"),
        lambda row: row.entered("decider", "commend"),
        meaning=NP_("sheet", "name and post"),
    ),
    Column(
        NP_("sheet", "Document"),
        lambda row: row.entered("document", "commend"),
        meaning=NP_("commendation", "number of the decision"),
    ),
    Column(
        NP_("sheet", "Commended on"),
        lambda row: row.day("commend"),
        meaning=NP_("sheet", "day of the decision"),
    ),
)

INTERVIEWS = Register(
    "interviews",
    NP_("sheet", "Interviews"),
    N_("Interviews of chiefs and talks within returns that were held in these days"),
    talks_sheet,
)
COMMENDATIONS = Register(
    "commendations",
    NP_("sheet", "Commendations"),
    N_("Commendations that were decided in these days"),
    praised_sheet,
)

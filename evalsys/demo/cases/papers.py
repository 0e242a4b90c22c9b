"""What lies beside a case of the demo: evidence, training, notes, periods, reviews, seats."""

from datetime import date, datetime, timedelta

from evalsys.cases.engine.models import CaseStep, Evidence, Subject
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.demo.cases.words import Story
from evalsys.personnel.feedback.envelopes import seal_ballot
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.rules.categories import Attribution, Category, Result
from evalsys.personnel.pool.models import MentorNote, TrainingUnit
from evalsys.personnel.pool.rules.stays import TrainingKind
from evalsys.scores.frozen import keep_seat

WEEK = timedelta(days=7)
NOTES = (
    "第一周：{name}熟悉材料清单，跟班受理{some}件，{weakness}还要再练。",
    "第二周：{name}独立受理常见事项{more}件，差错1件，当天一起复盘。",
    "第三周：{name}受理{most}件无退件，{weakness}明显好转，建议增加复杂件。",
)
EVIDENCE = (
    (
        EvidenceKind.COMPLAINT,
        "投诉核查单",
        "{third}反映{section}{name}{matter}的投诉，经核查属实，见核查单第{key}号。",
    ),
    (
        EvidenceKind.COACHING,
        "帮带记录",
        "{first}起对{name}帮带六周，围绕{weakness}，记录六份，双方签字（编号{key}）。",
    ),
)
CALLS = {"contact", "call_back"}
SEAT_LEFT_BY = {"admit", "move_directly"}
# Title, place, first and last day after the plan, hours, result.
UNITS = (
    (TrainingKind.STUDY, "审批业务与沟通能力培训班", "市委党校", (7, 16), 48, "结业考试86分"),
    (TrainingKind.ENTERPRISE, "企业办事全流程跟班", "云峰科技园", (21, 49), 160, "企业评价：良好"),
)


def add_papers(  # noqa: PLR0913  # Each is one side of the case.
    case: Subject,
    steps: list[CaseStep],
    mentor: int | None,
    ballot_id: bytes,
    words: Story,
    *,
    now: datetime,
) -> None:
    """Put on file what belongs to a case whose steps are laid down (a step).

    `ballot_id` is the rating that a bad review comes from.
    """
    done = {step.name: step for step in steps}
    match case.kind:
        case "return":
            _of_return(case, done, words)
        case "pool":
            _of_stay(case, done, mentor, words, now)
        case "review":
            _of_review(case, done, ballot_id)


def _of_return(case: Subject, done: dict[str, CaseStep], words: Story) -> None:
    for kind, title, body in EVIDENCE:
        db.session.add(
            Evidence(
                subject_id=case.id,
                kind=kind,
                title=title,
                body=words.write(body),
                at=case.opened_at,
                by=case.opened_by,
            )
        )
    for name in SEAT_LEFT_BY & done.keys():
        keep_seat(case.section.id, case.staff.id, local_day(done[name].at))


def _of_stay(
    case: Subject, done: dict[str, CaseStep], mentor: int | None, words: Story, now: datetime
) -> None:
    if "plan" not in done:
        return
    begun, today = done["plan"].at, local_day(now)
    for kind, title, place, (first, last), hours, result in UNITS:
        ends_on = local_day(begun) + timedelta(days=last)
        db.session.add(
            TrainingUnit(
                case_id=case.id,
                kind=kind,
                title=title,
                place=place,
                starts_on=local_day(begun) + timedelta(days=first),
                ends_on=ends_on,
                hours=hours,
                result=result if ends_on <= today else None,
            )
        )
    for week, body in enumerate(NOTES, start=1):
        if begun + week * WEEK <= now:
            db.session.add(
                MentorNote(
                    case_id=case.id, body=words.write(body), at=begun + week * WEEK, by=mentor
                )
            )


def _of_review(case: Subject, done: dict[str, CaseStep], ballot_id: bytes) -> None:
    judged = done.get("classify") or done.get("classify_aside")
    db.session.add(
        Review(
            case_id=case.id,
            reasons=0 if case.closed_at else 1,
            has_contact=bool(CALLS & done.keys()),
            sealed_ballot=None if case.closed_at else seal_ballot(ballot_id),
            category=Category(judged.entry["category"]) if judged else None,
            attribution=_attribution(judged),
            aside=None,  # None is carried out in the ways that the demo shows.
            contacted_on=_day(done.get("contact")),
            rectified_on=_day(done.get("rectify")),
            called_back_on=_day(done.get("call_back")),
            result=Result.SATISFIED if "call_back" in done else None,
        )
    )


def _attribution(judged: CaseStep | None) -> Attribution | None:
    return Attribution(judged.entry.get("attribution", Attribution.PERSON)) if judged else None


def _day(step: CaseStep | None) -> date | None:
    return local_day(step.at) if step else None

"""Returns and stays of the demo city: proposed with evidence, trained with a mentor."""

from collections.abc import Sequence
from datetime import timedelta

from evalsys.cases.engine.models import Evidence, Party
from evalsys.cases.engine.rules.machine import Move
from evalsys.cases.papers.rules import EvidenceKind
from evalsys.cases.scenes.cast import Cast
from evalsys.cases.scenes.registry import Entries, Filed, Scene
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Role
from evalsys.personnel.duties import Duty
from evalsys.personnel.pool.models import MentorNote, TrainingUnit
from evalsys.personnel.pool.rules.stays import MENTOR, TrainingKind
from evalsys.personnel.pool.service import POOL_KIND, RETURN_KIND
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
SEAT_LEFT_BY = {"admit", "move_directly"}
# Title, place, first and last day after the plan, hours, result.
UNITS = (
    (TrainingKind.STUDY, "审批业务与沟通能力培训班", "市委党校", (7, 16), 48, "结业考试86分"),
    (TrainingKind.ENTERPRISE, "企业办事全流程跟班", "云峰科技园", (21, 49), 160, "企业评价：良好"),
)
ACCOMPANIED = {"in_training", "extended"}  # stays whose mentor has an account
OF_RETURNS: Entries = {
    ("drop", "finding"): (
        "{section}的差错系系统升级期间的批量退件，"
        "非{name}本人原因，建议不成立。"
    ),
    "talker": "顾敏 组织人事科科长",
    "delivered": "当面送达，本人签收",
    "facts": (
        "{section}{name}：{first}{matter}；"
        "{second}{matter_2}；{third}{matter_3}，均有台账。"
    ),
    "coaching": "{first}起安排老同志帮带{name}六周，重点是{weakness}，两次提醒谈话有记录。",
    "statement": (
        "一、{first}、{third}的差错属实，我愿意改进。\n"
        "二、{second}“{matter_2}”时我刚换岗，请予考虑。陈述人：{name}"
    ),
    "answers": (
        "1. 经核对台账，{name}{first}、{third}的差错属实。"
        "\n2. {second}确在换岗第一个月，已予考虑。"
    ),
    "sources": "{section}台账、监控录像、同事谈话、企业回访（卷{key}）",
    "heard": "{name}认可事实，说明{second}前后培训不足，表示服从安排。",
}  # fmt: skip
OF_STAYS: Entries = {
    ("fail", "learning"): 52,
    ("fail", "conclusion"): "{name}学习力一项未达标，其余达标；建议延长一次，补强{weakness}。",
    ("fail_again", "learning"): 48,
    ("fail_again", "conclusion"): "{name}延长期满，{weakness}仍未达标，建议按规定作出组织处理。",
    ("settle", "finding"): "{name}适岗考核三个月，受理{most}件无差错无投诉，接收科室评价称职。",
    ("extend", "reasons"): "{name}的{weakness}未达标，其余指标有明显进步，同意延长一次。",
    ("measure", "reasons"): "{name}两次评估均未达标，两次培训记录完整，本人无新的申辩。",
    ("suspend", "reasons"): "{name}因病住院，附三甲医院证明（第{key}号），出院后继续。",
    "assessors": "顾敏、孟丽、李强",
    "handed_over": "{name}在办件{some}件、台账3册、印章1枚，移交给同岗位同志，科长监交。",
    "goals": "三个月内{name}独立受理五类事项，{weakness}达标，差错率低于1%（计划{key}号）。",
    "study": "{name}：审批业务课程40学时、{weakness}专题8学时，结业考试。",
    "enterprise": "{name}到两家企业各跟班两周，走一遍与“{matter}”有关的办事全流程，写体悟报告。",
    "mentor_opinion": "{name}学习主动，已能独立受理{more}件常见事项，{weakness}还需请教。",
    "conclusion": "{name}四项指标均达标，{weakness}进步明显，建议重新安排工作。",
    "refuses": None,
}  # fmt: skip


def put_evidence(filed: Filed) -> None:
    """Insert the evidence of a return, and keep the seat of a member who left by it."""
    case = filed.case
    for kind, title, body in EVIDENCE:
        db.session.add(
            Evidence(
                subject_id=case.id,
                kind=kind,
                title=title,
                body=filed.words.write(body),
                at=case.opened_at,
                by=case.opened_by,
            )
        )
    for name in SEAT_LEFT_BY & filed.done.keys():
        keep_seat(case.section.id, case.staff.id, local_day(filed.done[name].at))


def train(filed: Filed) -> None:
    """Insert the training of a stay, and the notes of its mentor."""
    if "plan" not in filed.done:
        return
    case, now = filed.case, filed.now
    begun, today = filed.done["plan"].at, local_day(now)
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
                    case_id=case.id,
                    body=filed.words.write(body),
                    at=begun + week * WEEK,
                    by=filed.companion,
                )
            )


def with_mentor(state: str, moves: Sequence[Move], cast: Cast) -> list[Party]:
    """Return the mentor, if the plan is made in which they are named."""
    mentor = cast.mentor if state in ACCOMPANIED else cast.colleague
    return [Party(duty=MENTOR, staff_id=mentor.id) for move in moves if move.name == "plan"]


# The clerk with an account has something to answer, the leader with one to decide.
RETURN_SCENE = Scene(
    RETURN_KIND.name,
    OF_RETURNS,
    opener=Duty.PROPOSER,
    first=("notified", "talked"),
    roles={Duty.PROPOSER: Role.CHIEF},
    papers=put_evidence,
)
POOL_SCENE = Scene(
    POOL_KIND.name,
    OF_STAYS,
    after=(RETURN_KIND.name, "admitted"),
    companion=MENTOR,
    parties=with_mentor,
    papers=train,
)

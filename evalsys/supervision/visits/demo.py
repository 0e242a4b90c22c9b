"""Visits of the demo city: nothing found, solved on the spot, followed up as a matter."""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select

from evalsys.cases.scenes.cast import BAD_SECTION, SHOWN, Cast
from evalsys.cases.scenes.registry import Scene
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Posting, Section
from evalsys.supervision.visits.rules import VisitEntry, VisitOutcome
from evalsys.supervision.visits.service import log_visit


@dataclass(frozen=True)
class Gone:
    """A visit of the demo, `ago` working days before today, by the chief or a clerk."""

    ago: int
    place: str
    found: str
    outcome: VisitOutcome = VisitOutcome.NOTHING
    solved_how: str | None = None
    section: str = SHOWN
    role: Role = Role.CHIEF


SOLVED, FOLLOW_UP = VisitOutcome.SOLVED, VisitOutcome.FOLLOW_UP
VISITS = (
    Gone(22, "滨河街道便民服务中心", "自助机运行正常，群众反映排队不长。"),
    Gone(17, "东港路社区", "两位老人不会网上预约，白跑一趟。", SOLVED, "当场代约并留下预约说明。",
         role=Role.STAFF),
    Gone(15, "临港产业园", "园区企业不清楚变更登记可以邮寄执照。", SOLVED,
         "发放办事指南并现场演示。"),
    Gone(11, "海棠小区物业", "物业反映备案表格式与窗口要求不一致。", SOLVED, "统一更换为新版表格。",
         section=BAD_SECTION),
    Gone(8, "青年创业大厦", "创业者对一日办结流程满意。", role=Role.STAFF),
    Gone(6, "柳河镇为民服务站", "站点宽带中断多日。帮办员只能到县城代办。", FOLLOW_UP,
         section=BAD_SECTION),
    Gone(4, "城北农贸市场", "摊主集中办理健康证需跑三个窗口。市场方希望设集中受理点。", FOLLOW_UP),
    Gone(1, "市民服务大厅三楼", "叫号屏与窗口编号不符。", SOLVED, "联系运维当场改正编号。",
         role=Role.STAFF),
)  # fmt: skip


def play(cast: Cast) -> int:
    """Log the visits, as people would have; return how many matters follow them."""
    for place, gone in enumerate(VISITS):
        day = cast.back(gone.ago)
        key = str(uuid5(NAMESPACE_URL, f"visit/{place}"))
        visitor = db.session.get_one(User, _account(cast, gone))
        entry = VisitEntry(key, day, gone.place, gone.found, gone.outcome, gone.solved_how)
        log_visit(visitor.actor, entry, now=cast.moment(day))
    return sum(gone.outcome is FOLLOW_UP for gone in VISITS)


def _account(cast: Cast, gone: Gone) -> int:
    """Return the account of a clerk of the section, or of its chief where none has one."""
    section = db.session.scalars(select(Section).where(Section.code == gone.section)).one()
    clerks = (
        select(User.id)
        .join(Posting, Posting.staff_id == User.staff_id)
        .where(Posting.section_id == section.id, User.role == gone.role)
    )
    found = db.session.scalar(clerks.order_by(User.id).limit(1))
    return found or cast.chiefs[section.id]


SCENE = Scene("visit", play=play)

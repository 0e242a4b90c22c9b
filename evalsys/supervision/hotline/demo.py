"""The hotline in the demo city: one list written, a later one checked with errors and changes."""

from datetime import timedelta

from sqlalchemy import select

from evalsys.cases.scenes.cast import Cast
from evalsys.cases.scenes.registry import Scene
from evalsys.core.extensions import db
from evalsys.core.permissions import Role
from evalsys.foundation.accounts.models import User
from evalsys.foundation.jobs.handlers import Progress
from evalsys.foundation.uploads.lists import Hidden
from evalsys.organisation.org.models import Organ
from evalsys.supervision.hotline.imports.check import (
    check_list,
    headings_of,
    name_columns,
    receive_list,
)
from evalsys.supervision.hotline.imports.columns import guess
from evalsys.supervision.hotline.imports.service import begin_writing, write_list

HEADINGS = "工单编号,受理时间,承办单位,诉求类型,标题,诉求内容,办理时限,工单状态"
# Number, working days ago, code of the organ, category, title, text, whether it is closed. The
# first three are matters that the office took in by hand.
TICKETS = (
    ("RX-207", 10, "SP", "投诉", "食堂证照反复补件", "来电人称同一材料三次被要求补正。", "办理中"),
    ("RX-230", 8, "RS", "投诉", "医保异地备案退回重办", "来电人称备案被退回未说明理由。", "办理中"),
    ("RX-233", 6, "RS", "求助", "公积金线下提取排队", "来电人称上午取号下午才办。", "办理中"),
    ("RX-236", 6, "SP", "咨询", "个体户注销要带什么", "询问注销材料，已当场答复。", "已办结"),
    ("RX-238", 5, "RS", "咨询", "社保卡补办几天能取", "询问补办时间，已答复三个工作日。", "已办结"),
    ("RX-241", 5, "SP", "表扬", "窗口耐心讲解", "称赞窗口工作人员逐项讲解。", "已办结"),
    ("RX-244", 4, "RS", "求助", "退休待遇少发一月", "称十月待遇未到账，经查已补发。", "已办结"),
    ("RX-248", 2, "SP", "投诉", "自助机打印不清", "称营业执照打印有黑线，要求换机。", "办理中"),
)  # fmt: skip
LATER = (
    ("RX-248", 2, "SP", "投诉", "自助机打印不清", "称营业执照打印有黑线，要求换机。", "已办结"),
    ("RX-251", 1, "RS", "求助", "失业金网上申领报错", "称提交后提示系统繁忙。", "办理中"),
    ("RX-252", 1, "??", "投诉", "小区停车收费不公示", "称物业未公示收费标准。", "办理中"),
    ("RX-251", 1, "RS", "求助", "失业金网上申领报错", "称提交后提示系统繁忙。", "办理中"),
)  # fmt: skip


def play(cast: Cast) -> int:
    """Write a list and leave a later one checked; return how many matters were opened."""
    office = db.session.scalars(select(User).where(User.role == Role.SUPERVISOR)).one().actor
    organs = dict(db.session.execute(select(Organ.code, Organ.name)).all())
    for name, tickets, ago in (("12345工单.csv", TICKETS, 2), ("12345工单补充.csv", LATER, 1)):
        now = cast.moment(cast.back(ago))
        lines = [HEADINGS]
        for number, days, organ, *words, state in tickets:
            day = cast.back(days)
            by = day + timedelta(days=9)
            place = organs.get(organ, "城市管理局")
            lines.append(",".join([number, f"{day:%Y/%m/%d} 9:05", place, *words, f"{by}", state]))
        row = receive_list(office, name, "\n".join(lines).encode("gb18030"), now=now)
        headings = headings_of(row)
        name_columns(office, row, guess(headings, {}), Hidden.ASK, now=now)
        row = check_list(Progress(), office, row, now=now)
        if tickets is TICKETS:
            begin_writing(office, row)
            written = write_list(Progress(), office, row, now=now)
            opened: int = written.written["matters"]
    return opened


SCENE = Scene("hotline", play=play, place=90)
